import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nominalPlant } from '../../simulator/plant/nominal-plant.ts';
import type { PlantInputs } from '../../simulator/plant/inputs.ts';
import type { PlantParameters } from '../../simulator/plant/parameters.ts';
import { coldPlant, withTemperatures, type PlantState } from '../../simulator/plant/state.ts';
import { stepPlant } from '../../simulator/plant/step-plant.ts';
import { factoryConfiguration } from './factory.ts';

const parameters = nominalPlant(factoryConfiguration().machine);

const atRest: PlantInputs = {
  heating: [0, 0],
  shafts: [
    { powered: false, targetRpm: 0 },
    { powered: false, targetRpm: 0 },
  ],
  fan: false,
  pump: false,
  nozzleFan: 0,
};

const running: PlantInputs = {
  ...atRest,
  shafts: [
    { powered: true, targetRpm: 1000 },
    { powered: true, targetRpm: 300 },
  ],
  fan: true,
  pump: true,
};

function cold(): PlantState {
  return coldPlant(parameters, 1);
}

function hot(temperatureC: number): PlantState {
  return withTemperatures(cold(), {
    zones: parameters.zones.map(() => temperatureC),
    throat: undefined,
    motor: undefined,
  });
}

function zoneC(state: PlantState, zone: number): number {
  return state.zones[zone]?.barrelC ?? Number.NaN;
}

/** Seconds until the condition holds, looked at every second. */
function secondsUntil(start: PlantState, inputs: PlantInputs, holds: (state: PlantState) => boolean): number {
  let state = start;
  for (let seconds = 1; seconds <= 7200; seconds++) {
    state = stepPlant(parameters, state, inputs, 1);
    if (holds(state)) return seconds;
  }
  return Number.POSITIVE_INFINITY;
}

function heatStoredJ(plant: PlantParameters, state: PlantState): number {
  const zonesJ = plant.zones.reduce(
    (sum, { capacityJPerK }, index) => sum + capacityJPerK * (zoneC(state, index) - plant.ambientC),
    0,
  );
  return zonesJ + plant.throat.capacityJPerK * (state.throatC - plant.ambientC);
}

