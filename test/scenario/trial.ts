import assert from 'node:assert/strict';
import { isDriven, isHeated, watch, type Course } from './course.ts';
import type { FaultRow, Window } from './fault-table.ts';
import type { Lane } from './lane.ts';

/** What a heater or drive may still get after the trip: a scan, a write, and the way to the simulator. */
const afterTripSeconds = 1.25;
/** What else rings with a trip has rung by then. */
const leastAfterTripSeconds = 0.5;

/** By then a watchdog that was lost has been found and set. */
const watchdogCheckSeconds = 10;

interface Refusal {
  readonly reasons?: readonly { readonly text: string }[];
}

/**
 * One fault from its beginning to its end: what leaves Good, what rings, whether it trips in time, what the plant truly does,
 * that a clear is refused while the cause stands, and that nothing resumes by itself when it is gone.
 */
export async function tryFault(lane: Lane, row: FaultRow): Promise<void> {
  const { plant } = lane;
  await lane.begin(row.during, row.settings);
  if (row.hidden !== undefined) await plant.fault(row.hidden.target, row.hidden.fault);
  const strike = async (): Promise<void> => {
    await plant.fault(row.target, row.fault, row.params, row.forSeconds);
    if (row.beforeHeat === true) await lane.heatOn();
  };
  const [, latest] = row.trip;
  const course = await watch(plant, strike, ({ seconds, truth }, tripSeconds) => {
    if (tripSeconds === null) return seconds > latest + 5;
    const isSafe = !isHeated(truth) && !isDriven(truth) && seconds > tripSeconds + leastAfterTripSeconds;
    return isSafe || seconds > tripSeconds + afterTripSeconds;
  });
  console.log(`  ${row.words}: ${timesOf(course)}`);
  judgeCourse(row, course);
  const clear = await plant.operator.post<Refusal>('/alarms/clear');
  if (row.cause !== 'passes') {
    assert.equal(clear.status, 409, 'a clear was taken although the cause stands');
    assert.ok((clear.body.reasons ?? []).length > 0);
  } else if (clear.status === 200) return;
  const known = [...course.last.alarms.map(({ id }) => id), ...(row.repairAlarms ?? [])];
  await lane.staysSafe(known, row.cause !== 'outlasts');
}

/**
 * A module that loses its supply for a moment comes back with its outputs off and its watchdog not set, and no request was
 * missed: its outputs are set again, its watchdog too, and no alarm is worth it. Drives are another matter: they trip.
 */
export async function tryReboot(lane: Lane, module: string): Promise<void> {
  const { plant } = lane;
  await lane.begin('heating');
  const wantedMs = (await plant.truth()).watchdogs[module]?.timeMs;
  assert.ok(wantedMs !== undefined && wantedMs > 0);
  let unprotected = false;
  let protectedSeconds: number | null = null;
  const course = await watch(
    plant,
    async () => plant.fault(module, 'cut', { supply: true }, 0.3),
    ({ seconds }) => protectedSeconds !== null || seconds > watchdogCheckSeconds + 5,
    ({ seconds, truth: { watchdogs } }) => {
      unprotected ||= watchdogs[module]?.timeMs === 0;
      if (unprotected && watchdogs[module]?.timeMs === wantedMs) protectedSeconds ??= seconds;
    },
  );
  console.log(`  ${module} reboots: watchdog set again ${at(protectedSeconds)}, ${timesOf(course)}`);
  assertWithin(protectedSeconds, [0, watchdogCheckSeconds], 'watchdog set again');
  assert.deepEqual([...course.announced.keys()], []);
  assert.equal(course.tripSeconds, null);
  assert.equal(course.heatOffSeconds, null, 'the heaters are on again');
}

function judgeCourse(
  row: FaultRow,
  { leftGood, announced, tripSeconds, heatOffSeconds, drivesOffSeconds, last }: Course,
) {
  assertLeftGood(row, leftGood, last.signals);
  assert.deepEqual([...announced.keys()].toSorted(), row.alarms.toSorted(), 'announced alarms');
  const tripAt = assertWithin(tripSeconds, row.trip, 'trip');
  assertWithin(heatOffSeconds, [0, row.heatOffWithin ?? tripAt + afterTripSeconds], 'heaters off in the plant');
  assertWithin(drivesOffSeconds, [0, row.drivesOffWithin ?? tripAt + afterTripSeconds], 'drives off in the plant');
  const trips = last.alarms.filter(({ trip }) => trip);
  assert.equal(trips.filter(({ firstOut }) => firstOut).length, 1, 'one alarm is the first of the stop');
  for (const { id, explanation } of trips) assert.match(explanation, /^\S.{20,}\.$/s, `${id} explains itself`);
}

/** Exactly the signals of the row, in time, and with its quality in the end. */
function assertLeftGood(
  { leaves, quality, leavesWithin = 1.25 }: FaultRow,
  leftGood: Course['leftGood'],
  signals: Course['last']['signals'],
): void {
  const expected = signals.filter(({ id }) => leaves?.test(id) === true);
  assert.deepEqual([...leftGood.keys()].toSorted(), expected.map(({ id }) => id).toSorted(), 'signals that left Good');
  for (const [id, seconds] of leftGood) assertWithin(seconds, [0, leavesWithin], `${id} left Good`);
  for (const signal of expected) assert.equal(signal.quality, quality, signal.id);
}

function assertWithin(seconds: number | null, [earliest, latest]: Window, what: string): number {
  assert.ok(seconds !== null, `${what}: never`);
  assert.ok(seconds >= earliest, `${what}: after ${seconds.toFixed(2)} s already, not before ${earliest} s`);
  assert.ok(
    seconds <= latest,
    `${what}: after ${seconds.toFixed(2)} s only, at the latest after ${latest.toFixed(2)} s`,
  );
  return seconds;
}

function at(seconds: number | null): string {
  return seconds === null ? 'never' : `${seconds.toFixed(1)} s`;
}

/** One line of the record that a run leaves. */
function timesOf({ leftGood, announced, tripSeconds, heatOffSeconds, drivesOffSeconds }: Course): string {
  return [
    ...(leftGood.size > 0 ? [`not Good ${at(Math.max(...leftGood.values()))}`] : []),
    ...[...announced].map(([id, seconds]) => `${id} ${at(seconds)}`),
    `trip ${at(tripSeconds)}`,
    `heat off ${at(heatOffSeconds)}`,
    `drives off ${at(drivesOffSeconds)}`,
  ].join(', ');
}
