import type { FramingError } from './framing.ts';
import type { ModbusSlave } from './modbus-slave.ts';

/** What a line is served with. */
export interface Serving {
  readonly transport: 'tcp' | 'rtu-over-tcp';
  /** Unit id → slave. Other units answer exception 0x0B on TCP and are silent on RTU, where unit 0 writes to all. */
  readonly units: ReadonlyMap<number, ModbusSlave>;
  /** Stands between the wire and the slaves; none: every request is answered at once. */
  readonly exchange?: Exchange;
  /** Hears of our own mistakes: what a slave threw that was no ModbusException. */
  readonly onDefect: (error: unknown) => void;
  /** Function codes that are served, all others answer exception 1; none: all that the codec knows. */
  readonly functions?: ReadonlySet<number>;
  /** How what waits in a connection is treated; none: everything is served in the order in which it came. */
  readonly urgency?: Urgency;
  /** Told when the client is dropped because what it sends is no Modbus. */
  readonly onGarbled?: (error: FramingError) => void;
}

/** What a slave calls urgent is asked for as soon as it is heard; the writes of its client that wait then are refused. */
export interface Urgency {
  /** A write that has waited for longer since its bytes came is refused with exception 6, unasked. */
  readonly writesWaitAtMostMs: number;
  readonly monotonicMs: () => number;
}

/** A request as the slave's side sees it. */
export interface SlaveRequest {
  readonly unit: number;
  /** Function code and data. */
  readonly pdu: Buffer;
}

/** What goes back over the wire. */
export interface SlaveReply {
  readonly unit: number;
  readonly pdu: Buffer;
  /** Time before it is sent; requests that come meanwhile are served. */
  readonly delayMs?: number;
  /** Changes the finished frame, header and checksum included. */
  readonly spoil?: (frame: Buffer) => Buffer;
}

/**
 * Decides what becomes of a request. `answer` lets the slave serve it and gives the reply PDU, null where the protocol
 * wants none.
 *
 * @returns null when nothing is to be sent
 */
export type Exchange = (request: SlaveRequest, answer: () => Promise<Buffer | null>) => Promise<SlaveReply | null>;
