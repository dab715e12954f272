import type { LineDeclaration } from '../declaration.ts';
import { wireFramingOf } from '../monitor/framing.ts';
import { asciiFrame, firstAsciiFrame } from './ascii-frames.ts';
import type { ByteLink } from './byte-link.ts';
import { GapPause } from './gap-pause.ts';
import type { OwedReplies } from './owed-replies.ts';
import { characterMs, firstFrame, type FoundFrame, frameGapMs, shapeOfRequest } from './rtu-frames.ts';
import { StrictPort } from './strict-port.ts';

/** More than three longest frames without a sound one in it is noise. */
const longestNoiseBytes = { rtu: 1024, ascii: 2048 } as const;
const nothing: Buffer = Buffer.alloc(0);
const crcBytes = 2;

interface InFlight {
  readonly unit: number;
  readonly code: number;
  readonly shape: string;
  /** As it went over the line. */
  readonly sent: Buffer;
}

/**
 * Modbus RTU or ASCII, on a serial port or through a socket, one request at a time. There is no transaction id, so a late
 * reply is told from the right one by its unit, function and shape only. After a time-out the line stays silent until nothing
 * has come for a while, the reply that is still owed is remembered, and the line asks that unit for something by another
 * function first: a module works off its requests in order, so once that is answered nothing older can come.
 */
export class LinePort extends StrictPort {
  readonly #framing: 'rtu' | 'ascii';
  readonly #timeoutMs: number;
  readonly #characterMs: number;
  readonly #gapMs: number;
  readonly drainMs: number;
  readonly #echoes: boolean;
  readonly #owed: OwedReplies;
  readonly #pause = new GapPause();
  #received: Buffer = nothing;
  #inFlight: InFlight | null = null;
  /** Of an adapter that repeats what is sent: that has not come yet, so nothing that has is a reply. */
  #awaitsEcho = false;
  /** Monotonic time until which the last known byte occupies the wire. */
  #busyUntilMs = 0;
  /** When the last request timed out, until the line has been drained. */
  #drainSinceMs: number | null = null;

