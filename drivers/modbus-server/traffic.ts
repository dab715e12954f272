import type { CommandAction, Reason } from '../../machine/commands/command.ts';
import type { FieldClock, FieldLog } from '../field.ts';
import { RateLimitedLog } from '../rate-limited-log.ts';
import { isWrite } from '../slave/answer-request.ts';
import type { Exchange, SlaveRequest } from '../slave/exchange.ts';
import type { TurnedAway } from '../slave/frame-server.ts';
import type { FramingError } from '../slave/framing.ts';
import { exceptionCodes } from '../slave/modbus-slave.ts';

/** Counters of the Modbus server since the start of the gateway. */
export interface ModbusServerStatistics {
  readonly host: string;
  readonly port: number;
  /** Clients that are connected now. */
  readonly connections: number;
  /** Clients that were closed at once, by why. */
  readonly turnedAway: Readonly<Record<TurnedAway, number>>;
  /** Clients that were dropped because what they sent is no Modbus. */
  readonly garbled: number;
  readonly requests: number;
  /** Exception code → replies with it. */
  readonly exceptions: Readonly<Record<string, number>>;
  readonly writes: number;
  /** Writes that were answered with an exception other than 5, which says that the outcome is not known yet. */
  readonly refusedWrites: number;
}

/** Counts what goes over the wire and tells the log of what somebody should look into, each kind once a minute. */
export class Traffic {
  readonly #log: RateLimitedLog;
  readonly #turnedAway: Record<TurnedAway, number> = { address: 0, limit: 0 };
  readonly #exceptions = new Map<number, number>();
  #garbled = 0;
  #requests = 0;
  #writes = 0;
  #refusedWrites = 0;

  constructor(log: FieldLog, clock: FieldClock) {
    this.#log = new RateLimitedLog(log, clock);
  }

  get counts(): Omit<ModbusServerStatistics, 'host' | 'port' | 'connections'> {
    return {
      turnedAway: { ...this.#turnedAway },
      garbled: this.#garbled,
      requests: this.#requests,
      exceptions: Object.fromEntries(this.#exceptions),
      writes: this.#writes,
      refusedWrites: this.#refusedWrites,
    };
  }

  /** Stands between the wire and the registers. */
  readonly exchange: Exchange = async (request, answer) => {
    const pdu = await answer();
    if (pdu === null) return null;
    this.#count(request, pdu);
    return { unit: request.unit, pdu };
  };

  #count(request: SlaveRequest, reply: Buffer): void {
    this.#requests++;
    const isWriting = isWrite(request.pdu);
    if (isWriting) this.#writes++;
    if (((reply[0] ?? 0) & 0x80) === 0) return;
    const code = reply[1] ?? 0;
    this.#exceptions.set(code, (this.#exceptions.get(code) ?? 0) + 1);
    if (isWriting && code !== exceptionCodes.acknowledge) this.#refusedWrites++;
  }

  turnedAway(address: string, why: TurnedAway): void {
    this.#turnedAway[why]++;
    const complaint =
      why === 'address'
        ? 'a Modbus client was turned away: modbusServer.allowedAddresses does not name its address'
        : 'a Modbus client was turned away: there are modbusServer.maximumConnections clients already';
    this.#log.warn('modbus server', why, { address }, complaint);
  }

  garbled(address: string, error: FramingError): void {
    this.#garbled++;
    this.#log.warn('modbus server', 'garbled', { address, err: error }, 'a client that sends no Modbus was dropped');
  }

  refused(action: CommandAction, address: string, reasons: readonly Reason[]): void {
    const context = { address, command: action.name, reasons: reasons.map(({ code }) => code) };
    this.#log.info('modbus server', `refused ${action.name}`, context, 'a command over Modbus was refused');
  }
}
