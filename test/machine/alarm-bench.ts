import type { AlarmDeclaration, AlarmEvent, AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import { AlarmEngine } from '../../machine/alarms/engine.ts';
import type { StoredOccurrence } from '../../machine/alarms/occurrence.ts';
import type { Principal } from '../../machine/commands/command.ts';
import type { Verdict } from '../../machine/commands/decision.ts';
import { onAlarm, type AlarmAction } from '../../machine/commands/on-alarm.ts';
import type { Now } from '../../machine/signal.ts';
import { factoryMachine } from './factory.ts';
import { engineer } from './rig.ts';

export const declared = (id: string, more: Partial<AlarmDeclaration> = {}): AlarmDeclaration => ({
  id,
  text: `Alarm ${id}`,
  priority: 2,
  latches: false,
  onDelaySeconds: 0,
  offDelaySeconds: 0,
  consequence: 'c',
  response: 'Mend it.',
  ...more,
});

export interface Condition {
  readonly trips?: boolean;
  readonly cause?: string;
}

const startMs = 1_000_000_000_000;

/** An engine, the commands on its alarms, and the two clocks; time passes only by `pass`. */
export class AlarmBench {
  readonly engine: AlarmEngine;
  /** All that happened, taken after every call. */
  readonly events: AlarmEvent[] = [];
  ms = 0;
  /** How far the wall clock is off, in ms. */
  wallStepMs = 0;

  constructor(declarations: readonly AlarmDeclaration[], retained: readonly StoredOccurrence[] = [], wallMs = startMs) {
    this.engine = new AlarmEngine(declarations, factoryMachine().annunciation, retained);
    this.wallStepMs = wallMs - startMs;
  }

  get now(): Now {
    return { monotonicMs: this.ms, wallMs: startMs + this.ms + this.wallStepMs };
  }

  report(alarm: string, condition: boolean | null, { trips = false, cause }: Condition = {}): this {
    this.engine.point(alarm).report(condition, trips, 1, 'Good', cause ?? null);
    return this.settle();
  }

  pass(seconds: number): this {
    this.ms += seconds * 1_000;
    return this.settle();
  }

  settle(): this {
    this.engine.settle(this.now);
    this.#take();
    return this;
  }

  ask(action: AlarmAction, principal: Principal = engineer, station?: string): Verdict {
    const ground = { alarms: this.engine, annunciation: factoryMachine().annunciation };
    const by = station === undefined ? { principal } : { principal, station };
    const verdict = onAlarm(ground, action, by, this.now);
    this.#take();
    return verdict;
  }

  clear(): this {
    this.engine.clear(this.now, { name: 'olga' });
    this.#take();
    return this;
  }

  of(alarm: string): AlarmOccurrence | undefined {
    return this.engine.standing().find(({ id }) => id === alarm);
  }

  /** Transitions of one alarm since `from` events had happened. */
  transitions(alarm: string, from = 0): string[] {
    return this.events
      .slice(from)
      .filter(({ occurrence }) => occurrence.id === alarm)
      .map(({ transition }) => transition);
  }

  #take(): void {
    this.events.push(...this.engine.takeEvents());
  }
}
