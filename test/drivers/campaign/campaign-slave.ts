import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  checksum,
  type Frame,
  type Framing,
  parsed,
  rtuRequest,
  type SeenRequest,
  tcpRequest,
} from '../misbehaving-slave.ts';
import { Dice } from './dice.ts';
import { exceptionCodes, type ReplyFault, spoilt, type Step } from './reply-faults.ts';
import { addressesOf, control, units } from './station.ts';

export type Area = 'input' | 'discrete' | 'holding' | 'coil';
const readAreas: readonly Area[] = ['coil', 'discrete', 'holding', 'input'];

/** A request as it arrived, and what became of it. */
export interface Asked extends SeenRequest {
  readonly fault: ReplyFault | null;
  /** Words of a read by address, as they were sent; null: it was no read, or nothing was sent. */
  served: ReadonlyMap<number, number> | null;
  /** It was worked off, and its reply sent, if there was to be one. */
  isDone: boolean;
  /** Something that may be taken for its reply was sent. */
  isAnswered: boolean;
}

const keptRequests = 200;

/**
 * The three modules of a line behind one socket. Every input register that is read carries a number that was never used
 * before, given out when the request arrives: what is read shows by itself to which request and register it belongs.
 * Each module works off its requests in order and at its own pace. Where there are no transactions, replies go out through
 * whatever connection is open by then, as with a serial device server.
 */
export class CampaignSlave {
  readonly framing: Framing;
  readonly #dice: Dice;
  readonly #timeoutMs: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #dead = new WeakSet<Socket>();
  readonly #memory = new Map<string, number>();
  readonly #work = new Map<number, Promise<void>>();
  /** How many more replies of this unit come slowly, and how slowly. */
  readonly #lagging = new Map<number, { left: number; ms: number }>();
  #busyUnits = 0;
  #nextNumber = 0;
  readonly recent: Asked[] = [];
  requests = 0;
  connections = 0;
  /** What no master should do. */
  readonly misdeeds: string[] = [];
  /** When a drive that ran lost its run bit without being told to; infinite: not since it was last to stop. */
  #runLostAtMs = Number.POSITIVE_INFINITY;
  #stopOrderedAtMs = 0;
  /**
   * Since it was last to stop it was told to run, and the master saw it run. A start of which nothing came back may be tried
   * again, whatever became of it.
   */
  #run: 'none' | 'ordered' | 'seen' = 'none';
  /** Decides what becomes of a request. */
  faultOf: (request: SeenRequest) => ReplyFault | null = () => null;
  /** How many requests are over at the master, well or badly. */
  completed: () => number = () => Number.POSITIVE_INFINITY;
  isEchoing = false;
  /** How many reasons there are not to listen. */
  refusals = 0;
  /** Half-open: all connections that there are, or that are made meanwhile, are dead, and stay so without a word. */
  isMute = false;
  readonly silent = new Set<number>();
  readonly busy = new Set<number>();
  /** Units that the gateway does not reach. */
  readonly unreached = new Set<number>();
  readonly holes = new Set<string>();
  readonly ignoring = new Set<string>();

  constructor(framing: Framing, dice: Dice, timeoutMs: number) {
    this.framing = framing;
    this.#dice = dice;
    this.#timeoutMs = timeoutMs;
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
    for (const unit of addressesOf.keys()) this.restart(unit);
  }

