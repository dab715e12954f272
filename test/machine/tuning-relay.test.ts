import assert from 'node:assert/strict';
import fc from 'fast-check';

import type { TuningDeclaration } from '../../machine/declaration.ts';
import { Baseline } from '../../machine/tuning/baseline.ts';
import { unlikeness, type RelayCycle } from '../../machine/tuning/relay-cycle.ts';
import { RelayTest } from '../../machine/tuning/relay-test.ts';
import { predictStep } from '../../machine/tuning/step-response.ts';
import { tyreusLuyben, ultimateGain } from '../../machine/tuning/ultimate-gain.ts';
import { factoryMachine } from './factory.ts';

const { tuning } = factoryMachine();
const scanSeconds = 0.25;

interface Zone {
  readonly gainKPerPercent: number;
  readonly timeConstantSeconds: number;
  readonly deadTimeSeconds: number;
}

const zone: Zone = { gainKPerPercent: 3, timeConstantSeconds: 400, deadTimeSeconds: 8 };

/** Plays a relay test on a zone of first order with dead time, from rest at 200 °C in 23 °C. */
function play(test: RelayTest, { gainKPerPercent, timeConstantSeconds, deadTimeSeconds }: Zone, seconds = 3_600) {
  let temperatureC = 200;
  const rest = (200 - 23) / gainKPerPercent;
  const underWay = Array.from({ length: Math.round(deadTimeSeconds / scanSeconds) }, () => rest);
  const duties: number[] = [];
  const temperatures: number[] = [];
  for (let scan = 0; scan * scanSeconds < seconds && test.verdict === null; scan++) {
    const duty = test.step(temperatureC, scanSeconds);
    duties.push(duty);
    temperatures.push(temperatureC);
    underWay.push(duty);
    const settlesC = 23 + gainKPerPercent * (underWay.shift() ?? 0);
    temperatureC += ((settlesC - temperatureC) * scanSeconds) / timeConstantSeconds;
  }
  return { duties, temperatures };
}

function relay(
  order: Partial<ConstructorParameters<typeof RelayTest>[1]> = {},
  change: Partial<TuningDeclaration> = {},
) {
  return new RelayTest(
    { ...tuning, ...change },
    {
      setpointC: 200,
      centrePercent: 59,
      maximumDutyPercent: 100,
      ...order,
    },
  );
}

/** How long the look at a course of errors takes, and what it finds. */
function settled(errors: (second: number) => number): { atSeconds: number; baseline: Baseline } {
  const baseline = new Baseline(tuning);
  let seconds = 0;
  while (!baseline.isComplete) {
    seconds += scanSeconds;
    baseline.add(errors(seconds), 55, scanSeconds);
    assert.ok(seconds < 3_600, 'never settled');
  }
  return { atSeconds: seconds, baseline };
}

describe('from the relay to gains', () => {
  it('takes the hysteresis into account', () => {
    // d = 30 %, a = 0.5 K, ε = 0.3 K: √(a² − ε²) = 0.4 K
    assert.ok(Math.abs(ultimateGain(30, 0.5, 0.3) - 120 / (Math.PI * 0.4)) < 1e-9);
    assert.ok(Math.abs(ultimateGain(30, 0.5, 0) - 120 / (Math.PI * 0.5)) < 1e-9);
  });

  it('follows Tyreus and Luyben: 0.455·Ku, 2.2·Pu, Pu / 6.3, to three digits', () => {
    const gains = tyreusLuyben({ gainPercentPerK: 20, periodSeconds: 50 });
    assert.deepEqual(gains, { kp: 9.1, ki: 0.0827, kd: 72.2 });
    assert.ok(Math.abs(gains.kp / gains.ki - 110) < 0.1);
    assert.ok(Math.abs(gains.kd / gains.kp - 50 / 6.3) < 0.01);
  });
});

