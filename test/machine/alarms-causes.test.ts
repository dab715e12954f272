import assert from 'node:assert/strict';
import fc from 'fast-check';

import { causesFirst } from '../../machine/alarms/order.ts';
import { guardAlarmIds } from '../../machine/alarms/guard-alarms.ts';
import { AlarmBench, declared } from './alarm-bench.ts';
import { factoryMachine } from './factory.ts';

const stops = { latches: true, trip: { afterSeconds: 0 } };

const causes = (bench: AlarmBench): string[] => bench.engine.standingCauses().map(({ declaration: { id } }) => id);

describe('what a clear has to wait for', () => {
  it('is what has tripped and what is about to, as long as it stands', () => {
    const bench = new AlarmBench([
      declared('TRIPPED', stops),
      declared('ABOUT_TO', { latches: true, trip: { afterSeconds: 10 } }),
      declared('LATCHES', { latches: true }),
      declared('TELLS'),
    ]);
    bench
      .report('TRIPPED', true, { trips: true })
      .report('ABOUT_TO', true)
      .report('LATCHES', true)
      .report('TELLS', true);
    assert.deepEqual(causes(bench), ['TRIPPED', 'ABOUT_TO', 'LATCHES'], 'an alarm that only tells holds up nothing');
    bench.report('TRIPPED', false).report('LATCHES', false);
    assert.deepEqual(causes(bench), ['ABOUT_TO']);
    assert.equal(bench.engine.anyLatched, true);
    bench.clear();
    assert.equal(bench.engine.anyLatched, false, 'the one that merely rings was never latched');
  });

  it('is not what has not rung yet, nor what was put aside before it rang', () => {
    const bench = new AlarmBench([declared('SLOW', { onDelaySeconds: 5, trip: { afterSeconds: 5 } })]);
    bench.report('SLOW', true);
    assert.deepEqual(causes(bench), []);
    const aside = new AlarmBench([declared('A', { latches: true })]);
    aside.ask({ name: 'shelve', alarm: 'A', minutes: 60, reason: 'work on it' });
    assert.deepEqual(causes(aside), []);
    assert.equal(aside.of('A')?.count, 0);
  });

  it('is the cause and not what the cause explains, until the cause no longer stands', () => {
    const bench = new AlarmBench([declared('CAUSE', { ...stops, offDelaySeconds: 5 }), declared('EFFECT', stops)]);
    bench.report('CAUSE', true, { trips: true });
    bench.report('EFFECT', true, { trips: true, cause: 'CAUSE' });
    assert.equal(bench.of('EFFECT')?.suppressedBy, 'CAUSE');
    assert.deepEqual(causes(bench), ['CAUSE']);
    bench.report('CAUSE', null);
    assert.deepEqual(causes(bench), ['CAUSE'], 'what is not known counts as it was known last');
    bench.report('CAUSE', false);
    assert.equal(bench.of('CAUSE')?.active, true, 'its off-delay runs');
    assert.deepEqual(causes(bench), ['EFFECT'], 'and explains nothing any more');
  });

  it('is, after a restart, what stood before until it is judged anew', () => {
    const before = new AlarmBench([declared('A', stops), declared('B', stops)]);
    before.report('A', true, { trips: true }).report('B', true, { trips: true }).report('B', false);
    const after = new AlarmBench([declared('A', stops), declared('B', stops)], before.engine.standing());
    assert.deepEqual(causes(after), ['A']);
    assert.deepEqual(causes(after.report('A', false)), []);
  });
});