  /** Accepts connections, on the same port again after `refuse`. */
  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Ends all connections; new ones are refused. */
  async refuse(): Promise<void> {
    this.cut();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Resolves when every module has worked off what it was asked. */
  async idle(): Promise<void> {
    while (this.#busyUnits > 0) await Promise.all(this.#work.values());
  }

  /** A lag that outlasts its fault may be as long as a time-out on a busy computer: it ends with the faults. */
  lagNoMore(): void {
    this.#lagging.clear();
  }

  /** All connections die: no byte comes through them any more, in either direction. */
  mute(): void {
    this.isMute = true;
    for (const socket of this.#sockets) this.#dead.add(socket);
  }

  get open(): number {
    return this.#sockets.size;
  }

  get newest(): Asked | undefined {
    return this.recent.at(-1);
  }

  held(unit: number, area: 'holding' | 'coil', address: number): number {
    return this.#memory.get(`${unit} ${area} ${address}`) ?? 0;
  }

  /** Switched off and on: everything is 0, the watchdog too. */
  restart(unit: number): void {
    this.#lose(unit);
    for (const [area, addresses] of Object.entries(addressesOf.get(unit) ?? {})) {
      for (const address of addresses) this.#memory.set(`${unit} ${area} ${address}`, 0);
    }
  }

  /** The drive drops its run bit by itself. */
  trip(): void {
    this.#lose(units.drive);
    this.#memory.set(`${units.drive} holding ${control}`, 0);
  }

  /** The master was told to stop the drive: what it does then is asked for. */
  stopOrdered(): void {
    this.#runLostAtMs = Number.POSITIVE_INFINITY;
    this.#stopOrderedAtMs = performance.now();
    this.#run = 'none';
  }

  /** The master has read that the drive runs. */
  seenRunning(): void {
    if (this.#run === 'ordered') this.#run = 'seen';
  }

  noise(): void {
    this.#stream()?.write(this.#dice.bytes(this.#dice.between(1, 10)));
  }

  #lose(unit: number): void {
    if (unit !== units.drive || this.#run !== 'seen' || (this.held(unit, 'holding', control) & 1) === 0) return;
    this.#runLostAtMs = performance.now();
  }

  #stream(): Socket | undefined {
    return [...this.#sockets].findLast((socket) => socket.writable && !this.#dead.has(socket));
  }

  #serve(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    if (this.isMute) this.#dead.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      if (this.#dead.has(socket)) return;
      received = Buffer.concat([received, bytes]);
      for (;;) {
        const frame = this.framing === 'tcp' ? tcpRequest(received) : rtuRequest(received);
        if (frame === null) return;
        const raw = received.subarray(0, frame.length);
        received = received.subarray(frame.length);
        if (this.#isSound(raw)) this.#arrived(socket, frame, raw);
        else this.misdeeds.push(`an unsound frame ${raw.toString('hex')}`);
      }
    });
  }

  #isSound(raw: Buffer): boolean {
    if (this.framing === 'tcp') return raw.readUInt16BE(2) === 0;
    return checksum(raw.subarray(0, -2)) === raw.readUInt16LE(raw.length - 2);
  }

  #arrived(socket: Socket, frame: Frame, raw: Buffer): void {
    const seen: SeenRequest = { ...parsed(frame.pdu, frame.unit), atMs: performance.now() };
    const before = this.newest;
    // it has to be answered or given up before the next one is sent
    if (before !== undefined && !before.isDone && !before.isAnswered && this.completed() < this.requests) {
      this.misdeeds.push(`two requests under way within ${(seen.atMs - before.atMs).toFixed(1)} ms`);
    }
    const asked: Asked = { ...seen, fault: this.faultOf(seen), served: null, isDone: false, isAnswered: false };
    this.requests++;
    this.recent.push(asked);
    if (this.recent.length > keptRequests) this.recent.shift();
    if (this.isEchoing) {
      socket.write(raw);
      // to the master an echo may be an answer
      asked.isAnswered = true;
    }
    if (asked.fault === 'reset') {
      asked.isDone = true;
      socket.resetAndDestroy();
      return;
    }
    if (asked.fault === 'silence' || this.silent.has(asked.unit)) return;
    const numbered = this.#numbered(asked);
    const work = async (): Promise<void> => this.#workOff(socket, frame, asked, numbered);
    this.#busyUnits++;
    const earlier = this.#work.get(asked.unit) ?? Promise.resolve();
    this.#work.set(
      asked.unit,
      earlier.then(work).finally(() => {
        asked.isDone = true;
        this.#busyUnits--;
      }),
    );
  }

  #numbered({ functionCode, address, argument }: Asked): ReadonlyMap<number, number> | null {
    const area = readAreas[functionCode - 1];
    if (area === 'input') return new Map(Array.from({ length: argument }, (_, n) => [address + n, ++this.#nextNumber]));
    if (area !== 'discrete') return null;
    const bits = ++this.#nextNumber;
    return new Map(Array.from({ length: argument }, (_, n) => [address + n, (bits >> n) & 1]));
  }

  async #workOff(
    socket: Socket,
    frame: Frame,
    asked: Asked,
    numbered: ReadonlyMap<number, number> | null,
  ): Promise<void> {
    await this.#delay(asked);
    const pdu = this.#answer(asked, numbered);
    if (asked.fault === 'lost reply') return;
    const reply = { unit: asked.unit, pdu, transaction: frame.transaction, isRead: asked.functionCode <= 4 };
    for (const step of spoilt(this.framing, reply, asked.fault, this.#dice, this.#timeoutMs)) {
      await this.#do(step, this.framing === 'tcp' ? socket : this.#stream());
      asked.isAnswered ||= asked.fault !== 'split';
    }
  }

  async #do(step: Step, stream: Socket | undefined): Promise<void> {
    if ('waitMs' in step) await sleep(step.waitMs);
    else if (stream === undefined || stream.destroyed || this.#dead.has(stream)) return;
    else if ('send' in step) stream.write(step.send);
    else stream.resetAndDestroy();
  }

  async #delay({ unit, fault }: Asked): Promise<void> {
    const lagging = this.#lagging.get(unit);
    if (lagging !== undefined && lagging.left-- > 0) await sleep(lagging.ms);
    const dice = this.#dice;
    if (fault === 'slow') await sleep(dice.between(1, Math.ceil(0.7 * this.#timeoutMs)));
    if (fault === 'late' || fault === 'late, then lagging')
      await sleep((dice.between(105, 600) / 100) * this.#timeoutMs);
    if (fault === 'late, then lagging') {
      this.#lagging.set(unit, { left: dice.between(2, 10), ms: (dice.between(20, 90) / 100) * this.#timeoutMs });
    }
  }

  #answer(asked: Asked, numbered: ReadonlyMap<number, number> | null): Buffer {
    const { unit, functionCode, fault } = asked;
    const refuses = (code: number) => Buffer.from([functionCode | 0x80, code]);
    if (this.unreached.has(unit)) return refuses(this.#dice.choose([0x0a, 0x0b]));
    if (fault === 'exception') return refuses(this.#dice.choose(exceptionCodes));
    const refusal = functionCode > 4 && this.busy.has(unit) ? this.#dice.choose([5, 6]) : this.#refusal(asked);
    if (refusal !== null) return refuses(refusal);
    if (functionCode <= 4) return fault === 'exception, but done' ? refuses(4) : this.#read(asked, numbered);
    this.#write(asked);
    return fault === 'exception, but done' ? refuses(this.#dice.choose(exceptionCodes)) : echoOf(asked);
  }

  #refusal({ unit, functionCode, address, argument }: Asked): number | null {
    const area = functionCode <= 4 ? readAreas[functionCode - 1] : isCoils(functionCode) ? 'coil' : 'holding';
    const count = functionCode === 5 || functionCode === 6 ? 1 : argument;
    const mine = area === undefined ? [] : (addressesOf.get(unit)?.[area] ?? []);
    for (let at = address; at < address + count; at++) {
      if (!mine.includes(at) || this.holes.has(`${unit} ${area} ${at}`)) return 2;
    }
    return null;
  }

  #read(asked: Asked, numbered: ReadonlyMap<number, number> | null): Buffer {
    const { unit, functionCode, address, argument } = asked;
    const area = functionCode === 1 ? 'coil' : 'holding';
    const words = Array.from({ length: argument }, (_, n) => this.held(unit, area, address + n));
    asked.served = numbered ?? new Map(words.map((word, n) => [address + n, word]));
    const sent = [...asked.served.values()];
    const data =
      functionCode <= 2 ? packed(sent) : Buffer.concat(sent.map((word) => Buffer.from([word >> 8, word & 0xff])));
    return Buffer.concat([Buffer.from([functionCode, data.length]), data]);
  }

  #write({ unit, functionCode, address, argument, values, atMs, fault }: Asked): void {
    const area = isCoils(functionCode) ? 'coil' : 'holding';
    const single = functionCode === 5 ? Number(argument === 0xff00) : argument;
    const written = functionCode <= 6 ? [single] : values;
    for (const [n, value] of written.entries()) {
      const key = `${unit} ${area} ${address + n}`;
      if (fault === 'ignored write' || this.ignoring.has(key)) continue;
      if (unit === units.drive && area === 'holding' && address + n === control && (value & 1) === 1)
        this.#started(atMs);
      this.#memory.set(key, value);
    }
  }

  /** Told to run: not after it lost its run bit, unless it was told to stop in between. */
  #started(arrivedAtMs: number): void {
    if (arrivedAtMs > this.#stopOrderedAtMs + inTheWireMs && this.#run === 'none') this.#run = 'ordered';
    if (arrivedAtMs <= this.#runLostAtMs + inTheWireMs) return;
    const sinceMs = (arrivedAtMs - this.#runLostAtMs).toFixed(1);
    this.misdeeds.push(`the drive is started again ${sinceMs} ms after it lost its run bit`);
  }
}

/** A request that was sent before the drive stopped may arrive after it. */
const inTheWireMs = 8;

function isCoils(functionCode: number): boolean {
  return functionCode === 5 || functionCode === 15;
}

function echoOf({ functionCode, address, argument }: Asked): Buffer {
  const pdu = Buffer.alloc(5);
  pdu.writeUInt8(functionCode, 0);
  pdu.writeUInt16BE(address, 1);
  pdu.writeUInt16BE(argument, 3);
  return pdu;
}

function packed(bits: readonly number[]): Buffer {
  const bytes = Buffer.alloc(Math.ceil(bits.length / 8));
  for (const [n, bit] of bits.entries()) bytes.writeUInt8(bytes.readUInt8(n >> 3) | (bit << (n & 7)), n >> 3);
  return bytes;
}
