/** What went over the lines lately, for people who look at it byte by byte. */
export interface FrameMonitor {
  /** Ids of the lines. */
  readonly lines: readonly string[];
  /**
   * The newest frames of a line, oldest first.
   *
   * @param last  most frames, 1…`mostFrames`
   * @throws FieldSilentError when the control process does not answer in time
   */
  frames(line: string, last: number): Promise<readonly MonitoredFrame[]>;
  /** The same as a capture file that Wireshark opens. @throws FieldSilentError */
  capture(line: string, last: number): Promise<Uint8Array>;
}

/** Most frames in one answer. */
export const mostFrames = 2_000;

/** The control process did not say in time what it was asked. */
export class FieldSilentError extends Error {
  readonly code = 'FIELD_SILENT';

  constructor(what: string) {
    super(what);
    this.name = 'FieldSilentError';
  }
}

/**
 * `late`: it came after its request had been given up. `refused`: it came in time but is not what was asked, and nothing in
 * it was used. `exception`: the module refuses by it. `unasked`: it answers nothing that was asked. `unanswered`: a request
 * that was given up. `bad-crc`, `incomplete`, `garbage`: it is no sound frame.
 */
export type FrameMark =
  'late' | 'refused' | 'exception' | 'unasked' | 'unanswered' | 'bad-crc' | 'incomplete' | 'garbage';

export interface MonitoredFrame {
  /** When its first byte went or came, ms since 1970 with fractions. */
  readonly atMs: number;
  readonly direction: 'sent' | 'received';
  /** As it was on the wire. */
  readonly bytes: Uint8Array;
  /** Number of the request that it is or answers, over the life of the control process; null: none is known. */
  readonly exchange: number | null;
  /** Modbus TCP only. */
  readonly transaction: number | null;
  /** RTU only. */
  readonly crc: 'right' | 'wrong' | null;
  readonly unit: number | null;
  readonly functionCode: number | null;
  readonly area: string | null;
  /** Zero-based; of a reply to a read from its request. A request that reads and writes at once says here what it reads. */
  readonly address: number | null;
  /** Registers or bits. */
  readonly count: number | null;
  /** Registers 0…65535 or bits 0 and 1 that it carries; of a mask write its AND and its OR mask; null: none. */
  readonly values: readonly number[] | null;
  readonly exception: { readonly code: number; readonly meaning: string } | null;
  /** Of a reply: from its request's first byte to its own last. */
  readonly latencyMs: number | null;
  readonly marks: readonly FrameMark[];
  /** All of it for people. */
  readonly words: string;
}
