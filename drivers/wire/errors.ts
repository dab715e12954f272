/** A request that did not succeed. `where` names line, unit, function and range, so that a log line names the culprit. */
export abstract class FieldError extends Error {
  abstract readonly code: string;
  readonly where: string;

  constructor(where: string, what: string, options?: ErrorOptions) {
    super(`${where}: ${what}`, options);
    this.name = new.target.name;
    this.where = where;
  }
}

/** No reply within the time-out. Whether a write was carried out is unknown. */
export class ModuleSilentError extends FieldError {
  readonly code = 'MODULE_SILENT';

  /** @param hint  what may be the matter */
  constructor(where: string, timeoutMs: number, hint: string | null = null) {
    super(where, `no reply within ${Math.round(timeoutMs)} ms${hint === null ? '' : `: ${hint}`}`);
  }
}

/** A reply came that does not belong to the request or contradicts itself; nothing in it was used. */
export class BadReplyError extends FieldError {
  readonly code = 'BAD_REPLY';
}

/** The line is not open, or closed while the request was under way. */
export class LineClosedError extends FieldError {
  readonly code = 'LINE_CLOSED';
}

/** The module (or its gateway) refused the request by a Modbus exception. */
export class ModbusExceptionError extends FieldError {
  readonly code = 'MODBUS_EXCEPTION';
  readonly exception: number;

  constructor(where: string, exception: number) {
    super(where, `exception ${exception} (${exceptionMeaning(exception)})`);
    this.exception = exception;
  }

  /** Gateway exceptions: the gateway speaks, the unit behind it does not. */
  get fromGateway(): boolean {
    return this.exception === 0x0a || this.exception === 0x0b;
  }

  /** The module works on something else; the same request may succeed later. */
  get busy(): boolean {
    return this.exception === 5 || this.exception === 6;
  }
}

export function exceptionMeaning(exception: number): string {
  return exceptionNames[exception] ?? 'not in the standard';
}

/** MODBUS Application Protocol Specification V1.1b3, 7. */
const exceptionNames: Readonly<Record<number, string>> = {
  1: 'illegal function',
  2: 'illegal data address',
  3: 'illegal data value',
  4: 'server device failure',
  5: 'acknowledge',
  6: 'server device busy',
  8: 'memory parity error',
  10: 'gateway path unavailable',
  11: 'gateway target did not respond',
};
