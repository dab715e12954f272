import { watchedSensors } from '../acquisition/sensors.ts';
import type { MachineState } from '../control/state.ts';
import type { Gains, MachineDeclaration } from '../declaration.ts';
import type { DriveStatus } from '../drive-status.ts';
import type { MachineView } from '../ports.ts';
import type { Sample } from '../signal.ts';
import type { ZoneStatus } from '../zone-status.ts';

/** The machine as a recipe meets it: what it can change, and what can stand against it. Units as in `Recipe`. */
export interface InForce {
  readonly state: MachineState;
  /** What keeps a zone busy. */
  readonly busy: Busy | null;
  /** A drive turns or is commanded to, in whatever mode. */
  readonly drivesTurn: boolean;
  readonly zones: ReadonlyMap<string, ZoneInForce>;
  readonly drives: ReadonlyMap<string, DriveInForce>;
  /** Zone and motor temperatures that are not Good. */
  readonly unknownTemperatures: readonly { readonly title: string; readonly quality: string }[];
}

export interface ZoneInForce {
  /** Null: not known. */
  readonly setpointC: number | null;
  readonly minimumC: number;
  readonly gains: Gains;
  /** Those without a recipe. */
  readonly ownGains: Gains;
}

export interface DriveInForce {
  readonly speedRpm: number | null;
  readonly maximumRpm: number;
}

export type Busy = 'tuning' | 'zoneTest';

export interface InForceSource {
  readonly declaration: MachineDeclaration;
  readonly samples: ReadonlyMap<string, Sample>;
  readonly zones: readonly Pick<ZoneStatus, 'id' | 'minimumC' | 'gains' | 'ownGains' | 'tuning' | 'test'>[];
  readonly drives: readonly DriveStatus[];
  readonly state: MachineState;
  readonly drivesTurn: boolean;
}

/** The core and the gateway both take it from here, so that they see the same machine. */
export function inForceOf({ declaration, samples, ...source }: InForceSource): InForce {
  const zones = new Map<string, ZoneInForce>();
  for (const { id, setpoint } of declaration.zones) {
    const status = source.zones.find((zone) => zone.id === id);
    if (status === undefined) continue;
    const { minimumC, gains, ownGains } = status;
    zones.set(id, { setpointC: numberIn(samples, setpoint), minimumC, gains, ownGains });
  }
  const drives = new Map<string, DriveInForce>();
  for (const { id, setpoint } of declaration.drives) {
    const status = source.drives.find((drive) => drive.id === id);
    if (status === undefined) continue;
    drives.set(id, { speedRpm: numberIn(samples, setpoint), maximumRpm: status.maximumRpm });
  }
  const { state, drivesTurn } = source;
  return {
    state,
    busy: busyIn(source.zones),
    drivesTurn,
    zones,
    drives,
    unknownTemperatures: unknownTemperatures(declaration, samples),
  };
}

/** As the gateway sees it; null while it does not know the machine: the control process is silent or has told nothing yet. */
export function inForceInView({
  declaration,
  samples,
  status,
  zones,
  drives,
  controlAlive,
}: MachineView): InForce | null {
  const isTold = zones.length === declaration.zones.length && drives.length === declaration.drives.length;
  if (!controlAlive || !isTold) return null;
  return inForceOf({
    declaration,
    samples,
    zones,
    drives,
    state: status.state,
    drivesTurn: declaration.drives.some(
      ({ command, running }) => (numberIn(samples, command) ?? 0) !== 0 || isTrueIn(samples, running),
    ),
  });
}

function busyIn(zones: InForceSource['zones']): Busy | null {
  if (zones.some(({ tuning }) => tuning.test?.endedAtMs === null)) return 'tuning';
  return zones.some(({ test }) => test?.verdict === 'running') ? 'zoneTest' : null;
}

/** Those of which a loss stops the machine. */
function unknownTemperatures(
  declaration: MachineDeclaration,
  samples: ReadonlyMap<string, Sample>,
): InForce['unknownTemperatures'] {
  const ofZones = new Set(declaration.zones.map(({ raw }) => raw));
  return watchedSensors(declaration)
    .filter(({ id, raw, trips }) => trips || id === declaration.motor.sensor || ofZones.has(raw))
    .map(({ title, raw }) => ({ title, quality: samples.get(raw)?.quality ?? 'BadNotConnected' }))
    .filter(({ quality }) => quality !== 'Good');
}

function numberIn(samples: ReadonlyMap<string, Sample>, signal: string): number | null {
  const value = samples.get(signal)?.value;
  return typeof value === 'number' ? value : null;
}

function isTrueIn(samples: ReadonlyMap<string, Sample>, signal: string): boolean {
  const sample = samples.get(signal);
  return sample?.quality === 'Good' && sample.value === true;
}