describe('cycles of the relay', () => {
  const even: RelayCycle = { seconds: 50, swingK: 3, meanK: 0, meanPercent: 55, upShare: 0.5, amplitudePercent: 30 };
  const cases: readonly (readonly [name: string, cycles: readonly Partial<RelayCycle>[], said: RegExp | null])[] = [
    ['three alike ones make a result', [{}, {}, {}], null],
    ['two do not', [{}, {}], /only 2 of the 3 cycles/u],
    ['an odd one before them does not matter', [{ seconds: 90 }, {}, {}, {}], null],
    ['periods 15 % apart are alike', [{ seconds: 47 }, { seconds: 50 }, { seconds: 54 }], null],
    ['periods 16 % apart are not', [{ seconds: 46 }, { seconds: 50 }, { seconds: 54 }], /46…54 s differ by 16 %/u],
    ['swings 15 % apart are alike', [{ swingK: 2.8 }, { swingK: 3 }, { swingK: 3.24 }], null],
    ['swings 20 % apart are not', [{ swingK: 2.7 }, { swingK: 3 }, { swingK: 3.3 }], /swings .* differ by 20 %/u],
    ['up for 70 % of the time is even enough', [{}, { upShare: 0.7 }, {}], null],
    ['up for 71 % is not', [{}, {}, { upShare: 0.71 }], /up for 71 % of a cycle; the limit is 70 %/u],
    ['up for 29 % is not', [{ upShare: 0.29 }, {}, {}], /up for 29 % of a cycle; the limit is 30 %/u],
    ['a mean that moves by 0.8 K over 3 K of swing stands', [{ meanK: -0.4 }, {}, { meanK: 0.4 }], null],
    ['a mean that moves by 1 K drifts', [{ meanK: -0.5 }, {}, { meanK: 0.5 }], /drifts by 1 K .* limit is 0.9 K/u],
    ['a swing that is hardly more than the hysteresis says little', [{ swingK: 0.44 }, {}, {}], /0.4 K only/u],
  ];
  for (const [name, cycles, said] of cases) {
    it(name, () => {
      const found = unlikeness(
        cycles.map((change) => ({ ...even, ...change })),
        tuning,
      );
      if (said === null) assert.equal(found, null, found?.text);
      else assert.match(found?.text ?? 'alike', said);
    });
  }
});

describe('the relay test', () => {
  it('finds gain and period of a zone near what theory says of its describing function', () => {
    const test = relay();
    play(test, zone);
    assert.ok(test.verdict?.ok);
    const { gainPercentPerK, periodSeconds } = test.verdict.ultimate;
    // far above its corner the zone is an integrator with dead time L: a = L·K·d/τ + ε, and four times (L + ε·τ/(K·d)) a period
    const expected = (4 * zone.timeConstantSeconds) / (Math.PI * zone.gainKPerPercent * zone.deadTimeSeconds);
    assert.ok(Math.abs(gainPercentPerK / expected - 1) < 0.15, `Ku ${gainPercentPerK}, expected ${expected}`);
    assert.ok(periodSeconds > 4 * 8 && periodSeconds < 4 * 8 * 1.3, `Pu ${periodSeconds}`);
  });

  it('keeps the zone near the swing that is wanted, and moves its centre to the duty that holds the setpoint', () => {
    for (const centrePercent of [45, 59, 68]) {
      const test = relay({ centrePercent });
      const { temperatures } = play(test, zone);
      assert.ok(test.verdict?.ok, `${centrePercent} %: ${JSON.stringify(test.verdict)}`);
      assert.ok(Math.abs(test.centrePercent - 59) < 3, `centre ${test.centrePercent} %`);
      assert.ok(Math.max(...temperatures) < 200 + tuning.swingLimitK);
      const { swingK } = test.verdict;
      assert.ok(swingK > tuning.swingK / 1.7 && swingK < tuning.swingK * 1.7, `${swingK} K`);
    }
  });

  it('never leaves 0…the highest duty, whatever the zone and the order', () => {
    const settings = fc.record({
      centre: fc.double({ min: 0, max: 100, noNaN: true }),
      maximum: fc.double({ min: 1, max: 100, noNaN: true }),
      gain: fc.double({ min: 0.5, max: 8, noNaN: true }),
      time: fc.double({ min: 50, max: 2_000, noNaN: true }),
      dead: fc.double({ min: 0.5, max: 60, noNaN: true }),
    });
    fc.assert(
      fc.property(settings, ({ centre, maximum, gain, time, dead }) => {
        const test = relay({ centrePercent: centre, maximumDutyPercent: maximum });
        const { duties } = play(test, { gainKPerPercent: gain, timeConstantSeconds: time, deadTimeSeconds: dead });
        for (const duty of duties) assert.ok(duty >= 0 && duty <= maximum, `${duty} %`);
        if (test.verdict?.ok !== true) return;
        const { gainPercentPerK, periodSeconds } = test.verdict.ultimate;
        assert.ok(gainPercentPerK > 0 && Number.isFinite(gainPercentPerK) && periodSeconds > 0);
      }),
    );
  });

  it('fails with the number when the zone runs away from its setpoint', () => {
    const test = relay();
    assert.ok(test.step(209.9, scanSeconds) >= 0);
    assert.equal(test.verdict, null);
    assert.equal(test.step(210.1, scanSeconds), 59);
    assert.ok(test.verdict !== null && !(test.verdict as { ok: boolean }).ok);
    assert.match(JSON.stringify(test.verdict), /SWING_TOO_LARGE.*10.1 K from its setpoint; the limit is 10 K/u);
  });

  it('fails with the number when the cycles are never alike', () => {
    const test = relay({}, { mostCycles: 6 });
    let up = true;
    let scans = 0;
    // each half cycle takes longer than the one before, without end
    for (let half = 1; test.verdict === null; half++) {
      for (let scan = 0; scan < 20 * half; scan++) test.step(up ? 199 : 201, scanSeconds);
      up = !up;
      assert.ok(++scans < 100);
    }
    assert.equal(test.cycles, 6);
    assert.match(JSON.stringify(test.verdict), /CYCLES_NOT_ALIKE.*periods of .* differ by/u);
  });

  it('an unsymmetric relay ends as such', () => {
    const test = relay({}, { mostCycles: 12 });
    for (let scan = 0; test.verdict === null && scan < 10_000; scan++) {
      test.step(scan % 100 < 80 ? 197 : 203, scanSeconds);
    }
    assert.match(JSON.stringify(test.verdict), /CYCLES_NOT_ALIKE.*up for 80 % of a cycle; the limit is 70 %/u);
  });
});

