import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nextTurn, type Turn } from '../../../drivers/line/schedule.ts';

const turn = (turn: Partial<Turn>): Turn => ({ standing: 'healthy', dueMs: 0, servedMs: 0, probeMs: 50, ...turn });

describe('schedule of a line', () => {
  it('takes the healthy module that is due longest, and of two alike the one that waited longer', () => {
    const late = turn({ dueMs: 900 });
    assert.deepEqual(nextTurn([turn({ dueMs: 950 }), late], 1_000), { kind: 'visit', turn: late, idleMs: -100 });
    const waited = turn({ dueMs: 900, servedMs: 5 });
    assert.deepEqual(nextTurn([turn({ dueMs: 900, servedMs: 9 }), waited], 1_000), {
      kind: 'visit',
      turn: waited,
      idleMs: -100,
    });
  });

  it('puts a module that was not answered behind all healthy ones, but not for ever', () => {
    const suspect = turn({ standing: 'suspect', dueMs: 500 });
    const healthy = turn({ dueMs: 990 });
    assert.equal((nextTurn([suspect, healthy], 1_000) as { turn: Turn }).turn, healthy);
    assert.equal((nextTurn([suspect, turn({ dueMs: 1_200 })], 1_000) as { turn: Turn }).turn, suspect);
    assert.equal((nextTurn([suspect, turn({ dueMs: 1_590 })], 1_600) as { turn: Turn }).turn, suspect);
  });

  it('probes where the time-out fits before the next poll, and anyway after half a second', () => {
    const lost = turn({ standing: 'demoted', dueMs: 900, probeMs: 80 });
    assert.equal(nextTurn([lost, turn({ dueMs: 1_090 })], 1_000).kind, 'probe');
    assert.deepEqual(nextTurn([lost, turn({ dueMs: 1_050 })], 1_000), { kind: 'wait', untilMs: 1_050 });
    assert.equal(nextTurn([lost, turn({ dueMs: 1_450 })], 1_401).kind, 'probe');
    assert.equal(nextTurn([lost], 1_000).kind, 'probe');
  });

  it('probes after half a second also where a healthy module is always due', () => {
    const lost = turn({ standing: 'demoted', dueMs: 900 });
    const busy = turn({ dueMs: 990 });
    assert.equal((nextTurn([lost, busy], 1_400) as { turn: Turn }).turn, busy);
    assert.deepEqual(nextTurn([lost, busy], 1_401), { kind: 'probe', turn: lost, idleMs: -411 });
  });

  it('lets every healthy module that is due have its visit between two that are dead, and still tries each of these', () => {
    const anyLine = fc.record({
      standing: fc.constantFrom('suspect' as const, 'demoted' as const),
      dead: fc.integer({ min: 1, max: 9 }),
      silenceMs: fc.integer({ min: 100, max: 1_000 }),
      // together the visits may take longer than there is from one to the next: a line without a pause
      healthyPeriodsMs: fc.array(fc.integer({ min: 10, max: 400 }), { minLength: 1, maxLength: 4 }),
      visitMs: fc.integer({ min: 5, max: 50 }),
    });
    fc.assert(
      fc.property(anyLine, ({ standing, dead, silenceMs, healthyPeriodsMs, visitMs }) => {
        const probed = { dueMs: 0, servedMs: 0, standing, probeMs: silenceMs, periodMs: 1_500 };
        const polled = { dueMs: 0, servedMs: 0, standing: 'healthy' as const, probeMs: 0 };
        const line = [
          ...Array.from({ length: dead }, () => ({ ...probed })),
          ...healthyPeriodsMs.map((periodMs) => ({ ...polled, periodMs })),
        ];
        const roundMs = silenceMs + 2 * healthyPeriodsMs.length * visitMs;
        let [nowMs, longestMs] = [1, 0];
        const healthy = line.slice(dead);
        for (let n = 0; n < 2_000; n++) {
          const choice = nextTurn(line, nowMs);
          if (choice.kind === 'wait') {
            nowMs = choice.untilMs;
            continue;
          }
          const { turn } = choice;
          turn.servedMs = nowMs;
          nowMs += turn.standing === 'healthy' ? visitMs : silenceMs;
          turn.dueMs =
            turn.standing === 'healthy' ? Math.max(nowMs, turn.dueMs + turn.periodMs) : nowMs + turn.periodMs;
          longestMs = Math.max(longestMs, ...healthy.map(({ servedMs, dueMs }) => nowMs - Math.max(servedMs, dueMs)));
        }
        assert.ok(longestMs <= roundMs, `a healthy module that was due waited ${longestMs} ms`);
        for (const { servedMs } of line.slice(0, dead)) {
          assert.ok(nowMs - servedMs <= 1_500 + 1_000 + (dead + 1) * roundMs, `not tried for ${nowMs - servedMs} ms`);
        }
      }),
    );
  });

  it('always gives something that is due, or waits until something may be', () => {
    const anyTurn = fc.record({
      standing: fc.constantFrom('healthy' as const, 'suspect' as const, 'demoted' as const),
      dueMs: fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.constant(Number.POSITIVE_INFINITY)),
      servedMs: fc.integer({ min: 0, max: 2_000 }),
      probeMs: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(fc.array(anyTurn, { maxLength: 8 }), fc.integer({ min: 0, max: 4_000 }), (turns, nowMs) => {
        const choice = nextTurn(turns, nowMs);
        if (choice.kind === 'wait') {
          assert.ok(choice.untilMs > nowMs);
          assert.ok(!turns.some(({ standing, dueMs }) => standing !== 'demoted' && dueMs <= nowMs));
        } else {
          assert.ok(choice.turn.dueMs <= nowMs);
          assert.equal(choice.kind === 'probe', choice.turn.standing === 'demoted');
        }
      }),
    );
  });
});
