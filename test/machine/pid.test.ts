import assert from 'node:assert/strict';
import fc from 'fast-check';

import type { Gains } from '../../machine/declaration.ts';
import { bumplessPid, regainedPid, restingPid, stepPid, type PidState } from '../../machine/control/pid.ts';
import { SetpointRamp } from '../../machine/control/setpoint-ramp.ts';
import { factoryMachine } from './factory.ts';
import { engineer, Rig } from './rig.ts';

const settings = { kp: 5, ki: 0.1, kd: 10, derivativeFilterSeconds: 2 };
const scanSeconds = 0.25;

const gains = fc.record({
  kp: fc.double({ min: 0.1, max: 50, noNaN: true }),
  ki: fc.double({ min: 0, max: 1, noNaN: true }),
  kd: fc.double({ min: 0, max: 200, noNaN: true }),
});

const unlimitedDuty = ({ kp, kd }: typeof settings | Gains, state: PidState): number =>
  kp * (200 - (state.measuredC ?? 0)) - kd * state.slopeKPerS + state.integralPercent;
const limited = (percent: number): number => Math.min(100, Math.max(0, percent));

describe('PID', () => {
  const states = fc.record({
    integralPercent: fc.double({ min: 0, max: 100, noNaN: true }),
    measuredC: fc.double({ min: 170, max: 230, noNaN: true }),
    slopeKPerS: fc.double({ min: -3, max: 3, noNaN: true }),
  });
  it('takes other gains without a jump of the duty, as far as the integral term reaches', () => {
    fc.assert(
      fc.property(gains, gains, states, (before, after, state) => {
        const next = regainedPid(before, after, state, 200);
        const gap = Math.abs(limited(unlimitedDuty(after, next)) - limited(unlimitedDuty(before, state)));
        assert.ok(next.integralPercent >= 0 && next.integralPercent <= 100);
        if (next.integralPercent > 0 && next.integralPercent < 100) assert.ok(gap < 1e-9, `${gap} %`);
        assert.deepEqual({ ...next, integralPercent: 0 }, { ...state, integralPercent: 0 });
      }),
    );
  });

  it('a duty that stays at its limit under other gains leaves the integral term alone', () => {
    fc.assert(
      fc.property(gains, gains, states, (before, after, state) => {
        const duties = [unlimitedDuty(before, state), unlimitedDuty(after, state)];
        fc.pre(duties.every((duty) => duty >= 100) || duties.every((duty) => duty <= 0));
        assert.ok(Math.abs(regainedPid(before, after, state, 200).integralPercent - state.integralPercent) < 1e-9);
      }),
    );
  });

  it('at the setpoint any gains give the duty that the others gave', () => {
    fc.assert(
      fc.property(gains, gains, fc.double({ min: 0, max: 100, noNaN: true }), (before, after, duty) => {
        const held = { integralPercent: duty, measuredC: 200, slopeKPerS: 0 };
        const state = regainedPid(before, after, held, 200);
        const step = stepPid({ ...after, derivativeFilterSeconds: 2 }, state, 200, 200, scanSeconds);
        assert.ok(Math.abs(step.dutyPercent - duty) < 1e-9);
      }),
    );
  });

  it('that has not stepped yet has nothing to rebase', () => {
    assert.equal(regainedPid(settings, { kp: 50, ki: 1, kd: 0 }, restingPid, 200), restingPid);
  });

  it('keeps below the highest duty that is allowed, and does not wind up against it', () => {
    let state: PidState = restingPid;
    for (let scan = 0; scan < 4_000; scan++) {
      const step = stepPid(settings, state, 200, 195, scanSeconds, 30);
      assert.ok(step.dutyPercent <= 30);
      state = step.state;
    }
    // 5 K leave 25 % to the proportional term, and one more step of the integral
    assert.ok(state.integralPercent <= 5 + 0.1 * 5 * scanSeconds, String(state.integralPercent));
  });

  it('the integral term leaves 0 % and 100 % as soon as the error changes its sign', () => {
    const full = bumplessPid(settings, restingPid, 200, 200, 100);
    assert.ok(stepPid(settings, full, 200, 200.5, scanSeconds).state.integralPercent < 100);
    assert.ok(stepPid(settings, restingPid, 200, 199.5, scanSeconds).state.integralPercent > 0);
  });
});

