import assert from 'node:assert/strict';

import type { AlarmAction } from '../../machine/commands/on-alarm.ts';
import { AlarmBench, declared } from './alarm-bench.ts';
import { codes, observer, operator, Rig } from './rig.ts';

const comment = (more: Partial<Extract<AlarmAction, { name: 'comment' }>> = {}): AlarmAction => ({
  name: 'comment',
  alarm: 'A',
  comment: 'the fan was blocked',
  ...more,
});

function codesOf(bench: AlarmBench, action: AlarmAction): string[] {
  const verdict = bench.ask(action);
  return verdict.accepted ? [] : verdict.reasons.map(({ code }) => code);
}

describe('a comment on an alarm', () => {
  it('is entered in the journal with who and from where, and changes nothing else', () => {
    const bench = new AlarmBench([declared('A')]).report('A', true);
    const before = bench.of('A');
    assert.deepEqual(bench.ask(comment({ comment: ' the fan was blocked ' }), operator, 'panel-2'), { accepted: true });
    const { transition, actor, station, comment: said, occurrence } = bench.events.at(-1) ?? assert.fail();
    assert.deepEqual([transition, actor, station, said], ['commented', 'olga', 'panel-2', 'the fan was blocked']);
    assert.deepEqual([occurrence, bench.of('A')], [before, before]);
  });

  it('is for the occurrence that stands, whether it is acknowledged or put aside', () => {
    const bench = new AlarmBench([declared('A')]);
    assert.deepEqual(codesOf(bench, comment()), ['ALARM_NOT_STANDING']);
    assert.deepEqual(codesOf(bench, comment({ alarm: 'B' })), ['UNKNOWN_ALARM']);
    bench.report('A', true);
    assert.deepEqual(codesOf(bench, comment({ occurrenceId: 'A-1' })), ['OTHER_OCCURRENCE']);
    assert.deepEqual(codesOf(bench, comment({ comment: ' ' })), ['COMMENT_REQUIRED']);
    bench.ask({ name: 'acknowledge', alarm: 'A' });
    bench.ask({ name: 'shelve', alarm: 'A', minutes: 1, reason: 'known' });
    const { occurrenceId = '' } = bench.of('A') ?? {};
    assert.deepEqual(codesOf(bench, comment({ occurrenceId })), []);
    assert.equal(bench.of('A')?.state, 'shelved');
  });

  it('is for operators', () => {
    const rig = new Rig();
    assert.deepEqual(codes(rig.ask(comment({ alarm: 'ESTOP' }), observer)), ['NOT_PERMITTED']);
    assert.deepEqual(codes(rig.ask(comment({ alarm: 'ESTOP' }), operator)), ['ALARM_NOT_STANDING']);
  });
});
