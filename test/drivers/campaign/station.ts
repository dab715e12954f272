import type {
  BindingDeclaration,
  FieldDeclaration,
  InputChannel,
  LineDeclaration,
  ModuleDeclaration,
  ProfileDeclaration,
} from '../../../drivers/declaration.ts';
import { plain } from '../test-field.ts';

/** What stands on every line of the campaign: three modules, chosen so that their replies can be mistaken for one another. */
export const units = { inputs: 1, outputs: 2, drive: 3 } as const;
export const unitNumbers: readonly number[] = Object.values(units);

export const watchdogMs = 2_000;

const words = (addresses: readonly number[]): Record<string, InputChannel> =>
  Object.fromEntries(addresses.map((address) => [`r${address}`, { area: 'input' as const, address }]));
const numbers = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n);

/** Requests of one function only, two of them of the same shape: a late reply to one is most easily taken for another's. */
const inputs: ProfileDeclaration = {
  ...plain,
  id: 'inputs',
  title: 'Inputs',
  inputs: {
    ...words([0, 20]),
    pair: { area: 'input', address: 40, type: 'uint32' },
  },
};

/** A block of registers in which one may be refused, registers and coils that are written together, a watchdog. */
const outputs: ProfileDeclaration = {
  ...plain,
  id: 'outputs',
  title: 'Outputs',
  inputs: {
    ...words(numbers(10, 6)),
    ...Object.fromEntries(numbers(0, 12).map((address) => [`b${address}`, { area: 'discrete' as const, address }])),
  },
  outputs: {
    duty0: { kind: 'register', address: 0, type: 'uint16' },
    duty1: { kind: 'register', address: 1, type: 'uint16' },
    total: { kind: 'register', address: 4, type: 'uint32', order: 'CDAB' },
    fan: { kind: 'coil', address: 0 },
    pump: { kind: 'coil', address: 1 },
    contactor: { kind: 'coil', address: 2 },
  },
  watchdog: { address: 100, safeState: { address: 101, value: 3 } },
};

const drive: ProfileDeclaration = {
  ...plain,
  id: 'drive',
  title: 'Drive',
  // read by the same function and of the same length as the first block of inputs
  inputs: words([0]),
  outputs: { command: { kind: 'drive-speed', control: 0, speed: 1, runBit: 0, reverseBit: 1 } },
  watchdog: { address: 10, safeState: null },
};

export const control = 0;
export const speed = 1;

/** Addresses by area that a unit has; all others it refuses. */
export interface Addresses {
  readonly input: readonly number[];
  readonly discrete: readonly number[];
  readonly holding: readonly number[];
  readonly coil: readonly number[];
}

export const addressesOf: ReadonlyMap<number, Addresses> = new Map([
  [units.inputs, { input: [0, 20, 40, 41], discrete: [], holding: [], coil: [] }],
  [
    units.outputs,
    { input: numbers(10, 6), discrete: numbers(0, 12), holding: [0, 1, 4, 5, 100, 101], coil: [0, 1, 2] },
  ],
  [units.drive, { input: [0], discrete: [], holding: [0, 1, 10], coil: [] }],
]);

export interface Signal {
  readonly id: string;
  readonly unit: number;
  readonly area: 'input' | 'discrete' | 'holding' | 'coil';
  readonly address: number;
  /** The value in the signal's terms, from the words that its request read. */
  readonly decode: (at: (address: number) => number | undefined) => number | boolean | undefined;
}

const word = (address: number) => (at: (address: number) => number | undefined) => at(address);
const bit = (address: number) => (at: (address: number) => number | undefined) => {
  const value = at(address);
  return value === undefined ? undefined : value === 1;
};
const double = (high: number, low: number) => (at: (address: number) => number | undefined) => {
  const [upper, lower] = [at(high), at(low)];
  return upper === undefined || lower === undefined ? undefined : upper * 0x1_0000 + lower;
};

/** Decoded here by hand, apart from the driver's codec. */
export const signals: readonly Signal[] = [
  ...[0, 20].map((address): Signal => ({
    id: `in1.r${address}`,
    unit: 1,
    area: 'input',
    address,
    decode: word(address),
  })),
  { id: 'in1.pair', unit: 1, area: 'input', address: 40, decode: double(40, 41) },
  ...numbers(0, 12).map((address): Signal => ({
    id: `out2.b${address}`,
    unit: 2,
    area: 'discrete',
    address,
    decode: bit(address),
  })),
  ...numbers(10, 6).map((address): Signal => ({
    id: `out2.r${address}`,
    unit: 2,
    area: 'input',
    address,
    decode: word(address),
  })),
  { id: 'out2.duty0', unit: 2, area: 'holding', address: 0, decode: word(0) },
  { id: 'out2.duty1', unit: 2, area: 'holding', address: 1, decode: word(1) },
  { id: 'out2.total', unit: 2, area: 'holding', address: 4, decode: double(5, 4) },
  ...(['fan', 'pump', 'contactor'] as const).map((name, address): Signal => ({
    id: `out2.${name}`,
    unit: 2,
    area: 'coil',
    address,
    decode: bit(address),
  })),
  { id: 'drive3.r0', unit: 3, area: 'input', address: 0, decode: word(0) },
  {
    id: 'drive3.command',
    unit: 3,
    area: 'holding',
    address: control,
    decode: (at) => {
      const [bits, rpm] = [at(control), at(speed)];
      if (bits === undefined || rpm === undefined) return undefined;
      if ((bits & 1) === 0) return 0;
      return (bits & 2) === 0 ? rpm : -rpm;
    },
  },
];

/** Outputs of the plain kind, which the slave must hold as they are commanded. */
export const plainOutputs = signals.filter(
  ({ id, area }) => area !== 'input' && area !== 'discrete' && id !== 'drive3.command',
);

export type Commanded = Readonly<Record<string, number | boolean>>;

export const everythingOff: Commanded = Object.fromEntries([
  ...plainOutputs.map(({ id, area }) => [id, area === 'coil' ? false : 0] as const),
  ['drive3.command', 0],
]);

export function declareStation(line: LineDeclaration, pollPeriodMs: number): FieldDeclaration {
  const modules = [
    { id: 'in1', unit: units.inputs, profile: inputs },
    { id: 'out2', unit: units.outputs, profile: outputs },
    { id: 'drive3', unit: units.drive, profile: drive },
  ].map((module): ModuleDeclaration => ({
    ...module,
    line: line.id,
    simulated: true,
    pollPeriodMs,
    watchdogMs: module.profile.watchdog === null ? null : watchdogMs,
  }));
  const bindings = modules.flatMap(({ id, profile }): BindingDeclaration[] => [
    ...Object.keys(profile.inputs).map((channel) => ({
      signal: `${id}.${channel}`,
      module: id,
      channel,
      direction: 'input' as const,
    })),
    ...Object.keys(profile.outputs).map((channel) => ({
      signal: `${id}.${channel}`,
      module: id,
      channel,
      direction: 'output' as const,
    })),
  ]);
  return { lines: [line], modules, bindings };
}
