import assert from 'node:assert/strict';
import fc from 'fast-check';

import type { AlarmEvent, AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import { isAnnounced } from '../../machine/alarms/occurrence.ts';
import { AlarmBench, declared } from './alarm-bench.ts';
import { engineer, operator } from './rig.ts';

const declarations = [
  declared('CAUSE'),
  declared('EFFECT', { onDelaySeconds: 2 }),
  declared('NUISANCE', { priority: 4, offDelaySeconds: 3 }),
  declared('HELD', { latches: true, offDelaySeconds: 1 }),
  declared('TRIP', { priority: 1, trip: { afterSeconds: 0 } }),
  declared('OTHER_TRIP', { trip: { afterSeconds: 0 }, offDelaySeconds: 2 }),
];
const interlocks = new Set(['TRIP', 'OTHER_TRIP']);
const alarms = declarations.map(({ id }) => id);
const longestShelfMinutes = 480;

type Deed =
  | {
      readonly kind: 'report';
      readonly alarm: string;
      readonly condition: boolean | null;
      readonly trips: boolean;
      readonly caused: boolean;
    }
  | { readonly kind: 'pass'; readonly seconds: number }
  | { readonly kind: 'acknowledge' | 'unshelve' | 'clear' | 'restart'; readonly alarm: string }
  | {
      readonly kind: 'shelve';
      readonly alarm: string;
      readonly minutes: number;
      readonly once: boolean;
      readonly byEngineer: boolean;
    }
  | { readonly kind: 'service'; readonly alarm: string; readonly inService: boolean }
  | { readonly kind: 'stepClock'; readonly ms: number };

const alarm = fc.constantFrom(...alarms);

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('report' as const),
      alarm,
      condition: fc.constantFrom(true, true, false, false, null),
      trips: fc.boolean(),
      caused: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), seconds: fc.constantFrom(1, 5, 59, 61, 900) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('acknowledge', 'unshelve', 'clear', 'restart'), alarm }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('shelve' as const),
      alarm,
      minutes: fc.constantFrom(0, 0.5, 10, longestShelfMinutes, longestShelfMinutes + 1),
      once: fc.boolean(),
      byEngineer: fc.boolean(),
    }),
  },
  fc.record({ kind: fc.constant('service' as const), alarm, inService: fc.boolean() }),
  fc.record({ kind: fc.constant('stepClock' as const), ms: fc.integer({ min: -7_200_000, max: 7_200_000 }) }),
);

const scripts = fc.array(deed, { minLength: 3, maxLength: 60 });
const runs = { numRuns: Math.min(1_000, Number(process.env['TVE_LAW_RUNS'] ?? 1_000)) };

/** Plays a script; a restart goes on with what was retained, through JSON. `look` is called after every deed. */
function play(script: readonly Deed[], look: (bench: AlarmBench, deed: Deed, from: number) => void): AlarmBench {
  let bench = new AlarmBench(declarations);
  for (const deed of script) {
    if (deed.kind === 'restart') {
      const wallMs = bench.now.wallMs + 1_000;
      const { events } = bench;
      bench = new AlarmBench(declarations, JSON.parse(JSON.stringify(bench.engine.standing())), wallMs);
      bench.events.push(...events);
    }
    const from = bench.events.length;
    carryOut(bench, deed);
    look(bench, deed, from);
  }
  return bench;
}

function carryOut(bench: AlarmBench, deed: Deed): void {
  switch (deed.kind) {
    case 'report': {
      const trips = deed.trips && deed.condition === true && interlocks.has(deed.alarm);
      const isCaused = deed.caused && deed.alarm === 'EFFECT';
      bench.report(deed.alarm, deed.condition, { trips, ...(isCaused ? { cause: 'CAUSE' } : {}) });
      break;
    }
    case 'pass':
      bench.pass(deed.seconds);
      break;
    case 'clear':
      // as the command does
      if (bench.engine.standingCauses().length === 0) bench.clear();
      break;
    case 'restart':
      bench.settle();
      break;
    case 'acknowledge':
    case 'unshelve':
      bench.ask({ name: deed.kind, alarm: deed.alarm });
      break;
    case 'shelve': {
      const { alarm, minutes, once, byEngineer } = deed;
      bench.ask({ name: 'shelve', alarm, minutes, once, reason: 'r' }, byEngineer ? engineer : operator);
      break;
    }
    case 'service':
      bench.ask({ name: 'setInService', alarm: deed.alarm, inService: deed.inService, reason: 'r' });
      break;
    case 'stepClock':
      bench.wallStepMs += deed.ms;
      bench.settle();
  }
}

/** The list that somebody has who only hears the events. */
function replay(events: readonly AlarmEvent[]): Map<string, AlarmOccurrence> {
  const list = new Map<string, AlarmOccurrence>();
  for (const { occurrence } of events) {
    if (occurrence.state === 'normal') list.delete(occurrence.occurrenceId);
    else list.set(occurrence.occurrenceId, occurrence);
  }
  return list;
}