describe('alarms and their causes', () => {
  it('what is lost by a chain of causes is explained by the one at its root', () => {
    const bench = new AlarmBench([declared('LINE'), declared('MODULE'), declared('SENSOR')]);
    bench.report('LINE', true).report('MODULE', true, { cause: 'LINE' }).report('SENSOR', true, { cause: 'MODULE' });
    assert.equal(bench.of('SENSOR')?.suppressedBy, 'LINE');
    bench.report('LINE', false).settle();
    assert.deepEqual([bench.of('MODULE')?.suppressedBy, bench.of('SENSOR')?.suppressedBy], [null, 'MODULE']);
  });

  it('a cause that does not stand, or that nobody declared, explains nothing', () => {
    const bench = new AlarmBench([declared('CAUSE'), declared('EFFECT'), declared('OTHER')]);
    bench.report('EFFECT', true, { cause: 'CAUSE' }).report('OTHER', true, { cause: 'NOBODY' });
    assert.deepEqual([bench.of('EFFECT')?.suppressedBy, bench.of('OTHER')?.suppressedBy], [null, null]);
  });

  it('an acknowledged alarm that its cause explained for a while is not acknowledged again when it rings by itself', () => {
    const bench = new AlarmBench([declared('CAUSE'), declared('EFFECT')]);
    bench.report('EFFECT', true, { cause: 'CAUSE' });
    bench.ask({ name: 'acknowledge', alarm: 'EFFECT' });
    bench.report('CAUSE', true).settle();
    assert.equal(bench.of('EFFECT')?.state, 'suppressed');
    bench.report('EFFECT', false, { cause: 'CAUSE' });
    assert.equal(bench.of('EFFECT'), undefined, 'somebody had answered it before');
  });

  it('an alarm that rang before its cause did, unanswered, still asks for its answer when both are gone', () => {
    const bench = new AlarmBench([declared('CAUSE'), declared('EFFECT')]);
    bench.report('EFFECT', true, { cause: 'CAUSE' });
    bench.report('CAUSE', true).settle();
    bench.report('EFFECT', false, { cause: 'CAUSE' });
    assert.equal(bench.of('EFFECT')?.state, 'returned-unacknowledged');
  });

  it('are declared causes first, whatever the order of the file, and what nobody names stays at the end as it was', () => {
    const order = ['A', 'B', 'C', 'D'];
    fc.assert(
      fc.property(fc.shuffledSubarray([...order, 'X', 'Y'], { minLength: 1 }), (ids) => {
        const sorted = causesFirst(
          ids.map((id) => declared(id)),
          order,
        ).map(({ id }) => id);
        const named = order.filter((id) => ids.includes(id));
        const others = ids.filter((id) => !order.includes(id));
        assert.deepEqual(sorted, [...named, ...others]);
      }),
    );
  });

  it('the guards of a machine with one zone do not watch for zones that are swapped', () => {
    const machine = factoryMachine();
    assert.equal(guardAlarmIds(machine).includes('ZONES_SWAPPED'), true);
    assert.equal(guardAlarmIds({ ...machine, zones: machine.zones.slice(0, 1) }).includes('ZONES_SWAPPED'), false);
  });
});

describe('an engine of alarms', () => {
  it('names the alarm that is raised but not declared', () => {
    assert.throws(() => new AlarmBench([declared('A')]).engine.point('B'), {
      name: 'RangeError',
      message: 'alarm B is raised but not declared',
    });
  });

  it('gives every occurrence an id of its own, also two of the same millisecond', () => {
    const bench = new AlarmBench([declared('A', stops), declared('B')]);
    const ids = new Set<string>();
    for (let i = 0; i < 50; i++) {
      bench.report('A', true, { trips: true });
      ids.add(bench.of('A')?.occurrenceId ?? '');
      bench.report('A', false).clear();
    }
    assert.equal(ids.size, 50);
    assert.match([...ids][0] ?? '', /^A-[0-9a-z]+-1$/);
  });

  it('keeps all that an alarm said of itself when the configuration no longer knows it', () => {
    const before = new AlarmBench([declared('GONE', { ...stops, priority: 1, consequence: 'It burns.' })]);
    before.report('GONE', true, { trips: true });
    const after = new AlarmBench([declared('OTHER')], before.engine.standing());
    const { consequence, response, priority, text } = after.of('GONE') ?? {};
    assert.deepEqual([text, priority, consequence, response], ['Alarm GONE', 1, 'It burns.', 'Mend it.']);
    assert.deepEqual(after.engine.summary(), { unacknowledged: 1, active: 1, highest: 1 });
    const { declaration } = after.engine.point('GONE');
    assert.deepEqual([declaration.response, declaration.onDelaySeconds, declaration.latches], ['Mend it.', 0, true]);
  });

  it('an alarm that returns after its on-delay began anew waits the whole delay again', () => {
    const bench = new AlarmBench([declared('A', { onDelaySeconds: 2 })]);
    bench.pass(10).report('A', true).pass(1.9);
    assert.equal(bench.of('A'), undefined);
    bench.report('A', false).pass(1).report('A', true).pass(1.9);
    assert.equal(bench.of('A'), undefined);
    assert.equal(bench.pass(0.1).of('A')?.active, true);
  });

  it('a condition that comes back within its off-delay is the same ring, also when it is unknown in between', () => {
    const bench = new AlarmBench([declared('A', { onDelaySeconds: 2, offDelaySeconds: 3 })]);
    bench.report('A', true).pass(2);
    bench.report('A', false).pass(2.9).report('A', true).settle();
    assert.deepEqual([bench.of('A')?.active, bench.of('A')?.count], [true, 1]);
    bench.report('A', null).pass(10);
    assert.deepEqual([bench.of('A')?.active, bench.of('A')?.count], [true, 1]);
  });
});
