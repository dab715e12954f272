import assert from 'node:assert/strict';

import type { AlarmAction } from '../../machine/commands/on-alarm.ts';
import type { Verdict } from '../../machine/commands/decision.ts';
import { AlarmBench, declared } from './alarm-bench.ts';
import { codes, engineer, observer, operator, reasonsOf, Rig } from './rig.ts';

const shelve = (more: Partial<Extract<AlarmAction, { name: 'shelve' }>> = {}): AlarmAction => ({
  name: 'shelve',
  alarm: 'A',
  minutes: 10,
  reason: 'filter is on order',
  ...more,
});
const service = (inService: boolean, alarm = 'A', reason = 'probe is being replaced'): AlarmAction => ({
  name: 'setInService',
  alarm,
  inService,
  reason,
});

function refusal(verdict: Verdict): [string, string[]] {
  assert.equal(verdict.accepted, false);
  return verdict.accepted ? ['', []] : [verdict.kind, verdict.reasons.map(({ code }) => code)];
}

describe('shelving', () => {
  it('needs a reason, and a time of more than 0 and at most the longest', () => {
    const bench = new AlarmBench([declared('A')]);
    for (const [minutes, taken] of [
      [0, false],
      [-1, false],
      [Number.NaN, false],
      [0.01, true],
      [480, true],
      [480.1, false],
      [Infinity, false],
    ] as const) {
      const verdict = bench.ask(shelve({ minutes }), operator);
      assert.equal(verdict.accepted, taken, String(minutes));
      if (!taken) assert.deepEqual(refusal(verdict), ['invalid', ['OUT_OF_RANGE']]);
    }
    assert.deepEqual(refusal(bench.ask(shelve({ reason: ' ', minutes: 481 }))), [
      'invalid',
      ['REASON_REQUIRED', 'OUT_OF_RANGE'],
    ]);
    const [fault] = reasonsOf({ ...bench.ask(shelve({ minutes: 500 })), commandId: 'c', state: 'IDLE' });
    assert.deepEqual(
      [fault?.text, fault?.actual, fault?.required, fault?.unit],
      ['An alarm is shelved for more than 0 and at most 480 min; 500 min were asked for.', 500, 480, 'min'],
    );
  });

  it('of priority 1 is for engineers', () => {
    const bench = new AlarmBench([declared('A', { priority: 1 })]);
    assert.deepEqual(refusal(bench.ask(shelve(), operator)), ['permission', ['NOT_PERMITTED']]);
    assert.equal(bench.of('A'), undefined);
    assert.equal(bench.ask(shelve(), engineer).accepted, true);
    assert.equal(bench.ask({ name: 'unshelve', alarm: 'A' }, operator).accepted, true);
  });

  it('tells who, when, until when and why, in the list and in the journal', () => {
    const bench = new AlarmBench([declared('A')]);
    const { wallMs } = bench.now;
    const verdict = bench.ask(shelve({ reason: ' filter is on order ' }), operator, 'panel-2');
    assert.deepEqual(verdict, { accepted: true, before: 'normal', after: 'shelved' });
    const by = { by: 'olga', atMs: wallMs, untilMs: wallMs + 600_000 };
    assert.deepEqual(bench.of('A')?.shelf, { kind: 'shelved', ...by, reason: 'filter is on order' });
    const [event] = bench.events;
    assert.deepEqual(
      [event?.transition, event?.actor, event?.station, event?.comment],
      ['shelved', 'olga', 'panel-2', 'filter is on order'],
    );
    assert.equal(bench.of('A')?.explanation, 'Alarm A: it has not rung since it was put aside.');
    assert.deepEqual(bench.engine.summary(), { unacknowledged: 0, active: 0, highest: null });
  });

  it('given for one occurrence does not put aside another', () => {
    const bench = new AlarmBench([declared('A')]);
    assert.deepEqual(refusal(bench.ask(shelve({ occurrenceId: 'A-1' }))), ['state', ['ALARM_NOT_STANDING']]);
    bench.report('A', true);
    assert.deepEqual(refusal(bench.ask(shelve({ occurrenceId: 'A-1' }))), ['state', ['OTHER_OCCURRENCE']]);
    assert.equal(bench.ask(shelve({ occurrenceId: bench.of('A')?.occurrenceId ?? '' })).accepted, true);
    assert.deepEqual(refusal(bench.ask(shelve({ alarm: 'B' }))), ['unknown', ['UNKNOWN_ALARM']]);
    assert.deepEqual(refusal(bench.ask({ name: 'unshelve', alarm: 'B' })), ['unknown', ['UNKNOWN_ALARM']]);
    assert.deepEqual(refusal(bench.ask(service(false, 'B'))), ['unknown', ['UNKNOWN_ALARM']]);
  });

  it('is ended, and an alarm taken out of service and put back, only for the occurrence that was looked at', () => {
    const bench = new AlarmBench([declared('A')]);
    const deeds: AlarmAction[] = [{ name: 'unshelve', alarm: 'A' }, service(false), service(true)];
    for (const deed of deeds) {
      const named = { ...deed, occurrenceId: 'A-1' };
      assert.deepEqual(refusal(bench.ask(named)), ['state', ['ALARM_NOT_STANDING']], deed.name);
    }
    bench.report('A', true).ask(shelve());
    const occurrenceId = bench.of('A')?.occurrenceId ?? '';
    for (const deed of deeds) {
      const invented = bench.ask({ ...deed, occurrenceId: 'A-1' });
      assert.deepEqual(refusal(invented), ['state', ['OTHER_OCCURRENCE']], deed.name);
      assert.ok(
        !invented.accepted &&
          /is not the occurrence of A that stands now; look at it first/u.test(invented.reasons[0]?.text ?? ''),
      );
      assert.equal(bench.of('A')?.state, 'shelved');
      assert.equal(bench.ask({ ...deed, occurrenceId }).accepted, true);
      bench.ask(service(true));
      bench.ask(shelve());
    }
  });

  it('ends exactly when its time is up, whatever the system time does', () => {
    for (const stepMs of [0, 3_600_000, -3_600_000]) {
      const bench = new AlarmBench([declared('A')]).report('A', true);
      bench.ask(shelve());
      bench.wallStepMs += stepMs;
      assert.equal(bench.pass(599.999).of('A')?.state, 'shelved');
      assert.equal(bench.pass(0.001).of('A')?.state, 'unacknowledged');
      assert.equal(bench.events.at(-1)?.actor, null);
    }
  });

  it('that is given once ends as soon as the condition is gone, and when its time is up', () => {
    const bench = new AlarmBench([declared('A')]).report('A', true);
    bench.ask(shelve({ once: true }));
    assert.equal(bench.of('A')?.shelf?.once, true);
    assert.equal(bench.pass(30).of('A')?.state, 'shelved');
    assert.equal(bench.report('A', false).of('A')?.state, 'returned-unacknowledged');
    assert.deepEqual(bench.transitions('A'), ['raised', 'shelved', 'returned', 'unshelved']);
    bench.ask({ name: 'acknowledge', alarm: 'A' });
    bench.report('A', true).ask(shelve({ once: true }));
    assert.equal(bench.pass(600).of('A')?.state, 'unacknowledged');
  });

  it('that is given once before the alarm rings lasts over the next ring, whatever is not known meanwhile', () => {
    const bench = new AlarmBench([declared('A')]);
    bench.ask(shelve({ once: true }));
    assert.equal(bench.report('A', false).of('A')?.state, 'shelved');
    assert.equal(bench.report('A', true).of('A')?.state, 'shelved');
    assert.equal(bench.report('A', null).of('A')?.state, 'shelved');
    bench.ask({ name: 'acknowledge', alarm: 'A' });
    assert.equal(bench.report('A', false).of('A'), undefined, 'acknowledged, gone and unshelved: it is over');
    assert.deepEqual(bench.transitions('A'), ['shelved', 'raised', 'acknowledged', 'returned', 'unshelved']);
  });

  it('that is given again counts from then', () => {
    const bench = new AlarmBench([declared('A')]).report('A', true);
    bench.ask(shelve());
    bench.pass(599).ask(shelve());
    assert.equal(bench.pass(599).of('A')?.state, 'shelved');
    assert.equal(bench.pass(1).of('A')?.state, 'unacknowledged');
  });

  it('that ends calls the operator again to what stands, though it was acknowledged before', () => {
    const bench = new AlarmBench([declared('A')]).report('A', true);
    bench.ask({ name: 'acknowledge', alarm: 'A' });
    bench.ask(shelve());
    assert.equal(bench.pass(600).of('A')?.state, 'unacknowledged');
    const gone = new AlarmBench([declared('A')]).report('A', true);
    gone.ask({ name: 'acknowledge', alarm: 'A' });
    gone.ask(shelve());
    assert.equal(gone.report('A', false).of('A')?.state, 'shelved');
    assert.equal(gone.pass(600).of('A'), undefined);
  });

  it('what rings while it is shelved is journalled with its time, and announced when the shelf ends', () => {
    const bench = new AlarmBench([declared('A')]);
    bench.ask(shelve());
    const shelved = bench.of('A');
    bench.pass(60).report('A', true);
    const rung = bench.of('A');
    assert.equal(rung?.occurrenceId, shelved?.occurrenceId);
    assert.deepEqual(
      [rung?.state, rung?.active, rung?.count, rung?.raisedAtMs],
      ['shelved', true, 1, bench.now.wallMs],
    );
    assert.equal(bench.engine.summary().unacknowledged, 0);
    bench.ask({ name: 'unshelve', alarm: 'A' });
    assert.deepEqual(bench.transitions('A'), ['shelved', 'raised', 'unshelved']);
    assert.equal(bench.engine.summary().unacknowledged, 1);
  });

  it('outlasts a restart by the wall clock, and what ran out meanwhile ends at once', () => {
    const bench = new AlarmBench([declared('A')]).report('A', true);
    bench.ask(shelve());
    const retained = bench.engine.standing();
    const { wallMs } = bench.now;
    const early = new AlarmBench([declared('A')], retained, wallMs + 300_000).report('A', true);
    assert.deepEqual([early.events, early.of('A')?.state], [[], 'shelved']);
    assert.equal(early.pass(299).of('A')?.state, 'shelved');
    assert.equal(early.pass(1).of('A')?.state, 'unacknowledged');
    const late = new AlarmBench([declared('A')], retained, wallMs + 600_000).settle();
    assert.deepEqual(late.transitions('A'), ['unshelved']);
    const clockSetBack = new AlarmBench([declared('A')], retained, wallMs - 86_400_000);
    assert.equal(clockSetBack.settle().pass(600).of('A')?.state, 'unacknowledged', 'never longer than it was given');
  });

  it('of an alarm that is no longer declared ends at the restart', () => {
    const bench = new AlarmBench([declared('A'), declared('B')]);
    bench.ask(service(false));
    bench.report('B', true).ask(shelve({ alarm: 'B' }));
    const next = new AlarmBench([], bench.engine.standing()).settle();
    assert.deepEqual([next.transitions('A'), next.transitions('B')], [['in-service'], ['unshelved', 'returned']]);
    assert.equal(next.of('B')?.state, 'returned-unacknowledged');
  });
});

