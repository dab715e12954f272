import type { SignalDeclaration, SignalValue } from '../signal.ts';
import type { Reason } from './command.ts';

const longestText = 200;

/** What is wrong with a value for this signal, by type and range; null when nothing is. */
export function valueFault(signal: SignalDeclaration, value: SignalValue): Reason | null {
  switch (signal.type) {
    case 'Boolean':
      return typeof value === 'boolean' ? null : wrongType(signal, value, 'true or false');
    case 'String':
      return typeof value === 'string' && value.length <= longestText
        ? null
        : wrongType(signal, value, `a text of at most ${longestText} characters`);
    case 'Double':
      return typeof value === 'number' && Number.isFinite(value)
        ? rangeFault(signal, value, signal.span)
        : wrongType(signal, value, 'a number');
    case 'UInt16':
      return wholeFault(signal, value, 0xffff);
    case 'UInt32':
      return wholeFault(signal, value, 0xffff_ffff);
    case 'Enumeration':
      break;
  }
  return wholeFault(signal, value, (signal.states?.length ?? 1) - 1);
}

export function rangeFault(
  { title, unit }: Pick<SignalDeclaration, 'title' | 'unit'>,
  value: number,
  span: readonly [low: number, high: number] | undefined,
): Reason | null {
  if (span === undefined || (value >= span[0] && value <= span[1])) return null;
  const inUnit = unit === undefined ? '' : ` ${unit}`;
  const reason = {
    code: 'OUT_OF_RANGE',
    text: `${title} takes ${span[0]}…${span[1]}${inUnit}; ${value}${inUnit} was asked for.`,
    actual: value,
    required: value < span[0] ? span[0] : span[1],
  };
  return unit === undefined ? reason : { ...reason, unit };
}

function wholeFault(signal: SignalDeclaration, value: SignalValue, highest: number): Reason | null {
  if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(signal, value, 'a whole number');
  return rangeFault(signal, value, [0, highest]) ?? rangeFault(signal, value, signal.span);
}

function wrongType({ title }: SignalDeclaration, value: SignalValue, wanted: string): Reason {
  return {
    code: 'WRONG_TYPE',
    text: `${title} takes ${wanted}; ${JSON.stringify(value)} was asked for.`,
    actual: value,
    required: wanted,
  };
}
