import assert from 'node:assert/strict';

import type { Core, RetainedState, ScanInput, ScanResult } from '../../machine/core.ts';
import { createCore } from '../../machine/create-core.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import type { FieldReading, ModuleStatus } from '../../machine/field.ts';
import type { Now, Sample, SignalUpdate } from '../../machine/signal.ts';

/** Numbers that a condemned reading might carry: none of them may be seen by anything. */
const poison = [0, 25, 200, 281, 1_000_000, -1];

/**
 * Two cores side by side that get the same calls, but for one thing: what the field condemned carries a wild number for the
 * second. They must give the same answers. On the way every change that is told is put into a mirror, which must be the
 * image, and what turned bad must have kept its last good value and time.
 */
export class TwinCore implements Core {
  readonly #one: Core;
  readonly #other: Core;
  readonly #mirror: Map<string, Sample>;
  readonly #fromField: ReadonlySet<string>;
  readonly #lastGood = new Map<string, Sample>();
  #poisoned = 0;

  constructor(declaration: MachineDeclaration, retained: RetainedState | null, now: Now) {
    this.#one = createCore(declaration, retained, now);
    this.#other = createCore(declaration, retained, now);
    this.#mirror = new Map(this.#one.samples());
    this.#fromField = new Set(
      [...declaration.signals.values()].filter(({ source }) => source !== undefined).map(({ id }) => id),
    );
  }

  receive(readings: readonly FieldReading[], now: Now): readonly SignalUpdate[] {
    const updates = this.#one.receive(readings, now);
    const poisoned = readings.map((reading) => (reading.quality === 'Good' ? reading : this.#poison(reading)));
    this.#compare(updates, this.#other.receive(poisoned, now));
    return updates;
  }

  refresh(modules: readonly ModuleStatus[], now: Now): readonly SignalUpdate[] {
    const updates = this.#one.refresh(modules, now);
    this.#compare(updates, this.#other.refresh(modules, now));
    return updates;
  }

  step(input: ScanInput, now: Now): ScanResult {
    const result = this.#one.step(input, now);
    const twin = this.#other.step(input, now);
    this.#compare(result.updates, twin.updates);
    assert.equal(result.outputs.size, twin.outputs.size);
    for (const [output, value] of result.outputs) assert.equal(twin.outputs.get(output), value, output);
    assert.equal(result.status.state, twin.status.state);
    assert.equal(result.status.blockers.length, twin.status.blockers.length);
    if (result.outcomes.length + twin.outcomes.length > 0) assert.deepEqual(result.outcomes, twin.outcomes);
    if (result.alarms.length + twin.alarms.length > 0) assert.deepEqual(result.alarms, twin.alarms);
    if (result.cycles.length + twin.cycles.length > 0) assert.deepEqual(result.cycles, twin.cycles);
    assert.equal(result.statusChanged, twin.statusChanged);
    assert.equal(result.retain, twin.retain);
    for (const [signal, sample] of this.#one.samples()) {
      assert.equal(this.#mirror.get(signal), sample, `a change of ${signal} was not told`);
    }
    return result;
  }

  samples(): ReadonlyMap<string, Sample> {
    return this.#one.samples();
  }

  alarms(): ReturnType<Core['alarms']> {
    return this.#one.alarms();
  }

  zones(): ReturnType<Core['zones']> {
    return this.#one.zones();
  }

  drives() {
    return this.#one.drives();
  }

  retained(): RetainedState {
    const retained = this.#one.retained();
    assert.deepEqual(retained, this.#other.retained());
    return retained;
  }

  #poison(reading: FieldReading): FieldReading {
    return { ...reading, value: poison[this.#poisoned++ % poison.length] ?? 0 };
  }

  #compare(updates: readonly SignalUpdate[], twins: readonly SignalUpdate[]): void {
    assert.equal(updates.length, twins.length, 'the twins tell different changes');
    for (const [place, update] of updates.entries()) {
      const twin = twins[place];
      const same =
        twin?.signal === update.signal &&
        Object.is(twin.value, update.value) &&
        twin.quality === update.quality &&
        twin.sourceTimeMs === update.sourceTimeMs;
      if (!same) assert.deepEqual(update, twin);
      this.#mirror.set(update.signal, update);
      if (this.#fromField.has(update.signal)) this.#keepsWhatIsBad(update);
    }
  }

  /** What is not Good shows the last good value and its time, never what came with the failure. */
  #keepsWhatIsBad(update: SignalUpdate): void {
    const { signal, value, quality, sourceTimeMs } = update;
    if (quality === 'Good') {
      this.#lastGood.set(signal, update);
      return;
    }
    const trusted = this.#lastGood.get(signal);
    assert.equal(value, trusted?.value ?? null, `${signal} took a value from a failed reading`);
    if (trusted !== undefined) assert.equal(sourceTimeMs, trusted.sourceTimeMs, `${signal} made a failure look fresh`);
  }
}