describe('taking an alarm out of service', () => {
  it('needs a reason, lasts until it is put back by hand, and outlasts a restart', () => {
    const bench = new AlarmBench([declared('A')]);
    assert.deepEqual(refusal(bench.ask(service(false, 'A', ''))), ['invalid', ['REASON_REQUIRED']]);
    assert.equal(bench.ask(service(false), engineer, 'office').accepted, true);
    bench.pass(400 * 86_400);
    const next = new AlarmBench([declared('A')], JSON.parse(JSON.stringify(bench.engine.standing())));
    next.pass(1).report('A', true);
    assert.equal(next.of('A')?.state, 'out-of-service');
    assert.deepEqual(refusal(next.ask(service(true, 'A', ' '))), ['invalid', ['REASON_REQUIRED']]);
    next.ask(service(true, 'A', 'probe is new'), engineer, 'office');
    const { transition, actor, station, comment } = next.events.at(-1) ?? {};
    assert.deepEqual([transition, actor, station, comment], ['in-service', 'erik', 'office', 'probe is new']);
    assert.equal(next.of('A')?.state, 'unacknowledged');
  });

  it('is refused for the alarm of an interlock, with the reason', () => {
    const bench = new AlarmBench([declared('A', { trip: { afterSeconds: 3 } })]);
    const verdict = bench.ask(service(false));
    assert.deepEqual(refusal(verdict), ['state', ['STOPS_THE_MACHINE']]);
    assert.match(
      reasonsOf({ ...verdict, commandId: 'c', state: 'IDLE' })[0]?.text ?? '',
      /^A belongs to an interlock/u,
    );
  });

  it('ends at the restart for an alarm that has become an interlock’s', () => {
    const bench = new AlarmBench([declared('A')]);
    bench.ask(service(false));
    const next = new AlarmBench([declared('A', { trip: { afterSeconds: 0 } })], bench.engine.standing()).settle();
    assert.deepEqual(next.transitions('A'), ['in-service']);
  });

  it('takes the place of a shelf', () => {
    const bench = new AlarmBench([declared('A')]).report('A', true);
    bench.ask(shelve());
    bench.ask(service(false));
    assert.equal(bench.pass(3_600).of('A')?.state, 'out-of-service');
  });
});

