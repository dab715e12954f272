import type { Socket } from 'node:net';
import { answerRequest, exceptionReply } from './answer-request.ts';
import type { Serving, SlaveReply, SlaveRequest } from './exchange.ts';
import { FramingError, type Framing, type RequestFrame } from './framing.ts';
import { exceptionCodes } from './modbus-slave.ts';

/** Requests waiting and replies delayed, per connection; above it the client is not read from. */
const backlogLimit = 64;

/**
 * One client. Its requests are served in the order in which they came, one at a time; a client that sends faster than
 * it is served, or does not fetch its replies, is held back by its own socket.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #framing: Framing;
  readonly #line: Serving;
  readonly #waiting: RequestFrame[] = [];
  readonly #delayed = new Set<NodeJS.Timeout>();
  #busy = false;
  #quietTimer: NodeJS.Timeout | null = null;

  constructor(socket: Socket, framing: Framing, line: Serving) {
    this.#socket = socket;
    this.#framing = framing;
    this.#line = line;
    socket.on('data', (chunk) => this.#receive(() => framing.push(chunk)));
    socket.on('drain', () => this.#holdBack());
    // a client that goes away is none of the server's troubles; 'close' follows every error
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#forget());
  }

  drop(): void {
    this.#socket.destroy();
  }

  #receive(cut: () => readonly RequestFrame[]): void {
    if (this.#quietTimer !== null) clearTimeout(this.#quietTimer);
    this.#quietTimer = null;
    try {
      this.#waiting.push(...cut());
    } catch (error) {
      if (error instanceof FramingError) this.#line.onGarbled?.(error);
      else this.#line.onDefect(error);
      this.drop();
      return;
    }
    this.#awaitRest();
    this.#holdBack();
    void this.#serveWaiting();
  }

  /** Silence in the middle of a frame means something, unless it is we who do not read. */
  #awaitRest(): void {
    if (this.#framing.pendingBytes === 0) return;
    this.#quietTimer = setTimeout(() => {
      if (this.#socket.isPaused()) this.#awaitRest();
      else this.#receive(() => this.#framing.quiet());
    }, this.#framing.quietMs);
  }

  async #serveWaiting(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
      await this.#serve(frame);
      this.#holdBack();
    }
    this.#busy = false;
  }

  async #serve(frame: RequestFrame): Promise<void> {
    const { exchange, onDefect } = this.#line;
    const { unit, pdu } = frame;
    const answer = async (): Promise<Buffer | null> => this.#answer(frame);
    try {
      const reply = exchange === undefined ? plainReply(frame, await answer()) : await exchange({ unit, pdu }, answer);
      if (reply !== null) this.#send(frame, reply);
    } catch (error) {
      onDefect(error);
    }
  }

  async #answer({ unit, pdu }: SlaveRequest): Promise<Buffer | null> {
    const { transport, units, onDefect } = this.#line;
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
      this.#holdBack();
    }, delayMs);
    this.#delayed.add(timer);
  }

  #write(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Stops reading while there is too much to do or the client does not fetch its replies. */
  #holdBack(): void {
    const full = this.#waiting.length + this.#delayed.size >= backlogLimit || this.#socket.writableNeedDrain;
    if (full) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #forget(): void {
    if (this.#quietTimer !== null) clearTimeout(this.#quietTimer);
    for (const timer of this.#delayed) clearTimeout(timer);
    this.#delayed.clear();
    this.#waiting.length = 0;
  }
}

function plainReply({ unit }: RequestFrame, pdu: Buffer | null): SlaveReply | null {
  return pdu === null ? null : { unit, pdu };
}
