import { maskOf } from '../drivers/codec/bits.ts';
import { wordsOf } from '../drivers/codec/registers.ts';
import type { RegisterType } from '../drivers/declaration.ts';
import type { Report } from './fault.ts';
import type { Profile } from './schema/profile.ts';
import type { Watchdog } from './schema/watchdog.ts';

type Output = Profile['outputs'][string];

/** Some bits of a holding register, or a coil, which has bit 0 alone. */
interface Decided {
  readonly area: 'holding' | 'coil';
  readonly address: number;
  readonly mask: number;
}

interface Taker extends Decided {
  readonly name: string;
  /** What it does with them, as the fault says it. */
  readonly does: string;
}

/**
 * A bit that two outputs decide would be as the one says that was commanded last, or on while either of them is on: to
 * command the other off would leave it on. What the watchdog writes is nobody's output for the same reason.
 */
export function checkOutputs(profile: Profile, fault: Report): void {
  const taken: Taker[] = profile.watchdog === undefined ? [] : watchdogTakers(profile.watchdog);
  for (const [channel, output] of Object.entries(profile.outputs)) {
    for (const decided of decidedBits(output)) {
      const { area, address, mask } = decided;
      const other = taken.find((each) => each.area === area && each.address === address && (each.mask & mask) !== 0);
      if (other !== undefined) {
        const what = area === 'coil' ? `coil ${address}` : `bits of holding register ${address}`;
        const each = area === 'coil' ? 'coil' : 'bit';
        fault(
          ['outputs', channel],
          `decides ${what} that ${other.name} ${other.does} already; give each ${each} one channel`,
        );
      }
      taken.push({ ...decided, name: channel, does: 'decides' });
    }
  }
}

/** What an output decides, by zero-based address. */
function decidedBits(output: Output): Decided[] {
  switch (output.kind) {
    case 'register':
      return wholly(output.address, output.type);
    case 'bit-field':
      return [holding(output.address, maskOf(output.bits))];
    case 'drive-bit':
      return [holding(output.control, 1 << output.bit)];
    case 'drive-speed':
      return [
        holding(output.control, (1 << output.runBit) | (1 << output.reverseBit)),
        ...wholly(output.speed, 'int16'),
      ];
    case 'drive-command': {
      const { words, start, control, reference } = output;
      const mask = [words.stop, words.forward, words.reverse ?? 0, ...(start?.steps ?? []).map((step) => step.word)];
      return [
        holding(
          control,
          mask.reduce((all, each) => all | each, 0),
        ),
        ...wholly(reference.address, reference.type),
      ];
    }
    case 'coil':
      break;
  }
  return [coil(output.address)];
}

/** Its writes may meet each other: what prepares it may well be what enables it. */
function watchdogTakers({ address, safeStateAddress, prepare = [], enable, feed }: Watchdog): Taker[] {
  const places = [
    ...wholly(address, 'uint16'),
    ...(safeStateAddress === undefined ? [] : wholly(safeStateAddress, 'uint16')),
    ...[...prepare, enable, feed].flatMap((write) => {
      if (write === undefined) return [];
      return 'coil' in write ? [coil(write.coil)] : wholly(write.register, 'uint16');
    }),
  ];
  return places.map((place) => ({ ...place, name: 'the watchdog', does: 'writes' }));
}

function coil(address: number): Decided {
  return { area: 'coil', address, mask: 1 };
}

function holding(address: number, mask: number): Decided {
  return { area: 'holding', address, mask };
}

function wholly(first: number, type: RegisterType): Decided[] {
  return Array.from({ length: wordsOf(type) }, (_, index) => holding(first + index, 0xffff));
}
