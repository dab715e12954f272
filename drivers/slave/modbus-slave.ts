/**
 * What stands behind one unit id. Addresses are zero-based protocol addresses; the caller has already checked that
 * counts are within the protocol's limits and that address + count stays within 65536.
 *
 * A method throws `ModbusException` for what it refuses; anything else it throws is a defect and becomes exception 4.
 */
export interface ModbusSlave {
  readCoils(address: number, count: number): Awaitable<readonly boolean[]>;
  readDiscrete(address: number, count: number): Awaitable<readonly boolean[]>;
  /** Words, 0…65535. */
  readHolding(address: number, count: number): Awaitable<readonly number[]>;
  readInput(address: number, count: number): Awaitable<readonly number[]>;
  /** All or nothing: when one value is refused, none is stored. */
  writeCoils(address: number, values: readonly boolean[]): Awaitable<void>;
  writeHolding(address: number, values: readonly number[]): Awaitable<void>;
  /** Whether this write must not wait behind others; a coil is 0 or 1. None: nothing is urgent. */
  isUrgent?(area: 'coil' | 'holding', address: number, values: readonly number[]): boolean;
}

export type Awaitable<T> = T | Promise<T>;

/** Exception codes of the Modbus application protocol, V1.1b3, section 7. */
export const exceptionCodes = {
  illegalFunction: 0x01,
  illegalDataAddress: 0x02,
  illegalDataValue: 0x03,
  deviceFailure: 0x04,
  acknowledge: 0x05,
  deviceBusy: 0x06,
  memoryParityError: 0x08,
  gatewayPathUnavailable: 0x0a,
  gatewayTargetFailedToRespond: 0x0b,
} as const;

export type ExceptionCode = (typeof exceptionCodes)[keyof typeof exceptionCodes];

/** The slave's refusal of one request. Expected on any line: it becomes the reply. */
export class ModbusException extends Error {
  readonly code = 'MODBUS_EXCEPTION';
  readonly exceptionCode: ExceptionCode;

  constructor(exceptionCode: ExceptionCode) {
    super(`Modbus exception 0x${exceptionCode.toString(16).padStart(2, '0')}`);
    this.name = 'ModbusException';
    this.exceptionCode = exceptionCode;
  }
}