describe('the setpoint ramp', () => {
  it('is the setpoint itself where there is none', () => {
    assert.equal(new SetpointRamp(0).advance(200, 23, scanSeconds, settings), 200);
  });

  const sharp = { kp: 5, ki: 0, kd: 0 };

  it('begins at the measured temperature, moves at its rate and ends at the setpoint', () => {
    const ramp = new SetpointRamp(60);
    const followed = Array.from({ length: 14 }, () => ramp.advance(202, 199.5, scanSeconds, sharp));
    assert.deepEqual(followed.slice(0, 3), [199.5, 199.75, 200]);
    assert.deepEqual(followed.slice(-4), [202, 202, 202, 202]);
  });

  it('bends over before its end by the integral time of the PID, and gets there', () => {
    const ramp = new SetpointRamp(60);
    ramp.advance(200, 100, scanSeconds, settings);
    // kp / ki = 50 s: full rate down to 75 K left, then left / 75 s
    assert.equal(ramp.advance(200, 0, 25, settings), 125);
    assert.equal(ramp.advance(200, 0, 1, settings), 126);
    assert.ok(Math.abs(ramp.advance(200, 0, 1, settings) - (126 + 74 / 75)) < 1e-9);
    let scans = 0;
    while (ramp.advance(200, 0, scanSeconds, settings) !== 200) assert.ok(++scans < 4 * 600);
  });

  it('begins anew at the measured temperature when the setpoint changes, downwards too, and when it is told to', () => {
    const ramp = new SetpointRamp(60);
    const follow = (setpointC: number, measuredC: number): number =>
      ramp.advance(setpointC, measuredC, scanSeconds, sharp);
    follow(200, 100);
    follow(200, 100);
    assert.deepEqual([follow(50, 90), follow(50, 90)], [90, 89.75]);
    ramp.restart();
    assert.equal(follow(50, 80), 80);
  });

  it('never moves faster than its rate and never leaves the way', () => {
    const temperature = fc.double({ min: 0, max: 265, noNaN: true });
    fc.assert(
      fc.property(
        temperature,
        temperature,
        fc.double({ min: 0.1, max: 100, noNaN: true }),
        gains,
        (from, to, rate, pid) => {
          const ramp = new SetpointRamp(rate);
          let before = ramp.advance(to, from, scanSeconds, pid);
          for (let scan = 0; scan < 100; scan++) {
            const now = ramp.advance(to, 0, scanSeconds, pid);
            assert.ok(Math.abs(now - before) <= (rate / 60) * scanSeconds + 1e-9);
            assert.ok(now >= Math.min(from, to) - 1e-9 && now <= Math.max(from, to) + 1e-9);
            before = now;
          }
        },
      ),
    );
  });
});

describe('a machine with a setpoint ramp', () => {
  const rampKPerMinute = 12;
  const factory = factoryMachine();
  const declaration = {
    ...factory,
    zones: factory.zones.map((zone) => ({ ...zone, setpointRampKPerMinute: rampKPerMinute })),
  };

  function heating(): Rig {
    const rig = new Rig({ declaration, temperatureC: 150 });
    rig.write('heater.zone1.setpoint', 200);
    rig.write('heater.zone2.setpoint', 200);
    rig.run(1);
    rig.ask({ name: 'heat', on: true });
    return rig;
  }

  it('heats along the ramp from where the zone is, and is ready at the real setpoint only', () => {
    const rig = heating();
    assert.equal(workingC(rig), null);
    rig.until(() => workingC(rig) !== null, 5);
    const sinceMs = rig.nowMs;
    const startC = workingC(rig) ?? 0;
    assert.ok(Math.abs(startC - Number(rig.sample('temperature.zone1').value)) < 0.2, String(startC));
    const seconds = rig.until(() => rig.state === 'READY', 1_000);
    const ramped = ((195 - startC) / rampKPerMinute) * 60;
    assert.ok(seconds > ramped, `${seconds} s, the ramp alone takes ${ramped} s`);
    const followedC = startC + (rampKPerMinute * (rig.nowMs - sinceMs)) / 60_000;
    assert.ok((workingC(rig) ?? 0) <= Math.min(200, followedC));
    for (let scan = 0; scan < 2_400; scan++) {
      rig.scan();
      assert.ok(rig.plant.trueC('zone1') < 200.5, String(rig.plant.trueC('zone1')));
    }
    assert.equal(workingC(rig), 200);
  });

  it('tells the time to the band by the ramp where that is the slower', () => {
    const rig = heating();
    rig.until(() => workingC(rig) !== null, 5);
    const toldSeconds = rig.core.zones()[0]?.secondsToBand ?? 0;
    const ramped = ((195 - (workingC(rig) ?? 0)) / rampKPerMinute) * 60;
    assert.ok(toldSeconds > ramped - 5, `told ${toldSeconds} s, the ramp alone takes ${ramped} s`);
    const tookSeconds = rig.until(() => rig.plant.trueC('zone1') >= 195, 900);
    assert.ok(Math.abs(toldSeconds / tookSeconds - 1) < 0.2, `told ${toldSeconds} s, took ${tookSeconds} s`);
  });

  it('goes from MANUAL to AUTO without a bump although the setpoint is far away', () => {
    const rig = heating();
    rig.run(60);
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    assert.equal(workingC(rig), null);
    rig.write('heater.zone1.output', 45, engineer);
    rig.run(20);
    const before = Number(rig.output('heater.zone1.output'));
    assert.equal(before, 45);
    rig.ask({ name: 'setMode', mode: 'AUTO' });
    const after = Number(rig.output('heater.zone1.output'));
    assert.ok(Math.abs(after - before) < 1, `${before} % → ${after} %`);
    rig.run(2);
    assert.ok(Math.abs(Number(rig.output('heater.zone1.output')) - before) < 10);
  });

  it('takes a new setpoint from where the zone is', () => {
    const rig = heating();
    rig.until(() => rig.state === 'READY', 1_000);
    rig.run(120);
    rig.write('heater.zone1.setpoint', 210);
    rig.scan();
    assert.ok(Math.abs((workingC(rig) ?? 0) - 200) < 1, String(workingC(rig)));
    assert.equal(rig.state, 'HEATING');
    rig.run(600);
    assert.equal(workingC(rig), 210);
  });
});

describe('from MANUAL to AUTO at the setpoint', () => {
  it('the duty goes on from where it is', () => {
    const rig = new Rig().toReady();
    rig.run(300);
    const before = Number(rig.output('heater.zone1.output'));
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    assert.equal(rig.output('heater.zone1.output'), before);
    rig.ask({ name: 'setMode', mode: 'AUTO' });
    assert.ok(Math.abs(Number(rig.output('heater.zone1.output')) - before) < 0.5);
  });
});

function workingC(rig: Rig): number | null {
  return rig.core.zones()[0]?.workingSetpointC ?? null;
}
