import type { AlarmDeclaration } from '../../machine/alarms/alarm.ts';
import { guardAlarmIds } from '../../machine/alarms/guard-alarms.ts';
import type { DriveDeclaration, MachineDeclaration, ZoneDeclaration } from '../../machine/declaration.ts';
import type { SignalDeclaration } from '../../machine/signal.ts';
import { factoryMachine } from '../machine/factory.ts';

/** What a machine many times the factory's size consists of. */
export interface LargeSize {
  readonly signals: number;
  readonly alarms: number;
  readonly zones: number;
  readonly drives: number;
  /** Further measurements, as a share of all signals, lie beyond a limit. */
  readonly alarmsActive: number;
}

export const largeSize: LargeSize = { signals: 1_000, alarms: 500, zones: 16, drives: 8, alarmsActive: 20 };

/** Limit of every further measurement; those that are to ring lie above it. */
export const measurementLimit = 80;

/**
 * A machine made of the factory's parts: its zones and drives many times over, each with modules of its own kind, and
 * averaged measurements with limit alarms until the numbers are reached.
 */
export function largeMachine({
  signals: signalCount,
  alarms: alarmCount,
  zones,
  drives,
}: LargeSize): MachineDeclaration {
  const factory = factoryMachine();
  const signals = new Map(factory.signals);
  const zoneList = [...factory.zones];
  for (let n = zoneList.length + 1; n <= zones; n++) zoneList.push(anotherZone(factory, signals, n));
  const driveList = [...factory.drives];
  for (let n = driveList.length + 1; n <= drives; n++) driveList.push(anotherDrive(factory, signals, n));
  const modules = [...factory.modules];
  for (let n = 0; signals.size < signalCount; n++) {
    const module = `ai${100 + Math.floor(n / 16)}`;
    const [first] = factory.modules;
    if (first !== undefined && modules.every(({ id }) => id !== module)) modules.push({ ...first, id: module });
    addMeasurement(signals, n, module, signalCount);
  }
  const declaration = { ...factory, signals, zones: zoneList, drives: driveList, modules };
  return { ...declaration, alarms: alarmsOf(declaration, alarmCount) };
}

/** Ids of the further measurements. */
export function measurementsOf(declaration: MachineDeclaration): string[] {
  return [...declaration.signals.keys()].filter((id) => /^process\.\d+$/.test(id));
}

function copySignal(signals: Map<string, SignalDeclaration>, from: string, to: string): string {
  const signal = signals.get(from);
  if (signal === undefined) throw new RangeError(`the factory machine has no signal ${from}`);
  const rawOf = signal.rawOf === undefined ? {} : { rawOf: to.replace(/\.raw$/, '') };
  signals.set(to, { ...signal, id: to, ...rawOf });
  return to;
}

function anotherZone(factory: MachineDeclaration, signals: Map<string, SignalDeclaration>, n: number): ZoneDeclaration {
  const [like] = factory.zones;
  if (like === undefined) throw new RangeError('the factory machine has no zone');
  const id = `zone${n}`;
  return {
    ...like,
    id,
    title: `Barrel zone ${n}`,
    temperature: copySignal(signals, like.temperature, `temperature.${id}`),
    raw: copySignal(signals, like.raw, `temperature.${id}.raw`),
    setpoint: copySignal(signals, like.setpoint, `heater.${id}.setpoint`),
    output: copySignal(signals, like.output, `heater.${id}.output`),
    model: { ...like.model, coupling: [{ zone: `zone${n - 1}`, kPerK: 0.05 }] },
  };
}

function anotherDrive(
  factory: MachineDeclaration,
  signals: Map<string, SignalDeclaration>,
  n: number,
): DriveDeclaration {
  const like = factory.drives.find(({ neededToStart }) => !neededToStart);
  if (like === undefined) throw new RangeError('the factory machine has no second drive');
  const id = `side${n}`;
  const copy = (part: 'setpoint' | 'command' | 'reset' | 'speed' | 'current' | 'running' | 'fault') =>
    copySignal(signals, like[part], `motor.${id}.${part}`);
  return {
    ...like,
    id,
    title: `Side feeder ${n}`,
    setpoint: copy('setpoint'),
    command: copy('command'),
    reset: copy('reset'),
    speed: copy('speed'),
    current: copy('current'),
    running: copy('running'),
    fault: copy('fault'),
  };
}

/** A measurement with its single readings, or, where only one signal is left to add, without. */
function addMeasurement(signals: Map<string, SignalDeclaration>, n: number, module: string, most: number): void {
  const id = `process.${n}`;
  const source = { module, channel: `${n % 16}` };
  const like = signals.get('temperature.feed');
  if (like === undefined) throw new RangeError('the factory machine has no feed throat temperature');
  const single: SignalDeclaration = { ...like, id, title: `Measurement ${n}`, span: [-20, 400], source };
  if (signals.size + 2 > most) {
    const { averageSeconds: _, ...plain } = single;
    signals.set(id, plain);
    return;
  }
  const raw = signals.get('temperature.feed.raw');
  if (raw === undefined) throw new RangeError('the feed throat temperature is not averaged');
  signals.set(id, single);
  signals.set(`${id}.raw`, { ...raw, id: `${id}.raw`, rawOf: id, source });
}

function alarmsOf(declaration: MachineDeclaration, count: number): AlarmDeclaration[] {
  const alarms = [...declaration.alarms];
  const [like] = alarms;
  if (like === undefined) throw new RangeError('the factory machine has no alarms');
  const known = new Set(alarms.map(({ id }) => id));
  for (const id of guardAlarmIds(declaration)) if (!known.has(id)) alarms.push({ ...like, id, text: id });
  for (const signal of measurementsOf(declaration)) {
    for (const [place, above] of [measurementLimit, 2 * measurementLimit].entries()) {
      if (alarms.length >= count) return alarms;
      const { trip: _, ...plain } = like;
      const id = `${signal.toUpperCase().replace('.', '_')}_HIGH${place + 1}`;
      alarms.push({ ...plain, id, text: id, priority: 3, latches: false, limit: { signal, above, deadband: 2 } });
    }
  }
  return alarms;
}
