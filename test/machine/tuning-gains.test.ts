import assert from 'node:assert/strict';

import type { Gains } from '../../machine/declaration.ts';
import type { RetainedGains } from '../../machine/tuning/retained-gains.ts';
import { codes, engineer, operator, reasonsOf, Rig } from './rig.ts';
import {
  accepted,
  appliedOf,
  factoryGains,
  outputOf,
  restarted,
  setpointOf,
  tune,
  tuned,
  zoneStatus,
} from './tuning-bench.ts';

describe('new gains', () => {
  it('are put into force by a command of their own, which tells them before and after, without a bump', () => {
    const rig = new Rig().toReady();
    const { result } = tuned(rig);
    rig.run(200);
    const before = Number(rig.output(outputOf('zone1')));
    const outcome = rig.ask({ name: 'applyTuning', zone: 'zone1' }, engineer);
    assert.ok(outcome.accepted && result);
    const { gains } = result;
    assert.equal(outcome.before, 'kp 5, ki 0.1, kd 10');
    assert.equal(outcome.after, `kp ${gains.kp}, ki ${gains.ki}, kd ${gains.kd}`);
    assert.ok(Math.abs(Number(rig.output(outputOf('zone1'))) - before) < 1);
    assert.deepEqual([zoneStatus(rig, 'zone1').gains, zoneStatus(rig, 'zone1').gainsFrom], [gains, 'tuning']);
    assert.deepEqual(zoneStatus(rig, 'zone1').configuredGains, factoryGains);
    assert.deepEqual(zoneStatus(rig, 'zone2').gains, factoryGains);
    const again = rig.ask({ name: 'applyTuning', zone: 'zone1' }, engineer);
    assert.ok(again.accepted && again.note?.includes('has these gains already'));
  });

  it('are refused before a test is done, and for operators', () => {
    const rig = new Rig().toReady();
    const refusedFor = (): string =>
      reasonsOf(rig.ask({ name: 'applyTuning', zone: 'zone1' }, engineer))[0]?.text ?? '';
    assert.match(refusedFor(), /There are no new gains for Barrel zone 1: no test was made\. Tune the zone/u);
    accepted(tune(rig));
    rig.run(1);
    assert.match(refusedFor(), /its test is under way/u);
    rig.ask({ name: 'abortTuning', zone: 'zone1' }, engineer);
    assert.match(refusedFor(), /The test was aborted by command\. Tune/u);
    assert.deepEqual(codes(rig.ask({ name: 'applyTuning', zone: 'zone1' }, operator)), ['NOT_PERMITTED']);
  });

  it('that do well are kept after ten minutes of calm', () => {
    const rig = new Rig().toReady();
    tuned(rig);
    accepted(rig.ask({ name: 'applyTuning', zone: 'zone1' }, engineer));
    const seconds = rig.until(() => appliedOf(rig).state !== 'watching', 3_600);
    assert.ok(Math.abs(seconds - 780) < 2, `${seconds} s`);
    const { state, meanErrorK, text } = appliedOf(rig);
    assert.equal(state, 'kept');
    assert.ok((meanErrorK ?? 1) < 0.1);
    assert.match(text ?? '', /The new gains are kept: the zone was 0\.\d+ K off its setpoint on average over 600 s/u);
  });

  it('are not judged by what a new setpoint, the neighbour or the screw does to the zone', () => {
    const rig = new Rig().toReady();
    tuned(rig);
    accepted(rig.ask({ name: 'applyTuning', zone: 'zone1' }, engineer));
    rig.run(300);
    assert.ok(appliedOf(rig).watchedSeconds > 100);
    rig.write(setpointOf('zone2'), 204);
    rig.scan();
    assert.equal(appliedOf(rig).watchedSeconds, 0);
    rig.run(300);
    rig.plant.loadK = 60;
    accepted(rig.ask({ name: 'start' }));
    rig.run(900);
    assert.deepEqual([rig.state, appliedOf(rig).state, appliedOf(rig).watchedSeconds], ['RUNNING', 'watching', 0]);
    accepted(rig.ask({ name: 'stop' }));
    rig.until(() => appliedOf(rig).state !== 'watching', 1_200);
    assert.equal(appliedOf(rig).state, 'kept');
  });

  it('are taken back by command as well, during the watch and after it', () => {
    for (const seconds of [60, 1_200]) {
      const rig = new Rig().toReady();
      const { result } = tuned(rig);
      accepted(rig.ask({ name: 'applyTuning', zone: 'zone1' }, engineer));
      rig.run(seconds);
      const duty = Number(rig.output(outputOf('zone1')));
      const outcome = rig.ask({ name: 'abortTuning', zone: 'zone1' }, engineer);
      assert.ok(outcome.accepted && result);
      assert.ok(Math.abs(Number(rig.output(outputOf('zone1'))) - duty) < 1);
      const { gains } = result;
      assert.equal(outcome.before, `kp ${gains.kp}, ki ${gains.ki}, kd ${gains.kd}`);
      assert.equal(outcome.after, 'kp 5, ki 0.1, kd 10');
      const { gains: now, gainsFrom } = zoneStatus(rig, 'zone1');
      assert.deepEqual([now, gainsFrom, appliedOf(rig).state], [factoryGains, 'configuration', 'takenBack']);
    }
  });

  it('an abort with nothing to abort changes nothing and says so', () => {
    const rig = new Rig().toReady();
    const outcome = rig.ask({ name: 'abortTuning', zone: 'zone1' }, engineer);
    assert.ok(outcome.accepted && outcome.note?.includes('nothing changed'));
    tuned(rig);
    const given = rig.ask({ name: 'abortTuning', zone: 'zone1' }, engineer);
    assert.ok(given.accepted && given.note?.includes('given up'));
    assert.equal(zoneStatus(rig, 'zone1').tuning.test, null);
  });
});

