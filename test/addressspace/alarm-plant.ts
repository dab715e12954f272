import type { AlarmDeclaration, AlarmEvent, AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import { AlarmEngine } from '../../machine/alarms/engine.ts';
import type { StoredOccurrence } from '../../machine/alarms/occurrence.ts';
import type { CommandOutcome } from '../../machine/commands/command.ts';
import { refused } from '../../machine/commands/decision.ts';
import { isAlarmAction, onAlarm } from '../../machine/commands/on-alarm.ts';
import { permissionReason, roleFor } from '../../machine/commands/permission.ts';
import type { CommandGate, CommandRequest } from '../../machine/ports.ts';
import type { Quality } from '../../machine/quality.ts';
import type { Now } from '../../machine/signal.ts';
import { Plant, declaration } from './plant.ts';

export const annunciation = {
  shelveMaximumMinutes: 480,
  chatterSeconds: 60,
  chatterCount: 3,
  staleHours: 24,
  floodBeginsAbove: 10,
  floodEndsBelow: 5,
};

export const alarm = (id: string, more: Partial<AlarmDeclaration> = {}): AlarmDeclaration => ({
  id,
  text: `Alarm ${id}`,
  priority: 2,
  latches: false,
  onDelaySeconds: 0,
  offDelaySeconds: 0,
  consequence: 'The barrel stands.',
  response: 'Mend it.',
  ...more,
});

export const alarms: readonly AlarmDeclaration[] = [
  alarm('ESTOP', { text: 'Emergency stop', priority: 1, latches: true, trip: { afterSeconds: 0 } }),
  alarm('AI1_COMMS_LOST', { priority: 2 }),
  alarm('PROBE_FAILED', { priority: 3 }),
  alarm('MOTOR_WARM', {
    text: 'Main motor is warm',
    priority: 3,
    onDelaySeconds: 2,
    offDelaySeconds: 1.5,
    limit: { signal: 'temperature.zone1', above: 60, below: 5, deadband: 3 },
  }),
  alarm('DISK_LOW', { priority: 4 }),
];

export const now = (): Now => ({ monotonicMs: performance.now(), wallMs: Date.now() });

/** A machine whose alarms are decided by the real engine; the test says what their conditions read. */
export class AlarmPlant extends Plant {
  readonly engine: AlarmEngine;
  /** All that the engine has put into its journal. */
  readonly journal: AlarmEvent[] = [];

  constructor(declared: readonly AlarmDeclaration[] = alarms, retained: readonly StoredOccurrence[] = []) {
    const empty = { lines: [], zones: [], drives: [], sensors: [], modules: [] };
    super({ ...declaration, ...empty, alarms: declared, annunciation });
    this.engine = new AlarmEngine(declared, annunciation, retained);
  }

  override get alarms(): readonly AlarmOccurrence[] {
    return this.engine.standing();
  }

  /** Several alarms at once, as one scan reports them. */
  report(...reports: readonly (readonly [id: string, condition: boolean | null, more?: Report])[]): this {
    for (const [id, condition, { trips = false, value = null, quality = 'Good', cause = null } = {}] of reports) {
      this.engine.point(id).report(condition, trips, value, quality, cause);
    }
    return this.settle();
  }

  settle(): this {
    this.engine.settle(now());
    return this.publish();
  }

  /** What has happened reaches the gateway: the list first, as it does there. */
  publish(): this {
    const events = this.engine.takeEvents();
    if (events.length === 0) return this;
    this.journal.push(...events);
    this.changed();
    for (const event of events) for (const listener of this.listeners) listener.alarm?.(event);
    return this;
  }

  /** The list of what stands may be another. */
  changed(): void {
    for (const listener of this.listeners) listener.status?.(undefined as never);
  }

  /** Nothing stands any more, and nothing is put aside. */
  comeToRest(): void {
    for (const { id } of this.declaration.alarms) {
      const point = this.engine.point(id);
      point.report(false, false);
      // past its off-delay
      point.settle({ ...now(), monotonicMs: performance.now() });
      point.settle({ ...now(), monotonicMs: performance.now() + 60_000 });
      point.clear(now(), { name: 'test' });
      point.takeBack(now(), null);
      point.acknowledge(now(), { name: 'test' }, undefined);
    }
    this.publish();
    if (this.alarms.length > 0) throw new Error('an alarm stands still');
  }

  of(id: string): AlarmOccurrence | undefined {
    return this.engine.standing().find((one) => one.id === id);
  }
}

export interface Report {
  readonly trips?: boolean;
  readonly value?: number | null;
  readonly quality?: Quality;
  readonly cause?: string | null;
}

/** The gate of the alarms, with the real rules; notes what it was asked. */
export class AlarmGate implements CommandGate {
  readonly requests: CommandRequest[] = [];
  readonly outcomes: CommandOutcome[] = [];
  readonly #plant: AlarmPlant;

  constructor(plant: AlarmPlant) {
    this.#plant = plant;
  }

  async request(request: CommandRequest): Promise<CommandOutcome> {
    this.requests.push(request);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const outcome = { ...this.#decide(request), commandId: String(this.requests.length), state: 'IDLE' } as const;
    this.#plant.publish();
    this.outcomes.push(outcome);
    return outcome;
  }

  #decide(request: CommandRequest): ReturnType<typeof onAlarm> {
    const { action, principal } = request;
    const { engine, declaration } = this.#plant;
    const forbidden = permissionReason(principal, roleFor(action, declaration));
    if (forbidden !== null) return refused('permission', forbidden);
    if (!isAlarmAction(action)) throw new Error(`no matter of alarms: ${action.name}`);
    return onAlarm({ alarms: engine, annunciation }, action, request, now());
  }
}
