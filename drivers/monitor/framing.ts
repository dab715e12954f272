import type { LineDeclaration } from '../declaration.ts';

/** How frames stand in what a line carries: with a header that tells their length, with a CRC, or as text with an LRC. */
export type WireFraming = 'tcp' | 'udp' | 'rtu' | 'ascii';

export function wireFramingOf({ transport }: Pick<LineDeclaration, 'transport'>): WireFraming {
  switch (transport) {
    case 'tcp':
    case 'udp':
      return transport;
    case 'ascii':
    case 'ascii-over-tcp':
      return 'ascii';
    case 'rtu':
    case 'rtu-over-tcp':
      return 'rtu';
    default:
      throw new RangeError(`unknown transport ${String(transport satisfies never)}`);
  }
}
