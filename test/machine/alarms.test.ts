import assert from 'node:assert/strict';
import fc from 'fast-check';

import type { AlarmDeclaration, AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import { AlarmEngine } from '../../machine/alarms/engine.ts';
import { gatewayAlarmIds, guardAlarmIds } from '../../machine/alarms/guard-alarms.ts';
import { factoryMachine } from './factory.ts';
import { codes, Rig } from './rig.ts';

const declaration = (id: string, more: Partial<AlarmDeclaration> = {}): AlarmDeclaration => ({
  id,
  text: id,
  priority: 2,
  latches: false,
  onDelaySeconds: 0,
  offDelaySeconds: 0,
  consequence: 'c',
  response: 'r',
  ...more,
});

const at = (ms: number) => ({ monotonicMs: ms, wallMs: 1_000_000 + ms });

class Bench {
  readonly engine: AlarmEngine;

  constructor(declarations: readonly AlarmDeclaration[], retained: readonly AlarmOccurrence[] = []) {
    this.engine = new AlarmEngine(declarations, factoryMachine().annunciation, retained);
  }

  report(alarm: string, ms: number, condition: boolean | null, trips = false, cause: string | null = null): string[] {
    this.engine.point(alarm).report(condition, trips, 1, 'Good', cause);
    this.engine.settle(at(ms));
    return this.engine.takeEvents().map(({ transition, occurrence }) => `${transition} ${occurrence.id}`);
  }

  of(alarm: string): AlarmOccurrence | undefined {
    return this.engine.standing().find(({ id }) => id === alarm);
  }
}

describe('the alarm engine', () => {
  it('raises only after the on-delay, and returns only after the off-delay', () => {
    const bench = new Bench([declaration('A', { onDelaySeconds: 2, offDelaySeconds: 3 })]);
    assert.deepEqual(bench.report('A', 0, true), []);
    assert.deepEqual(bench.report('A', 1_999, true), []);
    assert.deepEqual(bench.report('A', 2_000, true), ['raised A']);
    assert.deepEqual(bench.report('A', 3_000, false), []);
    assert.deepEqual(bench.report('A', 4_000, true), []);
    assert.deepEqual(bench.report('A', 5_000, false), []);
    assert.deepEqual(bench.report('A', 7_999, false), []);
    assert.deepEqual(bench.report('A', 8_000, false), ['returned A']);
    assert.equal(bench.of('A')?.state, 'returned-unacknowledged');
  });

  it('an unknown condition neither raises nor returns, whatever its delays', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.nat(10_000), { maxLength: 20 }), (standing, pauses) => {
        const bench = new Bench([declaration('A')]);
        bench.report('A', 0, standing);
        const before = bench.of('A');
        let ms = 0;
        for (const pause of pauses) {
          ms += pause;
          assert.deepEqual(bench.report('A', ms, null), []);
        }
        assert.deepEqual(bench.of('A'), before);
      }),
    );
  });

  it('a trip does not wait for the on-delay, latches, and marks the first', () => {
    const bench = new Bench([declaration('A', { onDelaySeconds: 5 }), declaration('B')]);
    assert.deepEqual(bench.report('A', 0, true, true), ['raised A', 'tripped A']);
    assert.deepEqual(bench.report('B', 1, true, true), ['raised B', 'tripped B']);
    assert.equal(bench.of('A')?.firstOut, true);
    assert.equal(bench.of('B')?.firstOut, false);
    bench.report('A', 2, false);
    assert.equal(bench.of('A')?.latched, true);
    assert.equal(bench.engine.tripLatched, true);
  });

  it('only one alarm is the first of a stop, also when the last stop is not acknowledged yet', () => {
    const bench = new Bench([declaration('A'), declaration('B')]);
    bench.report('A', 0, true, true);
    bench.report('A', 1, false);
    bench.engine.clear(at(2), { name: 'olga' });
    bench.report('B', 3, true, true);
    assert.equal(bench.of('A')?.state, 'returned-unacknowledged');
    assert.deepEqual([bench.of('A')?.firstOut, bench.of('B')?.firstOut], [false, true]);
  });

  it('an alarm that stops the machine latches when it does, not when it merely rings', () => {
    const bench = new Bench([declaration('A', { latches: true, trip: { afterSeconds: 3 } })]);
    bench.report('A', 0, true);
    assert.equal(bench.of('A')?.latched, false);
    bench.report('A', 1, false);
    bench.engine.acknowledge('A', undefined, { name: 'olga' }, at(2));
    assert.equal(bench.of('A'), undefined);
    bench.report('A', 3, true, true);
    assert.equal(bench.of('A')?.latched, true);
  });

  it('a chatter of 1 Hz is one occurrence with a count, also when it is acknowledged meanwhile', () => {
    const bench = new Bench([declaration('A')]);
    bench.report('A', 0, true);
    const first = bench.of('A')?.occurrenceId;
    for (let second = 1; second <= 600; second++) {
      bench.report('A', second * 1_000 - 500, false);
      if (second % 7 === 0) bench.engine.acknowledge('A', undefined, { name: 'olga' }, at(second * 1_000 - 400));
      assert.equal(bench.of('A') === undefined, second % 7 === 0);
      bench.report('A', second * 1_000, true);
      assert.equal(bench.of('A')?.state, 'unacknowledged');
    }
    assert.deepEqual([bench.of('A')?.occurrenceId, bench.of('A')?.count], [first, 601]);
  });

  it('what rings later than the chatter time after its return is a new occurrence, which no old acknowledgement meets', () => {
    const bench = new Bench([declaration('A')]);
    const rings = (ms: number): string | undefined => {
      bench.report('A', ms, true);
      return bench.of('A')?.occurrenceId;
    };
    const first = rings(0);
    bench.report('A', 1_000, false);
    assert.equal(rings(61_000), first, '60 s after its return');
    bench.report('A', 62_000, false);
    assert.deepEqual(bench.report('A', 122_001, true), ['superseded A', 'raised A']);
    assert.notEqual(bench.of('A')?.occurrenceId, first);
    assert.deepEqual([bench.of('A')?.count, bench.of('A')?.raisedAtMs], [1, 1_122_001]);
    assert.equal(bench.engine.acknowledge('A', first, { name: 'olga' }, at(122_002)), 'OTHER_OCCURRENCE');
  });

  it('chatter goes on over a restart, told by the wall clock', () => {
    const bench = new Bench([declaration('A')]);
    bench.report('A', 0, true);
    bench.report('A', 1_000, false);
    const retained = bench.engine.standing();
    for (const [ms, transitions] of [
      [61_000, ['raised A']],
      [61_001, ['superseded A', 'raised A']],
    ] as const) {
      assert.deepEqual(new Bench([declaration('A')], retained).report('A', ms, true), transitions);
    }
    const past = new AlarmEngine([declaration('A')], factoryMachine().annunciation, retained);
    past.point('A').report(true, false);
    past.settle({ monotonicMs: 0, wallMs: 1_000_000 });
    assert.equal(past.takeEvents()[0]?.transition, 'superseded', 'the clock was set back: how long ago is not known');
  });

  it('what was cleared is over at once, although its off-delay runs; what trips then is a new occurrence', () => {
    const bench = new Bench([declaration('A', { offDelaySeconds: 5 })]);
    bench.report('A', 0, true, true);
    const first = bench.of('A')?.occurrenceId;
    bench.report('A', 100, false);
    bench.engine.clear(at(200), { name: 'olga' });
    assert.equal(bench.of('A')?.state, 'returned-unacknowledged');
    bench.engine.takeEvents();
    assert.deepEqual(bench.report('A', 300, true, true), ['superseded A', 'raised A', 'tripped A']);
    assert.notEqual(bench.of('A')?.occurrenceId, first);
  });

  it('a latch that no trip set is a new occurrence after its clear as well', () => {
    const bench = new Bench([declaration('A', { latches: true })]);
    bench.report('A', 0, true);
    const first = bench.of('A')?.occurrenceId;
    bench.report('A', 1, false);
    bench.report('A', 100_000, true);
    assert.equal(bench.of('A')?.occurrenceId, first, 'latched still: it is the same');
    bench.report('A', 100_001, false);
    bench.engine.clear(at(100_002), { name: 'olga' });
    bench.report('A', 100_003, true);
    assert.notEqual(bench.of('A')?.occurrenceId, first);
  });

  it('what comes and goes unacknowledged is one occurrence with a count; a re-trip is a new one', () => {
    const bench = new Bench([declaration('A')]);
    bench.report('A', 0, true);
    const first = bench.of('A')?.occurrenceId;
    for (let ms = 100; ms < 1_000; ms += 100) bench.report('A', ms, ms % 200 === 0);
    assert.equal(bench.of('A')?.count, 5);
    assert.equal(bench.of('A')?.occurrenceId, first);
    bench.report('A', 1_000, true, true);
    bench.report('A', 1_100, false);
    bench.engine.clear(at(1_200), { name: 'olga' });
    bench.report('A', 1_300, true, true);
    assert.notEqual(bench.of('A')?.occurrenceId, first);
    assert.equal(bench.of('A')?.count, 1);
  });

  it('an acknowledgement belongs to one occurrence, names who gave it, and ends what has returned', () => {
    const bench = new Bench([declaration('A')]);
    bench.report('A', 0, true);
    const occurrenceId = bench.of('A')?.occurrenceId;
    const by = { name: 'olga', comment: 'seen' };
    assert.equal(bench.engine.acknowledge('A', 'another', by, at(1)), 'OTHER_OCCURRENCE');
    assert.equal(bench.engine.acknowledge('B', undefined, by, at(1)), 'UNKNOWN_ALARM');
    assert.equal(bench.engine.acknowledge('A', occurrenceId, by, at(1)), null);
    assert.equal(bench.engine.acknowledge('A', occurrenceId, by, at(1)), 'ALREADY_ACKNOWLEDGED');
    const [event] = bench.engine.takeEvents();
    assert.equal(event?.actor, 'olga');
    assert.equal(event?.comment, 'seen');
    assert.equal(bench.of('A')?.state, 'acknowledged');
    bench.report('A', 2, false);
    assert.equal(bench.of('A'), undefined);
    assert.equal(bench.engine.acknowledge('A', occurrenceId, by, at(3)), 'ALARM_NOT_STANDING');
  });

  it('suppresses what a standing cause explains, and tells of it when the cause goes and it stays', () => {
    const bench = new Bench([declaration('CAUSE'), declaration('EFFECT')]);
    bench.report('CAUSE', 0, true);
    assert.deepEqual(bench.report('EFFECT', 1, true, true, 'CAUSE'), ['suppressed EFFECT']);
    assert.equal(bench.engine.tripLatched, false);
    assert.deepEqual(bench.engine.summary(), { unacknowledged: 1, active: 1, highest: 2 });
    bench.report('CAUSE', 2, false);
    assert.deepEqual(bench.report('EFFECT', 3, true, false, 'CAUSE'), []);
    assert.equal(bench.of('EFFECT')?.state, 'unacknowledged');
    const other = new Bench([declaration('CAUSE'), declaration('EFFECT')]);
    other.report('CAUSE', 0, true);
    other.report('EFFECT', 1, true, false, 'CAUSE');
    assert.deepEqual(other.report('EFFECT', 2, false), ['cleared EFFECT']);
    assert.equal(other.of('EFFECT'), undefined);
  });

  it('restores what was written before there were shelves and explanations', () => {
    const bench = new Bench([declaration('A')]);
    bench.report('A', 0, true);
    const older = bench.engine.standing().map(({ shelf: _shelf, explanation: _explanation, ...same }) => same);
    const next = new AlarmEngine([declaration('A')], factoryMachine().annunciation, older);
    assert.deepEqual(next.standing(), [{ ...older[0], shelf: null, explanation: 'A. r' }]);
    assert.deepEqual(next.summary(), { unacknowledged: 1, active: 1, highest: 2 });
  });

  it('says at each ring and at the trip what is read then, and what to do', () => {
    const bench = new Bench([declaration('A', { response: 'Mend it.' })]);
    const point = bench.engine.point('A');
    let reads = 1;
    point.explain = () => `A reads ${reads}.`;
    bench.report('A', 0, true);
    assert.equal(bench.of('A')?.explanation, 'A reads 1. Mend it.');
    reads = 2;
    bench.report('A', 1, true);
    assert.equal(bench.of('A')?.explanation, 'A reads 1. Mend it.', 'what it rang with');
    bench.report('A', 2, false);
    point.report(true, false, 7, 'UncertainLastUsableValue');
    bench.engine.settle(at(3));
    const { explanation, value, quality } = bench.of('A') ?? {};
    assert.deepEqual([explanation, value, quality], ['A reads 2. Mend it.', 7, 'UncertainLastUsableValue']);
    reads = 3;
    bench.report('A', 4, true, true);
    assert.equal(bench.of('A')?.explanation, 'A reads 3. Mend it.');
  });

  it('gives the same list, summary and events as long as nothing happens', () => {
    const bench = new Bench([declaration('A'), declaration('B')]);
    bench.report('A', 0, true, true);
    const [standing, summary, events] = [bench.engine.standing(), bench.engine.summary(), bench.engine.takeEvents()];
    bench.report('B', 1, false);
    assert.equal(bench.engine.standing(), standing);
    assert.equal(bench.engine.summary(), summary);
    assert.equal(bench.engine.takeEvents(), events);
    bench.report('B', 2, true);
    assert.notEqual(bench.engine.standing(), standing);
    assert.equal(bench.engine.summary().active, 2);
  });

  it('restores what stood, without announcing it, and forgets no latched trip that is no longer declared', () => {
    const bench = new Bench([declaration('A'), declaration('B')]);
    bench.report('A', 0, true, true);
    bench.report('B', 0, true);
    const retained = bench.engine.standing();
    const next = new Bench([declaration('B')], retained);
    assert.equal(next.engine.tripLatched, true);
    assert.deepEqual(next.report('B', 0, true), ['returned A']);
    assert.deepEqual(next.engine.standingCauses(), []);
    next.engine.clear(at(1), { name: 'olga' });
    assert.equal(next.engine.tripLatched, false);
  });

  it('every guard alarm of the factory machine is declared, and every other alarm has a limit or belongs to the gateway', () => {
    const machine = factoryMachine();
    const declared = new Map(machine.alarms.map((alarm) => [alarm.id, alarm]));
    const guarded = guardAlarmIds(machine);
    assert.deepEqual(
      guarded.filter((id) => !declared.has(id)),
      [],
    );
    assert.equal(new Set(guarded).size, guarded.length);
    for (const alarm of machine.alarms) {
      assert.ok(
        guarded.includes(alarm.id) || gatewayAlarmIds.includes(alarm.id) || alarm.limit !== undefined,
        alarm.id,
      );
    }
  });

  it('the core does not start with a guard whose alarm is not declared', () => {
    const machine = factoryMachine();
    const alarms = machine.alarms.filter(({ id }) => id !== 'ESTOP');
    assert.throws(() => new Rig({ declaration: { ...machine, alarms } }), /ESTOP/);
  });
});

