import { batch, computed, type ReadonlySignal, signal, type Signal } from '@preact/signals';
import type { AlarmReply, MachineReply, SampleReply, SignalReply } from '../contract/replies.ts';
import { plantNowMs, tickMs } from './clock.ts';
import { connected } from './connection.ts';
import { type Reading, type Standing, standing } from './freshness.ts';

/** The newest that was heard of the machine. Everything on the page derives from here. */
export const machine = signal<MachineReply | null>(null);

/** Descriptions of the signals, by id, from `GET /signals`: what there is to show. */
export const signals = signal<ReadonlyMap<string, SignalReply>>(new Map());

/** Standing alarms by occurrence. */
export const alarms = signal<ReadonlyMap<string, AlarmReply>>(new Map());

const readings = new Map<string, Signal<Reading | undefined>>();
const standings = new Map<string, ReadonlySignal<Standing>>();

/** One cell per signal, so that a change repaints the one place that shows it. */
export function readingOf(id: string): Signal<Reading | undefined> {
  let cell = readings.get(id);
  if (cell === undefined) readings.set(id, (cell = signal<Reading | undefined>(undefined)));
  return cell;
}

export function standingOf(id: string): ReadonlySignal<Standing> {
  let cell = standings.get(id);
  if (cell === undefined) {
    const reading = readingOf(id);
    cell = computed(() => {
      const freshnessMs = signals.value.get(id)?.freshnessMs ?? null;
      // Only what can grow old has to be judged anew as time goes by.
      if (freshnessMs !== null) void tickMs.value;
      return standing(reading.value, { plantNowMs: plantNowMs(), freshnessMs, connected: connected.value });
    });
    standings.set(id, cell);
  }
  return cell;
}

/** The value as a number, or null unless it is a current one. */
export function currentNumber(id: string): number | null {
  const value = readingOf(id).value?.value;
  return typeof value === 'number' && standingOf(id).value === 'current' ? value : null;
}

/** The value as a Boolean, or null unless it is a current one. */
export function currentBoolean(id: string): boolean | null {
  const value = readingOf(id).value?.value;
  return typeof value === 'boolean' && standingOf(id).value === 'current' ? value : null;
}

/** Takes changed samples; the others stay as they are. Returns whether one of them is not described yet. */
export function applySamples(samples: readonly SampleReply[]): boolean {
  let unknown = false;
  batch(() => {
    for (const sample of samples) {
      const atMs = sample.sourceTime === null ? Number.NaN : Date.parse(sample.sourceTime);
      readingOf(sample.id).value = {
        value: sample.value,
        quality: sample.quality,
        sourceTimeMs: Number.isNaN(atMs) ? null : atMs,
        simulated: sample.simulated,
      };
      if (!signals.value.has(sample.id)) unknown = true;
    }
  });
  return unknown;
}

/** A whole image: what is missing in it is not there any more. */
export function applySnapshot(samples: readonly SampleReply[]): void {
  batch(() => {
    const present = new Set(samples.map((sample) => sample.id));
    for (const [id, cell] of readings) if (!present.has(id)) cell.value = undefined;
    applySamples(samples);
  });
}

export function applyAlarm(alarm: AlarmReply): void {
  const next = new Map(alarms.value);
  if (alarm.state === 'normal') next.delete(alarm.occurrenceId);
  else next.set(alarm.occurrenceId, alarm);
  alarms.value = next;
}

export function replaceAlarms(all: readonly AlarmReply[]): void {
  alarms.value = new Map(all.map((alarm) => [alarm.occurrenceId, alarm]));
}

export function forgetPlant(): void {
  batch(() => {
    machine.value = null;
    signals.value = new Map();
    alarms.value = new Map();
    for (const cell of readings.values()) cell.value = undefined;
  });
}

/** Whether the machine's state, as it is shown, is known to be true now. */
export const stateKnown = computed(() => connected.value && machine.value?.controlAlive !== false);

/** Whether none, some or all of the measured values come from a simulation. */
export const simulation = computed<'none' | 'some' | 'all'>(() => {
  let simulated = 0;
  let measured = 0;
  for (const entry of signals.value.values()) {
    if (entry.direction === 'setting' || entry.direction === 'derived') continue;
    if (entry.simulated) simulated++;
    else measured++;
  }
  if (simulated === 0) return machine.value?.simulated === true ? 'all' : 'none';
  return measured === 0 ? 'all' : 'some';
});