describe('gains over a restart', () => {
  const wild: Gains = { kp: 40, ki: 3, kd: 0 };
  const kept = (change: Partial<RetainedGains> = {}): RetainedGains => ({
    gains: wild,
    from: 'tuning',
    configured: factoryGains,
    replaced: { gains: factoryGains, from: 'configuration', baselineK: 0.02, appliedAtMs: 1, watching: true },
    ...change,
  });
  it('good ones are there again, and so is what they replaced', () => {
    const rig = new Rig().toReady();
    const { result } = tuned(rig);
    accepted(rig.ask({ name: 'applyTuning', zone: 'zone1' }, engineer));
    assert.equal(rig.last.retain, true);
    const saved = JSON.parse(JSON.stringify(rig.core.retained())) as ReturnType<Rig['core']['retained']>;
    const again = new Rig({ retained: saved });
    const status = zoneStatus(again, 'zone1');
    assert.deepEqual([status.gains, status.gainsFrom], [result?.gains, 'tuning']);
    assert.deepEqual(zoneStatus(again, 'zone2').gains, factoryGains);
    again.toReady();
    again.until(() => appliedOf(again).state === 'kept', 1_200);
    accepted(again.ask({ name: 'abortTuning', zone: 'zone1' }, engineer));
    assert.deepEqual(zoneStatus(again, 'zone1').gains, factoryGains);
    assert.deepEqual(again.core.retained().gains, {});
  });

  it('worse ones go by themselves when the watch goes on, which the audit sees, and the zone is calm again', () => {
    const rig = restarted({ zone1: kept() }).toReady();
    assert.deepEqual(zoneStatus(rig, 'zone1').gains, wild);
    rig.until(() => appliedOf(rig).state === 'takenBack', 2_400);
    const [taken] = rig.outcomes.filter(({ command }) => command.origin === 'system');
    assert.ok(taken);
    const { action } = taken.command;
    assert.ok(action.name === 'abortTuning' && action.zone === 'zone1');
    assert.match(
      action.reason ?? '',
      /clearly worse: the zone was \d.* K off its setpoint on average over \d+.* s, under the old ones 0\.02 K/u,
    );
    assert.deepEqual(taken.command.principal, { name: 'system', role: 'engineer', kind: 'system' });
    const { outcome } = taken;
    assert.ok(outcome.accepted);
    assert.deepEqual([outcome.before, outcome.after], ['kp 40, ki 3, kd 0', 'kp 5, ki 0.1, kd 10']);
    assert.equal(outcome.note, action.reason);
    assert.deepEqual(
      [zoneStatus(rig, 'zone1').gains, zoneStatus(rig, 'zone1').gainsFrom],
      [factoryGains, 'configuration'],
    );
    assert.equal(rig.outcomes.filter(({ command }) => command.origin === 'system').length, 1);
    rig.run(600);
    assert.ok(Math.abs(rig.plant.trueC('zone1') - 200) < 0.5);
    assert.equal(rig.outcomes.filter(({ command }) => command.origin === 'system').length, 1);
  });

  it('the configuration wins where it has changed since, and where what was kept can’t be', () => {
    const cases: readonly (readonly [string, RetainedGains | undefined, Gains])[] = [
      ['as it was', kept(), wild],
      ['a recipe’s, without its recipe', kept({ from: 'recipe' }), factoryGains],
      ['configured otherwise since', kept({ configured: { kp: 4, ki: 0.1, kd: 10 } }), factoryGains],
      ['no number', kept({ gains: { kp: Number.NaN, ki: 0.1, kd: 10 } }), factoryGains],
      ['negative', kept({ gains: { kp: -1, ki: 0.1, kd: 10 } }), factoryGains],
      ['nothing', undefined, factoryGains],
    ];
    for (const [name, gains, expected] of cases) {
      const rig = restarted(gains === undefined ? {} : { zone1: gains });
      assert.deepEqual(zoneStatus(rig, 'zone1').gains, expected, name);
      assert.equal(zoneStatus(rig, 'zone1').gainsFrom === 'configuration', expected === factoryGains, name);
    }
  });

  it('an older state without gains is read as ever', () => {
    const { gains: _none, ...retained } = new Rig().core.retained();
    assert.deepEqual(zoneStatus(new Rig({ retained }), 'zone1').gains, factoryGains);
  });
});
