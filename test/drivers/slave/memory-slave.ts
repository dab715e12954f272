import { exceptionCodes, ModbusException, type ModbusSlave } from '../../../drivers/slave/modbus-slave.ts';

/** A slave of 16 bits and 16 words of each kind, that keeps what it is told. */
export class MemorySlave implements ModbusSlave {
  readonly coils = Array.from({ length: 16 }, () => false);
  readonly discrete = Array.from({ length: 16 }, (_, index) => index % 3 === 0);
  readonly holding = Array.from({ length: 16 }, () => 0);
  readonly input = Array.from({ length: 16 }, (_, index) => 0x1111 * index);

  readCoils(address: number, count: number): boolean[] {
    return cut(this.coils, address, count);
  }

  readDiscrete(address: number, count: number): boolean[] {
    return cut(this.discrete, address, count);
  }

  readHolding(address: number, count: number): number[] {
    return cut(this.holding, address, count);
  }

  readInput(address: number, count: number): number[] {
    return cut(this.input, address, count);
  }

  writeCoils(address: number, values: readonly boolean[]): void {
    cut(this.coils, address, values.length);
    this.coils.splice(address, values.length, ...values);
  }

  writeHolding(address: number, values: readonly number[]): void {
    cut(this.holding, address, values.length);
    this.holding.splice(address, values.length, ...values);
  }
}

function cut<T>(memory: readonly T[], address: number, count: number): T[] {
  if (address + count > memory.length) throw new ModbusException(exceptionCodes.illegalDataAddress);
  return memory.slice(address, address + count);
}
