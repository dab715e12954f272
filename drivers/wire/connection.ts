import { strict as assert } from 'node:assert';
import modbusSerial from 'modbus-serial';
import type { LineDeclaration } from '../declaration.ts';
import type { WireTrace } from '../monitor/wire-trace.ts';
import type { Answer } from './answer.ts';
import type { ByteLink } from './byte-link.ts';
import { linkOf } from './link-of.ts';
import { withCrc } from '../codec/crc16.ts';
import { Deadlines } from './deadlines.ts';
import { BadReplyError, LineClosedError, ModbusExceptionError, ModuleSilentError } from './errors.ts';
import { call, type Client, isAcknowledged, type LibraryCallback, type LibraryReply } from './function-calls.ts';
import { meiType } from './identification.ts';
import { LinePort } from './line-port.ts';
import type { OwedReplies } from './owed-replies.ts';
import { valuesRead } from './reply-values.ts';
import { type AnyRequest, functionOf, type IdentificationRequest, requestBytes, wordingOf } from './request.ts';
import type { StrictPort } from './strict-port.ts';
import { tappedLink } from './tapped-link.ts';
import { TcpPort } from './tcp-port.ts';
import { UdpPort } from './udp-port.ts';

/** A request that waits for its turn or for its reply. */
interface Pending {
  readonly unit: number;
  readonly request: AnyRequest;
  timeoutMs: number;
  /** 0: not yet. */
  sentMs: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const none: readonly number[] = [];

/** More in flight is more than any device is known to queue. */
export const largestWindow = 16;

/**
 * One connection of one line, from open to close; a line that reconnects makes a new one. As many requests as its window says
 * may be in flight at a time: the caller queues, and one more is a defect that stops it.
 */
export class Connection {
  /** How many calls of `ask` may be under way at once, 1…16. */
  readonly window: number;
  readonly #line: LineDeclaration;
  readonly #port: StrictPort;
  readonly #client: Client;
  /** By place, 1…window. */
  readonly #pending: (Pending | null)[];
  readonly #free: number[];
  readonly #deadlines: Deadlines;
  readonly #callbacks: readonly LibraryCallback[];

