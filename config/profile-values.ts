import { registerRange, wordsOf } from '../drivers/codec/registers.ts';
import type { RegisterType } from '../drivers/declaration.ts';
import type { FaultPath, Report } from './fault.ts';
import type { Profile } from './schema/profile.ts';

type Input = Profile['inputs'][string];
type Output = Profile['outputs'][string];

const lastAddress = 0xffff;

/** What reads as if it said something and never can: such a map would be accepted, and found out in the plant. */
export function checkValues(profile: Profile, fault: Report): void {
  for (const [channel, input] of Object.entries(profile.inputs)) {
    const path = ['inputs', channel];
    checkEnd(input.address, registersOf(input), input.type ?? 'bit', [...path, 'address'], fault);
    checkSentinels(input, path, fault);
    checkFailure(input, path, fault);
  }
  for (const [channel, output] of Object.entries(profile.outputs)) {
    checkOutputEnd(output, ['outputs', channel], fault);
    if (output.kind === 'drive-command') checkStart(output, ['outputs', channel, 'start'], fault);
  }
  for (const [index, mark] of (profile.identity ?? []).entries()) {
    if ('registers' in mark) {
      checkEnd(mark.address, mark.registers, 'text', ['identity', index, 'address'], fault);
    }
  }
  const { status } = profile.watchdog ?? {};
  if (status !== undefined) {
    const mask = status.area === 'coil' || status.area === 'discrete' ? 1 : status.mask;
    checkReachable(status.active, mask, 'the watchdog would never be proven', ['watchdog', 'status', 'active'], fault);
  }
}

/** Bits, and fields of bits, are all within one register. */
function registersOf({ type }: Input): number {
  return type === undefined ? 1 : wordsOf(type);
}

function checkOutputEnd(output: Output, path: FaultPath, fault: Report): void {
  if (output.kind === 'register') {
    checkEnd(output.address, wordsOf(output.type), output.type, [...path, 'address'], fault);
  } else if (output.kind === 'drive-command') {
    const { address, type } = output.reference;
    checkEnd(address, wordsOf(type), type, [...path, 'reference', 'address'], fault);
  }
}

function checkEnd(address: number, count: number, what: string, path: FaultPath, fault: Report): void {
  const end = address + count - 1;
  if (end <= lastAddress) return;
  fault(
    path,
    `is ${address} on the wire, but ${what} takes ${count} registers, which would end at ${end}; ` +
      `the last register is ${lastAddress}, so begin at ${lastAddress - count + 1} or below`,
  );
}

function checkSentinels({ type = 'uint16', bits, sentinels = [] }: Input, path: FaultPath, fault: Report): void {
  const limits = bits === undefined ? registerRange[type] : { min: 0, max: 2 ** (bits[1] - bits[0] + 1) - 1 };
  const reader = bits === undefined ? type : `bits ${bits[0]}…${bits[1]}`;
  for (const [index, { raw }] of sentinels.entries()) {
    const at = [...path, 'sentinels', index, 'raw'];
    if (typeof raw === 'string') {
      checkPattern(raw, bits === undefined ? 16 * wordsOf(type) : bits[1] - bits[0] + 1, reader, at, fault);
      continue;
    }
    const isInside = raw >= limits.min && raw <= limits.max;
    if (isInside && isExact(raw, bits === undefined ? type : 'uint16')) continue;
    const why = isInside
      ? `which is no value that ${reader} can read`
      : `but ${reader} reads ${limits.min}…${limits.max}`;
    fault(
      at,
      `is ${raw}, ${why}, so it would never be found; ` +
        'give the number as it reads, or the bit pattern as a quoted text such as "0x8000"',
    );
  }
}

function checkPattern(pattern: string, width: number, reader: string, path: FaultPath, fault: Report): void {
  const most = (1n << BigInt(width)) - 1n;
  if (BigInt(pattern) <= most) return;
  fault(
    path,
    `is "${pattern}", but ${reader} has ${width} bits; write a pattern up to "0x${most.toString(16).toUpperCase()}"`,
  );
}

/** Whether a value of the type can be just this number. */
function isExact(raw: number, type: RegisterType): boolean {
  if (type === 'float64') return true;
  return type === 'float32' ? Math.fround(raw) === raw : Number.isInteger(raw);
}

function checkFailure({ failure }: Input, path: FaultPath, fault: Report): void {
  const { atOrBelow = Number.NEGATIVE_INFINITY, atOrAbove = Number.POSITIVE_INFINITY } = failure ?? {};
  if (atOrBelow < atOrAbove) return;
  fault(
    [...path, 'failure'],
    `calls every value failed: atOrBelow is ${atOrBelow}, not below atOrAbove (${atOrAbove}); exchange them`,
  );
}

function checkStart({ start }: Output & { kind: 'drive-command' }, path: FaultPath, fault: Report): void {
  for (const [index, { until }] of (start?.steps ?? []).entries()) {
    const at = [...path, 'steps', index, 'until'];
    checkReachable(until, start?.mask ?? 0, 'the drive would never start', at, fault);
  }
}

/** A masked word is compared with `value`: bits outside the mask are always 0 there. */
function checkReachable(value: number, mask: number, consequence: string, path: FaultPath, fault: Report): void {
  const outside = value & ~mask;
  if (outside === 0) return;
  fault(
    path,
    `is ${hex(value)}, but of the bits that count (${hex(mask)}) it can't have ${hex(outside)}, so ${consequence}; ` +
      'widen mask, or leave these bits out',
  );
}

function hex(word: number): string {
  return `0x${word.toString(16).toUpperCase().padStart(4, '0')}`;
}
