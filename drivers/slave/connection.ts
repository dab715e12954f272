import type { Socket } from 'node:net';
import { answerRequest, exceptionReply, isUrgent, isWrite } from './answer-request.ts';
import { Inbox } from './inbox.ts';
import type { Serving, SlaveReply, SlaveRequest } from './exchange.ts';
import { FramingError, type Framing, type RequestFrame } from './framing.ts';
import type { LoopShare } from './loop-share.ts';
import { exceptionCodes } from './modbus-slave.ts';

/** Requests waiting and replies delayed, per connection; above it the client is not read from. */
const backlogLimit = 64;

/** No request is shorter over TCP: header, unit, function. */
const shortestRequestBytes = 8;

interface WaitingRequest extends RequestFrame {
  /** When its bytes came, in ms of the serving's clock. */
  readonly cameMs: number;
  /** The answer to an urgent one, which was asked for when it came. */
  readonly begun: Promise<Buffer | null> | null;
  /** An urgent one came after it. */
  isOvertaken: boolean;
}

/**
 * One client. Its requests are answered in the order in which they came, one at a time; a client that sends faster than
 * it is served, or does not fetch its replies, is held back by its own socket. What is urgent goes past what waits.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #framing: Framing;
  readonly #line: Serving;
  readonly #loop: LoopShare;
  readonly #inbox: Inbox;
  readonly #waiting: WaitingRequest[] = [];
  readonly #delayed = new Set<NodeJS.Timeout>();
  #busy = false;
  #quietTimer: NodeJS.Timeout | null = null;

  constructor(socket: Socket, framing: Framing, line: Serving, loop: LoopShare) {
    this.#socket = socket;
    this.#framing = framing;
    this.#line = line;
    this.#loop = loop;
    this.#inbox = new Inbox(() => this.#nowMs);
    socket.on('data', (chunk) => {
      this.#inbox.put(chunk);
      this.#receive();
    });
    socket.on('drain', () => this.#goOn());
    // a client that goes away is none of the server's troubles; 'close' follows every error
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#forget());
  }

  drop(): void {
    this.#socket.destroy();
  }

  get #nowMs(): number {
    return this.#line.urgency?.monotonicMs() ?? 0;
  }

  /** Cuts as many requests as may wait; the rest stays bytes. */
  #receive(): void {
    while (!this.#isFull) {
      const part = this.#inbox.take((backlogLimit - this.#waiting.length) * shortestRequestBytes);
      if (part === null) break;
      this.#cut(() => this.#framing.push(part.bytes), part.cameMs);
    }
    this.#awaitRest();
    this.#holdBack();
    void this.#serveWaiting();
  }

  /** There is room for more, perhaps. */
  #goOn(): void {
    if (this.#inbox.isEmpty) this.#holdBack();
    else this.#receive();
  }

  #cut(cut: () => readonly RequestFrame[], cameMs: number): void {
    if (this.#socket.destroyed) return;
    try {
      for (const frame of cut()) this.#enqueue(frame, cameMs);
    } catch (error) {
      if (error instanceof FramingError) this.#line.onGarbled?.(error);
      else this.#line.onDefect(error);
      this.drop();
    }
  }

  #enqueue(frame: RequestFrame, cameMs: number): void {
    const slave = this.#line.units.get(frame.unit);
    const urgent = this.#line.urgency !== undefined && slave !== undefined && isUrgent(frame.pdu, slave);
    if (urgent) for (const earlier of this.#waiting) earlier.isOvertaken = true;
    this.#waiting.push({ ...frame, cameMs, begun: urgent ? this.#answer(frame) : null, isOvertaken: false });
  }

  /** Silence in the middle of a frame means something, unless it is we who do not read. */
  #awaitRest(): void {
    if (this.#quietTimer !== null) clearTimeout(this.#quietTimer);
    this.#quietTimer = null;
    if (this.#framing.pendingBytes === 0 || this.#socket.destroyed) return;
    this.#quietTimer = setTimeout(() => {
      if (this.#socket.isPaused() || !this.#inbox.isEmpty) this.#awaitRest();
      else {
        this.#cut(() => this.#framing.quiet(), this.#nowMs);
        this.#receive();
      }
    }, this.#framing.quietMs);
  }

  async #serveWaiting(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting.length > 0) {
      await this.#loop.take();
      const frame = this.#waiting.shift();
      if (frame !== undefined) await this.#serve(frame);
      this.#goOn();
    }
    this.#busy = false;
  }

  async #serve(frame: WaitingRequest): Promise<void> {
    const { exchange, onDefect } = this.#line;
    const { unit, pdu } = frame;
    const answer = async (): Promise<Buffer | null> => this.#answerInTurn(frame);
    try {
      const reply = exchange === undefined ? plainReply(frame, await answer()) : await exchange({ unit, pdu }, answer);
      if (reply !== null) this.#send(frame, reply);
    } catch (error) {
      onDefect(error);
    }
  }

  /** A write that waited for too long, or that a stop went past, is no longer what the client wants. */
  async #answerInTurn(frame: WaitingRequest): Promise<Buffer | null> {
    const { urgency } = this.#line;
    if (frame.begun !== null) return frame.begun;
    if (urgency !== undefined && isWrite(frame.pdu)) {
      const isLate = frame.isOvertaken || this.#nowMs - frame.cameMs > urgency.writesWaitAtMostMs;
      if (isLate) return exceptionReply(frame.pdu, exceptionCodes.deviceBusy);
    }
    return this.#answer(frame);
  }

  async #answer({ unit, pdu }: SlaveRequest): Promise<Buffer | null> {
    const { transport, units, functions, onDefect } = this.#line;
    if (functions?.has(pdu[0] ?? 0) === false) return exceptionReply(pdu, exceptionCodes.illegalFunction);
    if (transport === 'rtu-over-tcp' && unit === 0) {
      for (const slave of units.values()) await answerRequest(pdu, slave, onDefect);
      return null;
    }
    const slave = units.get(unit);
    if (slave !== undefined) return answerRequest(pdu, slave, onDefect);
    return transport === 'tcp' ? exceptionReply(pdu, exceptionCodes.gatewayTargetFailedToRespond) : null;
  }

  #send(frame: RequestFrame, { unit, pdu, delayMs = 0, spoil }: SlaveReply): void {
    if (this.#socket.destroyed) return;
    const wrapped = this.#framing.wrap(unit, pdu, frame.transaction);
    const bytes = spoil === undefined ? wrapped : spoil(wrapped);
    if (delayMs <= 0) {
      this.#write(bytes);
      return;
    }
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.#write(bytes);
      this.#goOn();
    }, delayMs);
    this.#delayed.add(timer);
  }

  #write(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  get #isFull(): boolean {
    return this.#waiting.length + this.#delayed.size >= backlogLimit || this.#socket.writableNeedDrain;
  }

  /** Stops reading while there is too much to do or the client does not fetch its replies. */
  #holdBack(): void {
    if (this.#isFull || !this.#inbox.isEmpty) {
      this.#inbox.holdBack();
      this.#socket.pause();
    } else if (this.#socket.isPaused()) {
      this.#socket.resume();
      // the loop polls the socket between the two
      setImmediate(() => setImmediate(() => this.#socket.isPaused() || this.#inbox.letIn()));
    }
  }

  #forget(): void {
    if (this.#quietTimer !== null) clearTimeout(this.#quietTimer);
    for (const timer of this.#delayed) clearTimeout(timer);
    this.#delayed.clear();
    this.#waiting.length = 0;
    this.#inbox.clear();
  }
}

function plainReply({ unit }: RequestFrame, pdu: Buffer | null): SlaveReply | null {
  return pdu === null ? null : { unit, pdu };
}
