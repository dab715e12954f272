import type { Logger } from 'pino';
import type { AlarmEvent, AlarmOccurrence, AlarmPriority } from '../../machine/alarms/alarm.ts';
import type { DecidedCommand } from '../../machine/core.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import type { DriveStatus } from '../../machine/drive-status.ts';
import type { ModuleStatistics } from '../../machine/field.ts';
import type { MachineView, ViewListener } from '../../machine/ports.ts';
import type { Sample, SignalUpdate } from '../../machine/signal.ts';
import type { MachineStatus } from '../../machine/status.ts';
import type { ZoneStatus } from '../../machine/zone-status.ts';
import type { ImageDelta } from '../protocol.ts';

const unreachable = {
  code: 'COMMS_LOST',
  text: 'The control process does not answer; the modules make the machine safe by their own watchdogs. It is started again by itself.',
} as const;

/**
 * The gateway's copy of the control process's image. While the control process is silent, every sample in it is
 * BadCommunicationError, with the last value and its time: nothing old passes for current.
 */
export class Mirror implements MachineView {
  readonly declaration: MachineDeclaration;
  readonly #samples = new Map<string, Sample>();
  readonly #listeners = new Set<ViewListener>();
  readonly #log: Logger;
  #status: MachineStatus;
  #controlAlarms: readonly AlarmOccurrence[] = [];
  #ownAlarms: readonly AlarmOccurrence[] = [];
  #modules: readonly ModuleStatistics[] = [];
  #zones: readonly ZoneStatus[] = [];
  #drives: readonly DriveStatus[] = [];
  #alive = false;

  constructor(declaration: MachineDeclaration, log: Logger, wallMs: number) {
    this.declaration = declaration;
    this.#log = log;
    for (const id of declaration.signals.keys())
      this.#samples.set(id, { value: null, quality: 'BadNotConnected', sourceTimeMs: wallMs });
    this.#status = {
      state: 'IDLE',
      mode: 'AUTO',
      startPermitted: false,
      blockers: [unreachable],
      alarms: { unacknowledged: 0, active: 0, highest: null },
      heating: false,
      recipe: null,
      recipeVersion: null,
      recipeModified: false,
      scan: {
        periodMs: declaration.scanPeriodMs,
        count: 0,
        overruns: 0,
        jitterP50Ms: 0,
        jitterP99Ms: 0,
        jitterMaxMs: 0,
        durationP99Ms: 0,
      },
      atMs: wallMs,
    };
  }

  get samples(): ReadonlyMap<string, Sample> {
    return this.#samples;
  }

  get status(): MachineStatus {
    return this.#status;
  }

  get controlAlive(): boolean {
    return this.#alive;
  }

  get alarms(): readonly AlarmOccurrence[] {
    return [...this.#ownAlarms, ...this.#controlAlarms];
  }

  get zones(): readonly ZoneStatus[] {
    return this.#zones;
  }

  get drives(): readonly DriveStatus[] {
    return this.#drives;
  }

  get modules(): readonly ModuleStatistics[] {
    return this.#modules;
  }

  subscribe(listener: ViewListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes over what the control process says. */
  apply(delta: ImageDelta): void {
    this.#alive = true;
    for (const { signal, value, quality, sourceTimeMs } of delta.updates)
      this.#samples.set(signal, { value, quality, sourceTimeMs });
    if (delta.alarms !== undefined) this.#controlAlarms = delta.alarms;
    if (delta.modules !== undefined) this.#modules = delta.modules;
    if (delta.zones !== undefined) this.#zones = delta.zones;
    if (delta.drives !== undefined) this.#drives = delta.drives;
    if (delta.updates.length > 0) this.#tell((listener) => listener.signals?.(delta.updates));
    if (delta.status !== undefined || delta.alarms !== undefined) this.#setStatus(delta.status ?? this.#status);
  }

  /** The control process is silent: no value may be taken for current any more. Alarms stand as they stood. */
  controlLost(wallMs: number): void {
    if (!this.#alive) return;
    this.#alive = false;
    const updates: SignalUpdate[] = [];
    for (const [signal, sample] of this.#samples) {
      const lost: Sample = { ...sample, quality: 'BadCommunicationError' };
      this.#samples.set(signal, lost);
      updates.push({ signal, ...lost });
    }
    this.#tell((listener) => listener.signals?.(updates));
    this.#setStatus({ ...this.#status, startPermitted: false, blockers: [unreachable], atMs: wallMs });
  }

  /** The gateway's own alarms, shown beside those of the control process. */
  setOwnAlarms(alarms: readonly AlarmOccurrence[]): void {
    this.#ownAlarms = alarms;
    this.#setStatus(this.#status);
  }

  announce(event: AlarmEvent): void {
    this.#tell((listener) => listener.alarm?.(event));
  }

  /** Tells those who follow the machine what became of a command. */
  announceDecided(decided: DecidedCommand, atMs: number): void {
    this.#tell((listener) => listener.decided?.(decided, atMs));
  }

  #setStatus(status: MachineStatus): void {
    this.#status = { ...status, alarms: countAlarms(this.alarms) };
    this.#tell((listener) => listener.status?.(this.#status));
  }

  #tell(call: (listener: ViewListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        call(listener);
      } catch (error) {
        // one adapter's mistake must not keep the image from the others
        this.#log.error({ err: error }, 'a listener of the machine image failed');
      }
    }
  }
}

/** Suppressed and shelved alarms are no news for the operator and do not count. */
function countAlarms(alarms: readonly AlarmOccurrence[]): MachineStatus['alarms'] {
  const announced = alarms.filter(
    ({ state }) => state !== 'suppressed' && state !== 'shelved' && state !== 'out-of-service',
  );
  const active = announced.filter(({ active }) => active);
  return {
    unacknowledged: announced.filter(({ acknowledged }) => !acknowledged).length,
    active: active.length,
    highest: announced.reduce<AlarmPriority | null>(
      (highest, { priority }) => (highest !== null && highest < priority ? highest : priority),
      null,
    ),
  };
}