describe('the look at the present gains', () => {
  it('takes the mean absolute error and the mean duty of one window', () => {
    const { atSeconds, baseline } = settled((second) => (Math.floor(second) % 2 === 0 ? 0.2 : -0.2));
    assert.equal(atSeconds, tuning.settleSeconds);
    assert.ok(Math.abs(baseline.meanErrorK - 0.2) < 1e-9);
    assert.ok(Math.abs(baseline.meanPercent - 55) < 1e-9);
  });

  it('does not take the way to the setpoint for the error at it', () => {
    const { atSeconds, baseline } = settled((second) => (second < 60 ? 5 - second / 12 : 0.1));
    assert.equal(atSeconds, 2 * tuning.settleSeconds);
    assert.ok(Math.abs(baseline.meanErrorK - 0.1) < 1e-9);
  });
});

describe('the predicted step', () => {
  const situation = { model: zone, coldC: 23, setpointC: 200, measurementDelaySeconds: 1, scanSeconds };
  const factoryGains = { kp: 5, ki: 0.1, kd: 10, derivativeFilterSeconds: 2 };

  it('begins at rest 10 K below and ends at the setpoint', () => {
    const { points, settlingSeconds } = predictStep(factoryGains, situation);
    assert.deepEqual(points[0], [0, 190]);
    assert.ok(points.length > 60 && points.length <= 130);
    assert.ok(Math.abs((points.at(-1)?.[1] ?? 0) - 200) < 0.2);
    assert.ok(settlingSeconds !== null && settlingSeconds > 20 && settlingSeconds < 400);
  });

  it('without any gains stays where it is, and never settles', () => {
    const still = predictStep({ kp: 0, ki: 0, kd: 0, derivativeFilterSeconds: 2 }, { ...situation, coldC: 190 });
    assert.deepEqual([still.overshootK, still.settlingSeconds], [0, null]);
    assert.ok(still.points.every(([, temperatureC]) => temperatureC === 190));
  });

  it('shows what gains beyond the ultimate gain do: more overshoot, no settling', () => {
    const wild = predictStep({ kp: 40, ki: 1, kd: 0, derivativeFilterSeconds: 2 }, situation);
    const tame = predictStep(factoryGains, situation);
    assert.ok(wild.overshootK > tame.overshootK, `${wild.overshootK} K, ${tame.overshootK} K`);
    assert.equal(wild.settlingSeconds, null);
  });
});