describe('after a restart', () => {
  it('a latched trip is latched still, and not announced anew', () => {
    const rig = new Rig().toRunning();
    rig.plant.faults.driveFaults.set('main', 7);
    rig.run(2);
    const before = rig.alarm('MAIN_DRIVE_FAULT');
    const next = new Rig({ retained: JSON.parse(JSON.stringify(rig.core.retained())) });
    next.plant.faults.driveFaults.set('main', 7);
    assert.equal(next.state, 'ALARM');
    next.run(5);
    assert.deepEqual(next.events, []);
    assert.deepEqual(next.alarm('MAIN_DRIVE_FAULT'), before);
    assert.equal(next.output('heater.contactor'), false);
    assert.equal(next.ask({ name: 'clearAlarms' }).accepted, true);
    assert.equal(next.state, 'IDLE');
  });

  it('without a trip it is IDLE, heating off, with its settings, counters and heartbeat', () => {
    const rig = new Rig().toRunning();
    rig.run(60);
    rig.ask({ name: 'stop' });
    rig.until(() => rig.state === 'READY', 20);
    const retained = rig.core.retained();
    const next = new Rig({ retained: JSON.parse(JSON.stringify(retained)), temperatureC: 200 });
    next.run(2);
    assert.equal(next.state, 'IDLE');
    assert.equal(next.output('heater.contactor'), false);
    assert.equal(next.sample('heater.enabled').value, false);
    assert.deepEqual(next.sample('heater.zone1.setpoint'), rig.sample('heater.zone1.setpoint'));
    assert.equal(next.sample('machine.cycles').value, 1);
    assert.ok(Number(next.sample('machine.runningHours').value) >= 60 / 3_600 - 0.001);
    assert.ok(Number(next.sample('machine.heartbeat').value) > retained.heartbeat);
  });

  it('a kept setting that today’s configuration would refuse is not taken over', () => {
    const retained = new Rig().core.retained();
    const next = new Rig({
      retained: { ...retained, settings: { ...retained.settings, 'heater.zone1.setpoint': 900 } },
    });
    assert.equal(next.sample('heater.zone1.setpoint').value, 0);
  });

  it('an alarm that is frozen by a lost module blocks the clear until it is known to be gone', () => {
    const rig = new Rig().toReady(260);
    rig.injected.set('temperature.zone1', 285);
    rig.run(1);
    assert.equal(rig.state, 'ALARM');
    rig.injected.set('temperature.zone1', 'lost');
    rig.run(2);
    assert.ok(codes(rig.ask({ name: 'clearAlarms' })).length > 0);
    assert.equal(rig.alarm('ZONE1_OVERTEMP')?.active, true);
  });

  it('what nobody has acknowledged yet stays in sight when it rings again under a cause', () => {
    const rig = new Rig().toRunning();
    rig.silent.add('ai1');
    rig.run(10);
    rig.silent.clear();
    rig.run(5);
    assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, true);
    const before = rig.alarm('AI1_COMMS_LOST');
    assert.equal(before?.state, 'returned-unacknowledged');
    rig.run(120);
    for (const module of ['ai1', 'drive1', 'drive2']) rig.silent.add(module);
    rig.run(10);
    rig.silent.clear();
    rig.run(5);
    assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, true);
    assert.equal(rig.alarm('AI1_COMMS_LOST')?.occurrenceId, before?.occurrenceId);
    assert.equal(rig.alarm('AI1_COMMS_LOST')?.state, 'returned-unacknowledged');
  });
});