  constructor(line: LineDeclaration, owed: OwedReplies, onLate: (unit: number) => void, trace?: WireTrace) {
    const { id, window = 1 } = line;
    const isMbap = line.transport === 'tcp' || line.transport === 'udp';
    const most = isMbap ? largestWindow : 1;
    assert(
      Number.isInteger(window) && window >= 1 && window <= most,
      `${id}: a window of ${window}, 1…${most} allowed`,
    );
    this.window = window;
    this.#line = line;
    const link = trace === undefined ? linkOf(line) : tappedLink(linkOf(line), trace);
    this.#port = portOf(line, link, window, owed);
    this.#port.listen({
      onReply: (place, bytes, from, to) => this.#replied(place, bytes, from, to),
      onRefused: (place, reason) => this.#fail(place, (where) => new BadReplyError(where, reason)),
      onLate,
      onClosed: () => this.#closed(),
    });
    this.#pending = Array.from({ length: window + 1 }, () => null);
    this.#free = Array.from({ length: window }, (_, n) => window - n);
    this.#deadlines = new Deadlines(window, (place) => this.#expired(place));
    this.#callbacks = this.#pending.map((_, place): LibraryCallback => {
      return (error, reply) => {
        if (error) this.#fail(place, (where) => typed(error, where));
        else this.#acknowledged(place, reply);
      };
    });
    this.#client = new modbusSerial.default(this.#port);
    // Every request has its own deadline here: the library's timers, one each, are not started.
    this.#client.setTimeout(0);
  }

  get isOpen(): boolean {
    return this.#port.isOpen;
  }

  /** Silence after a request that was not answered, before the next one is sent, in ms. */
  get drainMs(): number {
    return this.#port.drainMs;
  }

  /** Why it closed. */
  get fault(): string | null {
    return this.#port.fault;
  }

  /** @throws LineClosedError */
  async open(): Promise<void> {
    try {
      await this.#port.connect();
    } catch (cause) {
      throw new LineClosedError(this.#line.id, cause instanceof Error ? cause.message : String(cause), { cause });
    }
    this.#client.open();
  }

  /** Whether a reply that is still owed by this unit could be taken for the reply to `request`. */
  isAmbiguous(unit: number, request: AnyRequest): boolean {
    return this.#port.isAmbiguous(unit, functionOf(request));
  }

  /**
   * One request and its reply.
   *
   * @param timeoutMs  from the last byte sent to the last byte received
   * @throws ModuleSilentError, BadReplyError, ModbusExceptionError, LineClosedError
   */
  ask(unit: number, request: AnyRequest, timeoutMs: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const place = this.#free.pop();
      if (place === undefined)
        assert.fail(`${this.#where(unit, request)}: ${this.window} requests are in flight already`);
      this.#pending[place] = { unit, request, timeoutMs, sentMs: 0, resolve, reject };
      const ready = this.#port.ready();
      if (ready === null) this.#send(place);
      else
        ready.then(
          () => this.#send(place),
          (error: Error) => this.#fail(place, () => error),
        );
    });
  }

  /**
   * What is in flight is waited for no longer than this.
   *
   * @param mostMs  for a request to this unit, as `timeoutMs` of `ask` counts it
   */
  hurry(mostMs: (unit: number) => number): void {
    for (const [place, pending] of this.#pending.entries()) {
      if (pending === null) continue;
      pending.timeoutMs = Math.min(pending.timeoutMs, mostMs(pending.unit));
      if (pending.sentMs > 0) this.#setDeadline(place, pending);
    }
  }

  /** Rejects what is in flight at once; resolves when the operating system has let go of the line. */
  async close(): Promise<void> {
    this.#client.destroy(() => {});
    await this.#port.disconnect();
  }

  #send(place: number): void {
    const port = this.#port;
    const pending = this.#pending[place];
    // It closed while the request waited for its turn, and was rejected then.
    if (!pending) return;
    if (!port.isOpen) return this.#lost(place);
    const { unit, request } = pending;
    pending.sentMs = performance.now();
    this.#setDeadline(place, pending);
    port._transactionIdWrite = place;
    const next = this.#callbacks[place];
    assert(next !== undefined);
    try {
      if (request.kind === 'read-identification') port.write(identificationFrame(unit, request));
      else call(this.#client, unit, request, next);
    } catch (error) {
      // a value that fits in no register: nothing was sent
      this.#fail(place, () => error as Error);
    }
    return undefined;
  }

  #setDeadline(place: number, { request, timeoutMs, sentMs }: Pending): void {
    this.#deadlines.set(place, sentMs + timeoutMs + this.#port.sendMs(requestBytes(request)));
  }

  /**
   * Values are taken from the frame as it was checked: the library would check it once more, by a CRC that Modbus TCP does not
   * have, bit by bit. An identification is sent and read without the library: where more follows, it asks for that by itself,
   * past the queue and the silence.
   */
  #replied(place: number, bytes: Buffer, from: number, to: number): void {
    const request = this.#pending[place]?.request;
    if (request === undefined) return;
    const code = bytes[from + 1] ?? 0;
    if (code >= 0x80) return this.#fail(place, (where) => new ModbusExceptionError(where, bytes[from + 2] ?? 0));
    switch (request.kind) {
      case 'read':
        return this.#answer(place, valuesRead(code, request.count, bytes, from));
      case 'read-write':
        return this.#answer(place, valuesRead(code, request.read.count, bytes, from));
      case 'read-identification':
        return this.#answer(place, [...bytes.subarray(from + 3, to)]);
      case 'write-registers':
      case 'write-coils':
      case 'mask-write':
        break;
    }
    this.#port._transactionIdRead = place;
    this.#port.emit('data', withCrc(bytes, from, to));
    return undefined;
  }

  #acknowledged(place: number, reply: LibraryReply): void {
    const request = this.#pending[place]?.request;
    if (request === undefined) return;
    assert(request.kind !== 'read' && request.kind !== 'read-write' && request.kind !== 'read-identification');
    if (isAcknowledged(request, reply)) this.#answer(place, none);
    else this.#fail(place, (where) => new BadReplyError(where, 'the reply does not repeat what was written'));
  }

  #answer(place: number, values: readonly number[]): void {
    const pending = this.#take(place);
    pending?.resolve({ values, latencyMs: performance.now() - pending.sentMs });
  }

  #fail(place: number, error: (where: string) => Error): void {
    const pending = this.#take(place);
    pending?.reject(error(this.#where(pending.unit, pending.request)));
  }

  #expired(place: number): void {
    // taken first: what the port does about it may close the connection, and this request was silent before that
    const pending = this.#take(place);
    const hint = this.#port.expire(place);
    if (pending === null) return;
    const { unit, request, timeoutMs, reject } = pending;
    reject(new ModuleSilentError(this.#where(unit, request), timeoutMs, hint));
  }

  #closed(): void {
    for (let place = 1; place <= this.window; place++) this.#lost(place);
    this.#deadlines.end();
  }

  #lost(place: number): void {
    this.#fail(place, (where) => new LineClosedError(where, this.#port.fault ?? 'not open'));
  }

  #take(place: number): Pending | null {
    const pending = this.#pending[place] ?? null;
    if (pending === null) return null;
    this.#pending[place] = null;
    this.#deadlines.clear(place);
    this.#free.push(place);
    return pending;
  }

  #where(unit: number, request: AnyRequest): string {
    return `${this.#line.id} unit ${unit} ${wordingOf(request)}`;
  }
}

function portOf(line: LineDeclaration, link: ByteLink, window: number, owed: OwedReplies): StrictPort {
  if (line.transport === 'tcp') return new TcpPort(link, window);
  return line.transport === 'udp' ? new UdpPort(link, window) : new LinePort(link, line, owed);
}

function typed(error: { readonly message: string; readonly modbusCode?: number }, where: string): Error {
  if (error.modbusCode !== undefined) return new ModbusExceptionError(where, error.modbusCode);
  return new BadReplyError(where, error.message, { cause: error });
}

function identificationFrame(unit: number, { level, object }: IdentificationRequest): Buffer {
  return withCrc(
    Uint8Array.of(unit, functionOf({ kind: 'read-identification', level, object }), meiType, level, object),
  );
}
