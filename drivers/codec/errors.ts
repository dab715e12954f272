/** A value that the register can't hold. Nothing was encoded, nothing may be sent. */
export class ValueOutOfRangeError extends RangeError {
  readonly code = 'VALUE_OUT_OF_RANGE';
  readonly value: number | bigint | string;

  /**
   * @param what    the type or channel that can't hold it
   * @param limits  what it can hold, as words
   */
  constructor(value: number | bigint | string, what: string, limits: string) {
    super(`${typeof value === 'string' ? `"${value}"` : value} does not fit ${what} (${limits})`);
    this.name = 'ValueOutOfRangeError';
    this.value = value;
  }
}
