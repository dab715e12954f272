import { Dice } from './dice.ts';
import { type ReplyFault, replyFaultsOf } from './reply-faults.ts';
import { addressesOf, type Commanded, plainOutputs, unitNumbers, units } from './station.ts';

export const transports = ['tcp', 'rtu-over-tcp', 'rtu'] as const;
export type Transport = (typeof transports)[number];

/** Something that begins at a time and lasts; what has no length happens once. */
export type Strike =
  | { readonly kind: 'cut' }
  | { readonly kind: 'refused' | 'half-open' | 'echo' | 'noise'; readonly forMs: number }
  | { readonly kind: 'silent' | 'busy' | 'gateway'; readonly unit: number; readonly forMs: number }
  /** One module, or everything at the other end, is without power for a while. */
  | { readonly kind: 'unpowered'; readonly unit: number; readonly forMs: number }
  | { readonly kind: 'power failure'; readonly forMs: number }
  | {
      readonly kind: 'hole' | 'ignoring';
      readonly unit: number;
      readonly area: 'input' | 'discrete' | 'holding' | 'coil';
      readonly address: number;
      readonly forMs: number;
    }
  | { readonly kind: 'restart'; readonly unit: number }
  | { readonly kind: 'trip' };

export interface Schedule {
  readonly seed: number;
  readonly transport: Transport;
  readonly timeoutMs: number;
  readonly pollPeriodMs: number;
  /** How long faults last; requests are spoilt with this probability, by one of these. */
  readonly faultsMs: number;
  readonly spoiltShare: number;
  readonly replyFaults: readonly ReplyFault[];
  readonly spoiltUnits: readonly number[];
  readonly strikes: readonly (Strike & { readonly atMs: number })[];
  /** What the drive is told before anything goes wrong. */
  readonly initialRpm: number;
  readonly commands: readonly { readonly atMs: number; readonly outputs: Commanded }[];
  /** The line is troubled already when it is opened. */
  readonly fromTheStart: boolean;
  /** An output that goes on ignoring writes until it has been called a mismatch. */
  readonly stubborn: { readonly area: 'holding' | 'coil'; readonly address: number } | null;
}

const lateFaults: readonly ReplyFault[] = ['late', 'late, then lagging'];

/** Everything that befalls one line, from a seed alone. */
export function drawSchedule(seed: number, transport: Transport): Schedule {
  const dice = new Dice(seed * 3 + transports.indexOf(transport));
  const faultsMs = dice.between(80, 320);
  const kinds = replyFaultsOf(transport === 'tcp' ? 'tcp' : 'rtu-over-tcp');
  return {
    seed,
    transport,
    timeoutMs: dice.between(transport === 'rtu' ? 20 : 15, 30),
    // what a serial line can do in time: about a dozen requests of 3 ms at least
    pollPeriodMs: transport === 'tcp' ? dice.between(30, 60) : dice.between(60, 110),
    faultsMs,
    spoiltShare: dice.chance(0.15) ? 0 : dice.choose([0.03, 0.1, 0.3, 0.6, 1]),
    // late replies are the worst on a line without transactions
    replyFaults: dice.chance(0.25) ? lateFaults : dice.some(kinds, dice.choose([1, 1, 2, 4, kinds.length])),
    spoiltUnits: dice.some(unitNumbers, dice.choose([1, 1, 2, 3])),
    strikes: Array.from({ length: dice.choose([0, 1, 1, 2, 3]) }, () => ({
      ...drawStrike(dice, transport, faultsMs),
      atMs: dice.between(0, faultsMs),
    })),
    ...drawCommands(dice, faultsMs),
    fromTheStart: dice.chance(0.15),
    stubborn: dice.chance(0.06) ? drawStubborn(dice) : null,
  };
}

function drawStrike(dice: Dice, transport: Transport, faultsMs: number): Strike {
  const kinds: readonly Strike['kind'][] = [
    'cut',
    'refused',
    'half-open',
    'silent',
    'busy',
    'gateway',
    'hole',
    'ignoring',
    'restart',
    'unpowered',
    'power failure',
    'trip',
    ...(transport === 'tcp' ? [] : (['echo', 'noise'] as const)),
  ];
  const kind = dice.choose(kinds);
  const forMs = dice.between(10, faultsMs);
  switch (kind) {
    case 'cut':
    case 'trip':
      return { kind };
    case 'refused':
    case 'power failure':
    case 'half-open':
    case 'echo':
    case 'noise':
      return { kind, forMs };
    case 'silent':
    case 'gateway':
      return { kind, unit: dice.choose(unitNumbers), forMs };
    case 'busy':
      return { kind, unit: dice.choose([units.outputs, units.drive]), forMs };
    case 'restart':
      return { kind, unit: dice.choose([units.outputs, units.drive]) };
    case 'unpowered':
      return { kind, unit: dice.choose([units.outputs, units.drive]), forMs };
    case 'ignoring':
      return { kind, unit: units.outputs, ...drawStubborn(dice), forMs };
    case 'hole': {
      const unit = dice.choose(unitNumbers);
      const areas = Object.entries(addressesOf.get(unit) ?? {}).filter(([, addresses]) => addresses.length > 0);
      const [area, addresses] = dice.choose(areas);
      return { kind, unit, area: area as 'input', address: dice.choose(addresses), forMs };
    }
    default:
      throw new RangeError(`no such strike: ${JSON.stringify(kind)}`);
  }
}

function drawStubborn(dice: Dice): { area: 'holding' | 'coil'; address: number } {
  return dice.choose([
    { area: 'holding', address: 0 },
    { area: 'holding', address: 1 },
    { area: 'coil', address: 0 },
    { area: 'coil', address: 2 },
  ]);
}

/** New values again and again; a running drive keeps its direction until it was told to stop. */
function drawCommands(dice: Dice, faultsMs: number): Pick<Schedule, 'initialRpm' | 'commands'> {
  const initialRpm = dice.chance(0.6) ? dice.between(1, 3_000) : 0;
  let rpm = initialRpm;
  let direction = 1;
  const times = Array.from({ length: dice.between(1, 7) }, () => dice.between(0, faultsMs)).toSorted((a, b) => a - b);
  const commands = times.map((atMs) => {
    if (rpm === 0) direction = dice.choose([1, -1]);
    rpm = dice.chance(0.3) ? 0 : direction * dice.between(1, 3_000);
    const changed = dice.some(plainOutputs, dice.between(1, plainOutputs.length));
    const plain = changed.map(({ id, area }) => [
      id,
      area === 'coil' ? dice.chance(0.5) : id === 'out2.total' ? dice.between(0, 0xffff_ffff) : dice.between(0, 0xffff),
    ]);
    return { atMs, outputs: { ...Object.fromEntries(plain), 'drive3.command': rpm } };
  });
  return { initialRpm, commands };
}

/** In words, for a report: what one needs to know to follow it. */
export function wordingOf(schedule: Schedule): string {
  const { commands, ...rest } = schedule;
  return JSON.stringify({ ...rest, commands: commands.map(({ atMs, outputs }) => ({ atMs, ...outputs })) });
}
