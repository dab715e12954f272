import type { AlarmDeclaration } from '../../machine/alarms/alarm.ts';
import { guardAlarmIds } from '../../machine/alarms/guard-alarms.ts';
import type { MachineDeclaration, SensorDeclaration, ZoneDeclaration } from '../../machine/declaration.ts';
import type { SignalDeclaration } from '../../machine/signal.ts';
import type { Profiles } from '../profiles.ts';
import type { Document, Entry } from '../schema/document.ts';
import { expandAlarms } from './alarms.ts';
import { buildSignals, rawId } from './signals.ts';

/** The machine as the control core knows it. The document has passed every check. */
export function buildMachine(document: Document, profiles: Profiles): MachineDeclaration {
  const signals = buildSignals(document, profiles);
  const { machine, heating, motor, safety, panel, auxiliaries, sequences, guards } = document;
  const { commands, tuning, annunciation } = document;
  const declaration: MachineDeclaration = {
    ...machine,
    signals,
    lines: Object.keys(document.lines).map((id) => ({ id })),
    modules: entries(document.modules).map(({ id, line, simulated, pollPeriodMs }) => ({
      id,
      line,
      simulated,
      pollPeriodMs,
    })),
    zones: entries(document.zones).map((zone) => buildZone(zone, signals)),
    drives: entries(document.drives).map((drive) => ({
      ...drive,
      module: signals.get(drive.command)?.source?.module ?? '',
    })),
    sensors: entries(document.sensors).map((sensor): SensorDeclaration => ({
      ...sensor,
      raw: rawOf(sensor.signal, signals),
    })),
    heating,
    motor,
    safety,
    panel,
    auxiliaries,
    sequences,
    guards,
    commands,
    tuning,
    annunciation,
    alarms: [],
  };
  return {
    ...declaration,
    alarms: causesFirst(
      declaration,
      expandAlarms(document).map(({ alarm }) => alarm),
    ),
  };
}

/** Alarms in the order in which guards judge, causes before what follows from them; then the others as in the file. */
function causesFirst(declaration: MachineDeclaration, alarms: readonly AlarmDeclaration[]): AlarmDeclaration[] {
  const order = new Map(guardAlarmIds(declaration).map((id, index) => [id, index]));
  const rank = ({ id }: AlarmDeclaration): number => order.get(id) ?? order.size;
  return alarms.toSorted((a, b) => rank(a) - rank(b));
}

function buildZone(
  zone: Entry<'zones'> & { readonly id: string },
  signals: ReadonlyMap<string, SignalDeclaration>,
): ZoneDeclaration {
  const coupling = Object.entries(zone.model.coupling).map(([neighbour, kPerK]) => ({ zone: neighbour, kPerK }));
  return {
    ...zone,
    lowestMinimumC: zone.lowestMinimumC ?? zone.minimumC,
    raw: rawOf(zone.temperature, signals),
    model: { ...zone.model, coupling },
  };
}

/** The signal that interlocks judge by: the single readings, or the signal itself where nothing is averaged. */
function rawOf(signal: string, signals: ReadonlyMap<string, SignalDeclaration>): string {
  return signals.has(rawId(signal)) ? rawId(signal) : signal;
}

function entries<T extends object>(section: Readonly<Record<string, T>>): (T & { readonly id: string })[] {
  return Object.entries(section).map(([id, entry]) => ({ id, ...entry }));
}
