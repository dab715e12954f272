import type { ReadArea } from '../declaration.ts';
import { exceptionCodes, ModbusException } from '../slave/modbus-slave.ts';
import type { RegisterDeclaration } from './declaration.ts';
import { wordsTaken } from './register-size.ts';

/** A declared thing, or some of its words, in a range that a client asks for. */
export interface Piece {
  readonly register: RegisterDeclaration;
  /** The first of its words, and how many. */
  readonly from: number;
  readonly count: number;
}

interface Cell {
  readonly register: RegisterDeclaration;
  readonly index: number;
}

/** Which declared thing stands at which address. */
export class RegisterMap {
  readonly #areas: Readonly<Record<ReadArea, Map<number, Cell>>> = {
    input: new Map(),
    holding: new Map(),
    coil: new Map(),
    discrete: new Map(),
  };

  /** @throws RangeError when two things stand at one address: the configuration check has a hole */
  constructor(registers: readonly RegisterDeclaration[]) {
    for (const register of registers) {
      const area = this.#areas[register.area];
      for (let index = 0; index < wordsTaken(register); index++) {
        const address = register.address + index;
        if (area.has(address)) throw new RangeError(`${register.area} ${address} is declared twice`);
        area.set(address, { register, index });
      }
    }
  }

  /** The declared thing that begins at an address and holds the whole range; null too for a part of a value. */
  at(area: ReadArea, address: number, count: number): RegisterDeclaration | null {
    const cell = this.#areas[area].get(address);
    if (cell?.index !== 0) return null;
    const words = wordsTaken(cell.register);
    return count === words || (count < words && cell.register.kind !== 'value') ? cell.register : null;
  }

  /**
   * What stands in a range, in order.
   *
   * @throws ModbusException 2 when an address is not declared, or a value would be cut apart
   */
  within(area: ReadArea, address: number, count: number): readonly Piece[] {
    const pieces: Piece[] = [];
    for (let at = address; at < address + count;) {
      const cell = this.#areas[area].get(at);
      if (cell === undefined) throw illegalAddress();
      const { register, index } = cell;
      const words = Math.min(wordsTaken(register) - index, address + count - at);
      // half of a value is none; words that each say something alone may be read alone
      if (register.kind === 'value' && words < wordsTaken(register)) throw illegalAddress();
      pieces.push({ register, from: index, count: words });
      at += words;
    }
    return pieces;
  }
}

export function illegalAddress(): ModbusException {
  return new ModbusException(exceptionCodes.illegalDataAddress);
}
