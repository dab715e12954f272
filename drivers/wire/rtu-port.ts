import type { LineDeclaration } from '../declaration.ts';
import { Pause } from '../pause.ts';
import type { ByteLink } from './byte-link.ts';
import type { OwedReplies } from './owed-replies.ts';
import { characterMs, firstFrame, type FoundFrame, frameGapMs, replyShape } from './rtu-frames.ts';
import { StrictPort } from './strict-port.ts';

/** More than three longest frames without a sound one in it is noise. */
const longestNoise = 1024;

/**
 * Modbus RTU, on a serial port or through a socket. There is no transaction id, so a late reply is told from the right
 * one by its unit, function and shape only. After a time-out the line stays silent until nothing has come for a while, the
 * reply that is still owed is remembered, and the line asks that unit for something by another function first: a module
 * works off its requests in order, so once that is answered nothing older can come.
 */
export class RtuPort extends StrictPort {
  readonly #timeoutMs: number;
  readonly #characterMs: number;
  readonly #gapMs: number;
  readonly #drainMs: number;
  readonly #owed: OwedReplies;
  readonly #pause = new Pause();
  #received: Buffer = Buffer.alloc(0);
  #inFlight: { readonly unit: number; readonly code: number; readonly shape: string } | null = null;
  /** Monotonic time until which the last known byte occupies the wire. */
  #busyUntilMs = 0;
  /** When the last request timed out, until the line has been drained. */
  #drainSinceMs: number | null = null;

  constructor(link: ByteLink, line: LineDeclaration, owed: OwedReplies) {
    super(link);
    this.#owed = owed;
    this.#timeoutMs = line.timeoutMs;
    this.#characterMs = characterMs(line);
    this.#gapMs = frameGapMs(line) + line.turnaroundMs;
    this.#drainMs = Math.max(this.#gapMs, Math.min(20, line.timeoutMs / 4));
  }

  write(frame: Buffer): void {
    const code = frame.readUInt8(1);
    this.#received = Buffer.alloc(0);
    this.#inFlight = {
      unit: frame.readUInt8(0),
      code,
      shape: replyShape(code, frame.readUInt16BE(2), frame.readUInt16BE(4)),
    };
    this.#busyUntilMs = performance.now() + this.sendMs(frame.length);
    this.link.write(frame);
  }

  expire(): void {
    const late = this.#inFlight;
    this.#inFlight = null;
    this.#drainSinceMs = performance.now();
    if (late !== null) this.#owed.add(late.unit, late.code, late.shape);
  }

  async ready(): Promise<void> {
    for (;;) {
      const waitMs = this.#silenceMissingMs();
      if (!this.isOpen || waitMs <= 0) break;
      await this.#pause.wait(waitMs);
    }
    if (this.#drainSinceMs === null) return;
    this.#drainSinceMs = null;
    await this.link.flush();
  }

  isAmbiguous(unit: number, functionCode: number): boolean {
    return this.#owed.has(unit, functionCode);
  }

  sendMs(bytes: number): number {
    return bytes * this.#characterMs;
  }

  protected forget(): void {
    this.#inFlight = null;
    this.#pause.end();
  }

  protected receive(bytes: Buffer): void {
    this.#busyUntilMs = performance.now();
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const found = firstFrame(this.#received, (unit) => this.#isAwaited(unit));
      if (found === null) break;
      this.#received = this.#received.subarray(found.endsAt);
      this.#judge(found);
    }
    if (this.#received.length > longestNoise) this.#received = this.#received.subarray(-longestNoise / 2);
  }

  #silenceMissingMs(): number {
    const nowMs = performance.now();
    if (this.#drainSinceMs === null) return this.#busyUntilMs + this.#gapMs - nowMs;
    // A line that babbles without end is used again after two time-outs: the frame check is what protects us then.
    if (nowMs >= this.#drainSinceMs + 2 * this.#timeoutMs) return 0;
    return Math.max(this.#busyUntilMs, this.#drainSinceMs) + this.#drainMs - nowMs;
  }

  #isAwaited(unit: number): boolean {
    return this.#inFlight?.unit === unit || this.#owed.has(unit);
  }

  #judge({ unit, functionCode, shape, bytes }: FoundFrame): void {
    const asked = this.#inFlight?.unit === unit ? this.#inFlight : null;
    const answers = asked?.code === functionCode;
    // An exception does not say to which request: while an older one is owed it is never taken for the newer one's.
    if (answers && (shape === asked.shape || (shape === null && !this.#owed.has(unit, functionCode)))) {
      this.#inFlight = null;
      this.#owed.settle(unit);
      this.emit('data', bytes);
    } else if (this.#owed.take(unit, functionCode, shape)) this.emit('late', unit);
    else if (asked !== null) {
      this.#inFlight = null;
      this.refuse(answers ? 'reply of another length or echo than asked' : `reply to function ${functionCode}`);
    }
  }
}
