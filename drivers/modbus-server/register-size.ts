import { registerRange, wordsOf } from '../codec/registers.ts';
import { commandBlockWords, type RegisterDeclaration, type ServedType } from './declaration.ts';

/** How many addresses a declared thing takes; a coil or discrete input is one too. */
export function wordsTaken(register: RegisterDeclaration): number {
  switch (register.kind) {
    case 'value':
      return register.type === 'bit' ? 1 : wordsOf(register.type);
    case 'quality':
    case 'age':
      return register.words;
    case 'commandBlock':
      return commandBlockWords;
    case 'status':
    case 'command':
      break;
  }
  return 1;
}

/** Whether a register of this type can hold a raw value as it is. */
export function holdsRaw(type: ServedType, raw: number): boolean {
  const { min, max } = registerRange[type];
  return raw >= min && raw <= max && (type === 'float32' || Number.isInteger(raw));
}
