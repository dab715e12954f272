import type { LineDeclaration } from '../declaration.ts';
import { wireFramingOf } from '../monitor/framing.ts';
import { characterMs, frameGapMs } from '../wire/rtu-frames.ts';
import type { RequestCost } from './read-plan.ts';

/** Bytes of a read and its reply without the data: 8 asked, 5 around the answer. */
const frameBytes = 13;
/** From the request's arrival to the reply's first byte, and the scheduling of two systems, in ms; a rough value does. */
const moduleMs = 2;

/** What a read costs on this line: what a request takes in any case, and what each register adds. */
export function lineCost(line: LineDeclaration): RequestCost {
  if (!isPaced(line)) return { requestMs: moduleMs, registerMs: 0.001 };
  const perByteMs = (wireFramingOf(line) === 'ascii' ? 2 : 1) * characterMs(line);
  return {
    requestMs: frameBytes * perByteMs + 2 * frameGapMs(line) + line.turnaroundMs + moduleMs,
    registerMs: 2 * perByteMs,
  };
}

/** Whether bytes take their time on it, at its baud rate. */
export function isPaced({ transport }: LineDeclaration): boolean {
  return transport !== 'tcp' && transport !== 'udp';
}
