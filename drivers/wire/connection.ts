import { strict as assert } from 'node:assert';
import modbusSerial from 'modbus-serial';
import type { LineDeclaration } from '../declaration.ts';
import type { WireTrace } from '../monitor/wire-trace.ts';
import { byteLink } from './byte-link.ts';
import { BadReplyError, LineClosedError, ModbusExceptionError, ModuleSilentError } from './errors.ts';
import type { OwedReplies } from './owed-replies.ts';
import { functionOf, type Request, wordingOf } from './request.ts';
import { RtuPort } from './rtu-port.ts';
import type { StrictPort } from './strict-port.ts';
import { tappedLink } from './tapped-link.ts';
import { TcpPort } from './tcp-port.ts';

type Client = InstanceType<typeof modbusSerial.default>;

export interface Answer {
  /** Registers 0…65535 or bits 0 and 1 of a read, exactly as many as asked; none for a write. */
  readonly values: readonly number[];
  /** From the first byte sent. */
  readonly latencyMs: number;
}

/** What modbus-serial hands back, over all functions. */
interface LibraryReply {
  readonly data?: readonly (number | boolean)[];
  readonly address?: number;
  readonly value?: number;
  readonly state?: boolean;
  readonly length?: number;
}
interface LibraryError extends Error {
  readonly modbusCode?: number;
  readonly errno?: string;
}
type Callback = (error: LibraryError | null, reply: LibraryReply) => void;
type SendFunction = (unit: number, address: number, argument: unknown, next: Callback) => void;

/**
 * One connection of one line, from open to close; a line that reconnects makes a new one. One request is in flight at a
 * time: the caller queues, and an overlap is a defect that stops it.
 */
export class Connection {
  readonly #line: LineDeclaration;
  readonly #port: StrictPort;
  readonly #client: Client;
  #busy = false;

  constructor(line: LineDeclaration, owed: OwedReplies, onLate: (unit: number) => void, trace?: WireTrace) {
    this.#line = line;
    const link = trace === undefined ? byteLink(line) : tappedLink(byteLink(line), trace);
    this.#port = line.transport === 'tcp' ? new TcpPort(link) : new RtuPort(link, line, owed);
    this.#port.on('late', onLate);
    this.#client = new modbusSerial.default(this.#port);
  }

  get isOpen(): boolean {
    return this.#port.isOpen;
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
  isAmbiguous(unit: number, request: Request): boolean {
    return this.#port.isAmbiguous(unit, functionOf(request));
  }

  /**
   * One request and its reply.
   *
   * @param timeoutMs  from the last byte sent to the last byte received
   * @throws ModuleSilentError, BadReplyError, ModbusExceptionError, LineClosedError
   */
  async ask(unit: number, request: Request, timeoutMs: number): Promise<Answer> {
    const where = `${this.#line.id} unit ${unit} ${wordingOf(request)}`;
    assert(!this.#busy, `${where}: another request is in flight`);
    this.#busy = true;
    try {
      await this.#port.ready();
      const sentMs = performance.now();
      const values = checked(where, request, await this.#exchange(where, unit, request, timeoutMs));
      return { values, latencyMs: performance.now() - sentMs };
    } finally {
      this.#busy = false;
    }
  }

  /** Rejects a request in flight at once; resolves when the operating system has let go of the line. */
  async close(): Promise<void> {
    this.#client.destroy(() => {});
    await this.#port.disconnect();
  }

  async #exchange(where: string, unit: number, request: Request, timeoutMs: number): Promise<LibraryReply> {
    const port = this.#port;
    if (!port.isOpen) throw new LineClosedError(where, port.fault ?? 'not open');
    const { promise, resolve, reject } = Promise.withResolvers<LibraryReply>();
    const lost = () => reject(new LineClosedError(where, port.fault ?? 'closed'));
    port.once('close', lost);
    try {
      // The library's timer starts before the first byte is sent.
      const bytes = request.kind === 'read' ? 8 : 9 + 2 * request.values.length;
      this.#client.setTimeout(Math.ceil(timeoutMs + port.sendMs(bytes)));
      send(this.#client, unit, request, (error, reply) => {
        if (error === null || error === undefined) resolve(reply);
        else reject(this.#typed(error, where, timeoutMs));
      });
      return await promise;
    } finally {
      port.off('close', lost);
    }
  }

  #typed(error: LibraryError, where: string, timeoutMs: number): Error {
    if (error.modbusCode !== undefined) return new ModbusExceptionError(where, error.modbusCode);
    if (error.errno === 'ETIMEDOUT') {
      this.#port.expire();
      return new ModuleSilentError(where, timeoutMs);
    }
    const reason = this.#port.refusal ?? error.message;
    this.#port.refusal = null;
    return new BadReplyError(where, reason, { cause: error });
  }
}

/** The `writeFC…` functions take the unit as an argument, so no request can go out under another one's `setID`. */
function send(client: Client, unit: number, request: Request, next: Callback): void {
  const functions = client as unknown as Readonly<Record<string, SendFunction>>;
  const call = functions[`writeFC${functionOf(request)}`];
  assert(call !== undefined);
  call.call(client, unit, request.address, libraryArgument(request), next);
}

function libraryArgument(request: Request): unknown {
  if (request.kind === 'read') return request.count;
  const values = request.kind === 'write-coils' ? request.values.map((value) => value === 1) : [...request.values];
  return values.length === 1 ? values[0] : values;
}

/** The library checks CRC, unit, function and total length; count and echo are checked here. */
function checked(where: string, request: Request, reply: LibraryReply): readonly number[] {
  if (request.kind === 'read') {
    const isBits = request.area === 'coil' || request.area === 'discrete';
    const values = (reply.data ?? []).map(Number);
    const expected = isBits ? 8 * Math.ceil(request.count / 8) : request.count;
    if (values.length !== expected) throw new BadReplyError(where, `${values.length} values for ${expected}`);
    return values.slice(0, request.count);
  }
  const [first] = request.values;
  const isEcho =
    reply.address === request.address &&
    (request.values.length > 1
      ? reply.length === request.values.length
      : request.kind === 'write-coils'
        ? reply.state === (first === 1)
        : reply.value === first);
  if (!isEcho) throw new BadReplyError(where, 'the reply does not repeat what was written');
  return [];
}