  constructor(link: ByteLink, line: LineDeclaration, owed: OwedReplies) {
    super(link);
    this.#framing = wireFramingOf(line) === 'ascii' ? 'ascii' : 'rtu';
    this.#owed = owed;
    this.#timeoutMs = line.timeoutMs;
    this.#characterMs = characterMs(line);
    this.#echoes = line.echo === true;
    // a colon begins an ASCII frame: only RTU needs the silence before it
    this.#gapMs = (this.#framing === 'ascii' ? 0 : frameGapMs(line)) + line.turnaroundMs;
    this.drainMs = Math.max(this.#gapMs, Math.min(20, line.timeoutMs / 4));
  }

  write(frame: Buffer): void {
    const sent = this.#framing === 'ascii' ? asciiFrame(frame) : frame;
    this.#received = nothing;
    this.#awaitsEcho = this.#echoes;
    this.#inFlight = { unit: frame.readUInt8(0), code: frame.readUInt8(1), shape: shapeOfRequest(frame), sent };
    this.#busyUntilMs = performance.now() + this.sendMs(frame.length);
    this.link.write(sent);
  }

  expire(): string | null {
    const lacksEcho = this.#awaitsEcho;
    this.#drainSinceMs = performance.now();
    this.#giveUp();
    return lacksEcho ? 'the adapter did not repeat what was sent; remove echo from this line if it does not' : null;
  }

  ready(): Promise<void> | null {
    return this.#drainSinceMs === null && this.#silenceMissingMs() <= 0 ? null : this.#silence();
  }

  isAmbiguous(unit: number, functionCode: number): boolean {
    return this.#owed.has(unit, functionCode);
  }

  sendMs(bytes: number): number {
    // two characters for a byte; colon, CR and LF, and the LRC, which is shorter than the CRC
    return (this.#framing === 'ascii' ? 2 * bytes + 1 : bytes) * this.#characterMs;
  }

  /** The module may answer all the same, and a gateway, or the port once it is open again, carries that to whoever asks next. */
  protected forget(): void {
    this.#giveUp();
    this.#pause.end();
  }

  protected receive(bytes: Buffer): void {
    this.#busyUntilMs = performance.now();
    this.#received = Buffer.concat([this.#received, bytes]);
    if (this.#awaitsEcho && !this.#skipEcho()) return;
    if (this.#isUndeclaredEcho())
      return this.#refuse('the adapter repeats what is sent; declare echo: true on this line');
    for (;;) {
      const found = this.#first();
      if (found === null) break;
      this.#received = this.#received.subarray(found.endsAt);
      this.#judge(found);
    }
    this.#forgetNoise();
    return undefined;
  }

  async #silence(): Promise<void> {
    // A line that babbles without end is used again after two time-outs: the frame check is what protects us then.
    const untilMs = performance.now() + 2 * this.#timeoutMs;
    for (;;) {
      const waitMs = Math.min(this.#silenceMissingMs(), untilMs - performance.now());
      if (!this.isOpen || waitMs <= 0) break;
      await this.#pause.wait(waitMs);
    }
    if (this.#drainSinceMs === null) return;
    this.#drainSinceMs = null;
    await this.link.flush();
  }

  #silenceMissingMs(): number {
    const nowMs = performance.now();
    if (this.#drainSinceMs === null) return this.#busyUntilMs + this.#gapMs - nowMs;
    return Math.max(this.#busyUntilMs, this.#drainSinceMs) + this.drainMs - nowMs;
  }

  /** Takes the echo out, with all that came before it. @returns whether it has come */
  #skipEcho(): boolean {
    const sent = this.#inFlight?.sent ?? nothing;
    const at = this.#received.indexOf(sent);
    if (at < 0) {
      this.#forgetNoise();
      return false;
    }
    this.#received = this.#received.subarray(at + sent.length);
    this.#awaitsEcho = false;
    return true;
  }

  /** What was sent comes back, and could not be the reply: on this line no acknowledgement of a write could be believed. */
  #isUndeclaredEcho(): boolean {
    if (this.#echoes || this.#inFlight === null) return false;
    const { sent, code, shape } = this.#inFlight;
    const at = isRepeated(code) ? -1 : this.#received.indexOf(sent);
    // 17…24 coils can happen to read as what was sent
    return at >= 0 && this.#first()?.shape !== shape;
  }

  #first(): FoundFrame | null {
    const isAwaited = (unit: number): boolean => this.#inFlight?.unit === unit || this.#owed.has(unit);
    return this.#framing === 'ascii'
      ? firstAsciiFrame(this.#received, isAwaited)
      : firstFrame(this.#received, isAwaited);
  }

  #forgetNoise(): void {
    const longest = longestNoiseBytes[this.#framing];
    if (this.#received.length > longest) this.#received = this.#received.subarray(-longest / 2);
  }

  #judge({ unit, functionCode, shape, bytes }: FoundFrame): void {
    const asked = this.#inFlight?.unit === unit ? this.#inFlight : null;
    const answers = asked?.code === functionCode;
    // An exception does not say to which request: while an older one is owed it is never taken for the newer one's.
    if (answers && (shape === asked.shape || (shape === null && !this.#owed.has(unit, functionCode)))) {
      this.#inFlight = null;
      // what reads as the acknowledgement of a single write may be its echo, and then the module has not answered anything
      const mayBeOlder = this.#owed.has(unit, functionCode) || (!this.#echoes && isRepeated(functionCode));
      if (!mayBeOlder) this.#owed.settle(unit);
      this.listener?.onReply(1, bytes, 0, bytes.length - crcBytes);
    } else if (this.#owed.take(unit, functionCode, shape)) this.listener?.onLate(unit);
    else if (asked !== null) {
      this.#refuse(answers ? 'reply of another length or echo than asked' : `reply to function ${functionCode}`);
    }
  }

  /** What came is not the reply, which may come yet. */
  #refuse(reason: string): void {
    this.#giveUp();
    this.listener?.onRefused(1, reason);
  }

  /** Whatever was in flight is waited for no longer; its reply is owed. */
  #giveUp(): void {
    const late = this.#inFlight;
    this.#inFlight = null;
    this.#awaitsEcho = false;
    if (late !== null) this.#owed.add(late.unit, late.code, late.shape);
  }
}

/** Functions whose right reply is the request itself. */
function isRepeated(functionCode: number): boolean {
  return functionCode === 5 || functionCode === 6 || functionCode === 22;
}
