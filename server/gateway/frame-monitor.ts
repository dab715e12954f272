import { captureFile } from '../../drivers/monitor/capture-file.ts';
import { type WireFraming, wireFramingOf } from '../../drivers/monitor/framing.ts';
import { framesOf } from '../../drivers/monitor/frames.ts';
import type { LineDeclaration } from '../../drivers/declaration.ts';
import type { FrameMonitor } from '../../operations/ports/frame-monitor.ts';
import type { FieldInquiry } from './field-inquiry.ts';

/** Records of the trace for one frame (a request, its reply, its end), rounded up, and for the requests before them. */
const recordsPerFrame = 2;
const recordsBefore = 64;

/** Frames are cut out of the trace and decoded here, so that the control process hands over bytes and does no more. */
export function frameMonitor(lines: readonly LineDeclaration[], inquiry: FieldInquiry): FrameMonitor {
  const framings = new Map(lines.map((line) => [line.id, wireFramingOf(line)]));
  const framing = (line: string): WireFraming => framings.get(line) ?? 'rtu';
  const records = (line: string, last: number) => inquiry.trace(line, recordsPerFrame * last + recordsBefore);
  return {
    lines: lines.map(({ id }) => id),
    frames: async (line, last) => framesOf(await records(line, last), framing(line)).slice(-last),
    capture: async (line, last) => captureFile(newestCarried(await records(line, last), last), framing(line)),
  };
}

/** From the record on that carries the first of the wanted frames. */
function newestCarried<T extends { readonly bytes: Uint8Array }>(records: readonly T[], last: number): readonly T[] {
  let wanted = last;
  const first = records.findLastIndex(({ bytes }) => bytes.length > 0 && --wanted === 0);
  return first < 0 ? records : records.slice(first);
}