describe('simulated plant', () => {
  for (const zone of [0, 1]) {
    const alone = { ...atRest, heating: [zone === 0 ? 1 : 0, zone === 1 ? 1 : 0] };

    it(`reaches 300 °C in zone ${zone + 1} by full duty of that zone alone`, () => {
      const settled = stepPlant(parameters, cold(), alone, 2 * 3600);
      assert.ok(zoneC(settled, zone) >= 300, `${zoneC(settled, zone)} °C`);
      assert.ok(zoneC(settled, zone) < 400, `${zoneC(settled, zone)} °C`);
    });

    it(`heats zone ${zone + 1} with a time constant of 5 to 8 minutes`, () => {
      const settledC = zoneC(stepPlant(parameters, cold(), alone, 3 * 3600), zone);
      const at63PercentC = parameters.ambientC + 0.632 * (settledC - parameters.ambientC);
      const seconds = secondsUntil(cold(), alone, (state) => zoneC(state, zone) >= at63PercentC);
      assert.ok(seconds >= 300 && seconds <= 480, `${seconds} s`);
    });

    it(`shows nothing of the heat of zone ${zone + 1} for 5 to 10 s`, () => {
      const seconds = secondsUntil(cold(), alone, (state) => zoneC(state, zone) > parameters.ambientC + 0.05);
      assert.ok(seconds >= 5 && seconds <= 10, `${seconds} s`);
    });

    it(`warms the neighbour of zone ${zone + 1} by a part of its own rise`, () => {
      const settled = stepPlant(parameters, cold(), alone, 2 * 3600);
      const share = (zoneC(settled, 1 - zone) - parameters.ambientC) / (zoneC(settled, zone) - parameters.ambientC);
      assert.ok(share > 0.03 && share < 0.3, `${share}`);
    });
  }

  it('accounts for every joule, whatever is switched when', () => {
    const switching = fc.array(
      fc.record({
        seconds: fc.double({ min: 0, max: 120, noNaN: true }),
        heating: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
        isRunning: fc.boolean(),
        fan: fc.boolean(),
        pump: fc.boolean(),
        nozzleFan: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(switching, (steps) => {
        let state = cold();
        for (const { seconds, isRunning, ...inputs } of steps)
          state = stepPlant(parameters, state, { ...(isRunning ? running : atRest), ...inputs }, seconds);
        const suppliedJ = state.zones.reduce((sum, { electricJ }) => sum + electricJ, 0) + state.ledger.shearJ;
        const underWayJ = state.zones.reduce((sum, { underWayJ: slots }) => sum + slots.reduce((a, b) => a + b, 0), 0);
        const accountedJ = heatStoredJ(parameters, state) + underWayJ + state.ledger.lostJ + state.ledger.meltJ;
        assert.ok(Math.abs(suppliedJ - accountedJ) <= 1e-6 * Math.max(1, suppliedJ), `${suppliedJ} J, ${accountedJ} J`);
      }),
      { numRuns: 30 },
    );
  });

  it('is a pure function of state, inputs and time: the same steps give the same noise', () => {
    const inputs = { ...running, heating: [0.4, 0.6] };
    assert.deepEqual(stepPlant(parameters, cold(), inputs, 10), stepPlant(parameters, cold(), inputs, 10));
    assert.notDeepEqual(
      stepPlant(parameters, coldPlant(parameters, 2), inputs, 10).sensors,
      stepPlant(parameters, cold(), inputs, 10).sensors,
    );
  });

  it('stands still while no time passes', () => {
    const state = hot(200);
    assert.equal(stepPlant(parameters, state, running, 0), state);
  });

  it('measures with 0.05 K of noise around the sensor tip', () => {
    const errors: number[] = [];
    let state = cold();
    for (let index = 0; index < 2000; index++) {
      state = stepPlant(parameters, state, atRest, 0.1);
      for (const { tipC, readingC } of state.sensors.zones) errors.push(readingC - tipC);
    }
    const mean = errors.reduce((a, b) => a + b, 0) / errors.length;
    const deviation = Math.sqrt(errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / errors.length);
    assert.ok(Math.abs(mean) < 0.005, `mean ${mean} K`);
    assert.ok(deviation > 0.045 && deviation < 0.055, `deviation ${deviation} K`);
  });

  it('lets the sensor lag behind the barrel', () => {
    const jumped = { ...hot(100), sensors: cold().sensors };
    const later = stepPlant(parameters, jumped, atRest, parameters.sensorLagSeconds);
    const followed = ((later.sensors.zones[0]?.tipC ?? 0) - parameters.ambientC) / (100 - parameters.ambientC);
    assert.ok(Math.abs(followed - 0.632) < 0.02, `${followed}`);
  });

  it('needs more heat while it runs: cold feed cools the first zone most', () => {
    const idle = stepPlant(parameters, hot(200), { ...atRest, heating: [0.5, 0.5] }, 300);
    const fed = stepPlant(parameters, hot(200), { ...running, heating: [0.5, 0.5] }, 300);
    const [drop1, drop2] = [0, 1].map((zone) => zoneC(idle, zone) - zoneC(fed, zone));
    assert.ok((drop1 ?? 0) > 5, `zone 1 drops ${drop1} K`);
    assert.ok((drop1 ?? 0) > (drop2 ?? 0), `zone 2 drops ${drop2} K`);
  });

  it('can hold 200 °C at full feed with heat to spare', () => {
    const fullFeed = {
      ...running,
      nozzleFan: 1,
      heating: [1, 1],
      shafts: [
        { powered: true, targetRpm: 1500 },
        { powered: true, targetRpm: 600 },
      ],
    };
    const later = stepPlant(parameters, hot(200), fullFeed, 600);
    for (const zone of [0, 1]) assert.ok(zoneC(later, zone) > 220, `${zoneC(later, zone)} °C`);
  });

  it('ramps the shafts, and lets them coast without current', () => {
    const second = stepPlant(parameters, hot(200), running, 0.5);
    const ramp = parameters.shafts[0]?.rampRpmPerS ?? 0;
    assert.ok(Math.abs((second.shafts[0]?.speedRpm ?? 0) - ramp * 0.5) < 1e-6);
    const atSpeed = stepPlant(parameters, hot(200), running, 10);
    assert.equal(atSpeed.shafts[0]?.speedRpm, 1000);
    const coasting = stepPlant(parameters, atSpeed, atRest, 0.2);
    assert.equal(coasting.shafts[0]?.currentA, 0);
    assert.ok((coasting.shafts[0]?.speedRpm ?? 0) < 1000 && (coasting.shafts[0]?.speedRpm ?? 0) > 500);
  });

  it('turns either way', () => {
    const reverse = { ...running, shafts: running.shafts.map((drive) => ({ ...drive, targetRpm: -200 })) };
    assert.equal(stepPlant(parameters, cold(), reverse, 5).shafts[0]?.speedRpm, -200);
  });

  it('draws more current with material than empty, and more than its limit of 15 A with cold melt', () => {
    const empty = stepPlant(parameters, hot(200), { ...running, shafts: [running.shafts[0]!, atRest.shafts[1]!] }, 60);
    const working = stepPlant(parameters, hot(200), { ...running, heating: [0.7, 0.6] }, 60);
    const [emptyA, workingA] = [empty.shafts[0]?.currentA ?? 0, working.shafts[0]?.currentA ?? 0];
    assert.ok(emptyA > 1 && workingA > emptyA + 1 && workingA < 12, `${emptyA} A, ${workingA} A`);
    const stiff = stepPlant(parameters, hot(80), running, 60);
    assert.ok((stiff.shafts[0]?.currentA ?? 0) > 15, `${stiff.shafts[0]?.currentA} A`);
  });

  it('warms the main motor by its load: below 60 °C in sound work, more without its fan', () => {
    const work = { ...running, heating: [0.75, 0.6] };
    const hour = stepPlant(parameters, hot(200), work, 3600);
    const withoutFan = stepPlant(parameters, hot(200), { ...work, fan: false }, 3600);
    assert.ok(hour.motorC > 30 && hour.motorC < 60, `${hour.motorC} °C`);
    assert.ok(withoutFan.motorC > hour.motorC + 5, `${withoutFan.motorC} °C`);
  });

  it('keeps the feed throat cool by its water', () => {
    const dry = stepPlant(parameters, hot(200), { ...atRest, heating: [0.6, 0.6] }, 1800);
    const cooled = stepPlant(parameters, hot(200), { ...atRest, heating: [0.6, 0.6], pump: true }, 1800);
    assert.ok(dry.throatC > cooled.throatC + 5, `${dry.throatC} °C, ${cooled.throatC} °C`);
  });
});