describe('laws of the alarm engine, whatever rings, is asked, and whenever it restarts', () => {
  it('the events, replayed, give the list of what stands, and each alarm stands in it once', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        play(script, (bench) => {
          const replayed = [...replay(bench.events).values()].toSorted(byId);
          assert.deepEqual(replayed, bench.engine.standing().toSorted(byId));
          assert.equal(new Set(replayed.map(({ id }) => id)).size, replayed.length);
        });
      }),
      runs,
    );
  });

  it('what was announced and not acknowledged goes only by an acknowledgement, or for an occurrence that stands', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const { events } = play(script, () => undefined);
        const owed = new Set<string>();
        for (const [place, { occurrence, transition }] of events.entries()) {
          const { occurrenceId, state } = occurrence;
          if (state === 'normal' && owed.has(occurrenceId)) {
            assert.ok(transition === 'acknowledged' || transition === 'superseded', transition);
            if (transition === 'superseded') assertRings(events[place + 1], occurrence);
          }
          if (transition === 'acknowledged' || transition === 'shelved' || transition === 'out-of-service') {
            owed.delete(occurrenceId);
          } else if (isAnnounced(occurrence) && !occurrence.acknowledged) owed.add(occurrenceId);
          // what is restarted while it is suppressed is no longer known to have been announced
          if (script.some(({ kind }) => kind === 'restart') && state === 'suppressed') owed.delete(occurrenceId);
        }
      }),
      runs,
    );
  });

  it('a condition that can’t be judged changes nothing about its alarm', () => {
    fc.assert(
      fc.property(scripts, alarm, (script, id) => {
        const bench = play(script, () => undefined);
        bench.settle();
        const before = bench.of(id);
        const from = bench.events.length;
        bench.report(id, null);
        assert.deepEqual([bench.transitions(id, from), bench.of(id)], [[], before]);
      }),
      runs,
    );
  });

  it('a shelf always ends, and what an interlock raises is never out of service', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const bench = play(script, ({ engine }) => {
          for (const { id, shelf } of engine.standing()) {
            if (shelf?.kind === 'out-of-service') assert.ok(!interlocks.has(id));
            if (shelf?.kind === 'shelved')
              assert.ok((shelf.untilMs ?? Infinity) - shelf.atMs <= longestShelfMinutes * 60_000);
          }
        });
        bench.pass(longestShelfMinutes * 60);
        assert.deepEqual(
          bench.engine.standing().filter(({ shelf }) => shelf?.kind === 'shelved'),
          [],
        );
      }),
      runs,
    );
  });

  it('a trip is in sight, and latched until somebody clears it; one of those that stand is the first', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        play(script, ({ engine, events }, deed, from) => {
          const latched = engine.standing().filter(({ trip, latched }) => trip && latched);
          for (const occurrence of latched) assert.ok(isAnnounced(occurrence));
          assert.equal(engine.tripLatched, latched.length > 0);
          assert.equal(latched.filter(({ firstOut }) => firstOut).length, latched.length > 0 ? 1 : 0);
          const tripped = events.slice(from).some(({ transition }) => transition === 'tripped');
          if (tripped) assert.ok(latched.length > 0);
          if (deed.kind !== 'clear') {
            const loosened = events.slice(from).filter(({ occurrence }) => occurrence.trip && !occurrence.latched);
            for (const { transition } of loosened) assert.notEqual(transition, 'cleared');
          }
        });
      }),
      runs,
    );
  });

  it('an acknowledgement touches the one occurrence that it was given for', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        let before = new Map<string, AlarmOccurrence>();
        play(script, (bench, deed, from) => {
          if (deed.kind === 'acknowledge') {
            const happened = bench.events.slice(from);
            assert.ok(happened.length <= 1);
            for (const { transition, occurrence } of happened) {
              assert.equal(transition, 'acknowledged');
              assert.equal(before.get(deed.alarm)?.occurrenceId, occurrence.occurrenceId);
            }
          }
          before = new Map(bench.engine.standing().map((occurrence) => [occurrence.id, occurrence]));
        });
      }),
      runs,
    );
  });

  it('a number of an occurrence is never given twice, and the summary counts what is announced', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const over = new Set<string>();
        play(script, ({ engine, events }, _deed, from) => {
          for (const { occurrence } of events.slice(from)) {
            const { occurrenceId, state, count } = occurrence;
            if (over.has(occurrenceId)) assert.ok(count > 1, 'only chatter goes on with an occurrence that was over');
            if (state === 'normal') over.add(occurrenceId);
            else over.delete(occurrenceId);
          }
          const announced = engine.standing().filter(isAnnounced);
          assert.deepEqual(engine.summary(), {
            unacknowledged: announced.filter(({ acknowledged }) => !acknowledged).length,
            active: announced.filter(({ active }) => active).length,
            highest: announced.length === 0 ? null : Math.min(...announced.map(({ priority }) => priority)),
          });
        });
      }),
      runs,
    );
  });
});

function byId(one: AlarmOccurrence, other: AlarmOccurrence): number {
  return one.occurrenceId < other.occurrenceId ? -1 : 1;
}

function assertRings(next: AlarmEvent | undefined, old: AlarmOccurrence): void {
  assert.equal(next?.occurrence.id, old.id);
  assert.equal(next?.occurrence.active, true);
  assert.notEqual(next?.occurrence.occurrenceId, old.occurrenceId);
}
