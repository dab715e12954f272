import {
  exceptionCodes,
  ModbusException,
  type ExceptionCode,
  type ModbusSlave,
} from '../../drivers/slave/modbus-slave.ts';

export type RegisterArea = 'coil' | 'discrete' | 'holding' | 'input';

/** One register, coil or discrete input: raw words 0…65535, bits 0 or 1. */
export interface Register {
  readonly name: string;
  read(): number;
  /** Only coils and holding registers are written. */
  readonly write?: (raw: number) => void;
  /** Largest raw value taken; above it the whole write is refused with exception 3. None: every word is taken. */
  readonly maximum?: number;
}

export type RegisterMap = Readonly<Record<RegisterArea, ReadonlyMap<number, Register>>>;

/** What goes wrong inside a module, register by register. */
export interface Disturbance {
  /** Exception with which the register is refused; null: none. */
  refuses(area: RegisterArea, address: number): ExceptionCode | null;
  /** The write is acknowledged and forgotten. */
  ignoresWrite(area: RegisterArea, address: number): boolean;
  /** What is delivered in place of `raw`. */
  delivers(area: RegisterArea, address: number, raw: number): number;
}

export const undisturbed: Disturbance = {
  refuses: () => null,
  ignoresWrite: () => false,
  delivers: (_area, _address, raw) => raw,
};

/** A map from lists of [address, register]; areas that are not named are empty. */
export function registerMap(
  areas: Partial<Record<RegisterArea, readonly (readonly [number, Register])[]>>,
): RegisterMap {
  const { coil = [], discrete = [], holding = [], input = [] } = areas;
  return { coil: new Map(coil), discrete: new Map(discrete), holding: new Map(holding), input: new Map(input) };
}

/** Serves a register map: what is not in it answers exception 2, whatever function asks. */
export function slaveOf(map: RegisterMap, disturbance: Disturbance): ModbusSlave {
  function registersOf(area: RegisterArea, address: number, count: number): Register[] {
    const registers = Array.from({ length: count }, (_, index) => {
      const register = map[area].get(address + index);
      if (register === undefined) throw new ModbusException(exceptionCodes.illegalDataAddress);
      return register;
    });
    for (let index = 0; index < count; index++) {
      const refusal = disturbance.refuses(area, address + index);
      if (refusal !== null) throw new ModbusException(refusal);
    }
    return registers;
  }

  function read(area: RegisterArea, address: number, count: number): number[] {
    return registersOf(area, address, count).map((register, index) =>
      disturbance.delivers(area, address + index, register.read()),
    );
  }

  function write(area: 'coil' | 'holding', address: number, values: readonly number[]): void {
    const registers = registersOf(area, address, values.length);
    for (const [index, { maximum = 0xffff }] of registers.entries())
      if ((values[index] ?? 0) > maximum) throw new ModbusException(exceptionCodes.illegalDataValue);
    for (const [index, register] of registers.entries())
      if (!disturbance.ignoresWrite(area, address + index)) register.write?.(values[index] ?? 0);
  }

  return {
    readCoils: (address, count) => read('coil', address, count).map(Boolean),
    readDiscrete: (address, count) => read('discrete', address, count).map(Boolean),
    readHolding: (address, count) => read('holding', address, count),
    readInput: (address, count) => read('input', address, count),
    writeCoils: (address, values) => write('coil', address, values.map(Number)),
    writeHolding: (address, values) => write('holding', address, values),
  };
}

/** A register that only remembers what was written. */
export interface Cell extends Register {
  readonly write: (raw: number) => void;
  /** Back to the value after power-up. */
  restart(): void;
}

export function cell(name: string, maximum = 0xffff, initial = 0): Cell {
  let raw = initial;
  return {
    name,
    maximum,
    read: () => raw,
    write: (value) => {
      raw = value;
    },
    restart: () => {
      raw = initial;
    },
  };
}

/** A signed value as a raw word, limited to what int16 holds. */
export function int16(value: number): number {
  return Math.max(-0x8000, Math.min(0x7fff, Math.round(value))) & 0xffff;
}

/** An unsigned value as a raw word, limited to what uint16 holds. */
export function uint16(value: number): number {
  return Math.max(0, Math.min(0xffff, Math.round(value)));
}

/** The number that a raw int16 word stands for. */
export function signed(raw: number): number {
  return raw >= 0x8000 ? raw - 0x1_0000 : raw;
}