describe('putting alarms aside on the machine', () => {
  const shelveMotor = { name: 'shelve', alarm: 'MOTOR_WARM', minutes: 30, reason: 'hot day' } as const;

  it('is for operators, out of service for engineers, neither for observers', () => {
    const rig = new Rig();
    const out = { name: 'setInService', alarm: 'MOTOR_WARM', inService: false, reason: 'probe' } as const;
    assert.deepEqual(codes(rig.ask(shelveMotor, observer)), ['NOT_PERMITTED']);
    assert.deepEqual(codes(rig.ask(out, operator)), ['NOT_PERMITTED']);
    assert.equal(rig.ask(shelveMotor, operator).accepted, true);
    assert.equal(rig.ask(out, engineer).accepted, true);
    assert.equal(rig.alarm('MOTOR_WARM')?.shelf?.by, 'erik');
  });

  it('keeps a warning out of the summary and off the light, and brings it back', () => {
    const rig = new Rig();
    rig.ask(shelveMotor);
    for (const read of [45, 61]) {
      rig.injected.set('temperature.motor', read);
      rig.run(5);
    }
    assert.equal(rig.alarm('MOTOR_WARM')?.active, true);
    assert.deepEqual(rig.last.status.alarms, { unacknowledged: 0, active: 0, highest: null });
    assert.equal(rig.output('light.red'), false);
    rig.run(30 * 60);
    assert.equal(rig.alarm('MOTOR_WARM')?.state, 'unacknowledged');
    assert.equal(rig.last.status.alarms.unacknowledged, 1);
  });

  it('a trip takes its alarm out of the shelf, and the machine stops all the same', () => {
    const rig = new Rig().toRunning();
    rig.ask({ ...shelveMotor, alarm: 'MAIN_DRIVE_FAULT' });
    rig.plant.faults.driveFaults.set('main', 7);
    rig.run(1);
    assert.equal(rig.state, 'ALARM');
    const alarm = rig.alarm('MAIN_DRIVE_FAULT');
    assert.deepEqual([alarm?.state, alarm?.shelf, alarm?.firstOut], ['unacknowledged', null, true]);
    assert.deepEqual(codes(rig.ask({ ...shelveMotor, alarm: 'MAIN_DRIVE_FAULT' })), ['TRIP_LATCHED']);
  });

  it('survives a restart of the control process', () => {
    const rig = new Rig();
    rig.ask(shelveMotor);
    const next = new Rig({ retained: JSON.parse(JSON.stringify(rig.core.retained())) });
    next.run(1);
    assert.deepEqual([next.events, next.alarm('MOTOR_WARM')], [[], rig.alarm('MOTOR_WARM')]);
  });
});
