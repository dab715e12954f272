import assert from 'node:assert/strict';

import type { GuardDeclaration, HeaterModel, MachineDeclaration } from '../../machine/declaration.ts';
import { guardFrozenSensors } from '../../machine/interlocks/frozen-sensor.ts';
import { factoryMachine } from './factory.ts';
import { GuardBench } from './guard-bench.ts';

const reading = 'temperature.zone1';
/** Of zone 1: what 1 % lifts it by in the end, in K, and its time constant. */
const [gainKPerPercent, timeConstantSeconds] = [3, 400];
/** Share of its way that the zone comes while a reading may stand still. */
const comes = 1 - Math.exp(-60 / timeConstantSeconds);

function bench(machine: MachineDeclaration = factoryMachine()): GuardBench {
  const made = new GuardBench(machine);
  made.guards.push(guardFrozenSensors(made));
  return made;
}

/** The heat of a duty arrives at once, so that the time it takes does not blur a limit. */
function prompt(model: Partial<HeaterModel> = {}, guards: Partial<GuardDeclaration> = {}): MachineDeclaration {
  const machine = factoryMachine();
  const zones = machine.zones.map((zone) => ({ ...zone, model: { ...zone.model, deadTimeSeconds: 0, ...model } }));
  return { ...machine, zones, guards: { ...machine.guards, ...guards } };
}

function isCondemned(made: GuardBench): boolean {
  return made.zone('zone1').sensor.channel.failure?.kind === 'frozen';
}

/** @returns seconds that the reading has stood still when it is condemned */
function secondsStill(made: GuardBench, withinSeconds: number, before?: (seconds: number) => void): number | null {
  return made.secondsUntil(() => isCondemned(made), withinSeconds, before);
}

/** The duty of zone 1 rises with the scan after the one in which the reading is seen to stand still. */
const thenDuty = (made: GuardBench, dutyPercent: number) => (seconds: number) => {
  if (seconds > 0) made.zone('zone1').dutyPercent = dutyPercent;
};

/** Zone 1 changes by so much in 20 s, and stands still from then on. */
function afterSlope(changeK: number): GuardBench {
  const made = bench(prompt());
  made.reads.set(reading, 150);
  made.secondsUntil(
    () => false,
    20,
    (passed) => made.reads.set(reading, 150 + (changeK * passed) / 20),
  );
  return made;
}

/** What it goes on by in 60 s more, behind the 0.2 K that are noise: the slope dies away as the zone settles. */
const goesOnK = (changeK: number): number => ((changeK - 0.2) / 20) * timeConstantSeconds * comes;

/** The sensor of a zone at 173 °C fails, and with the next scan its duty of 50 % is gone. */
function brokenOff(): GuardBench {
  const made = bench(prompt());
  made.reads.set(reading, 173);
  made.zone('zone1').dutyPercent = 50;
  made.run(1);
  made.reads.set(reading, 'BadDeviceFailure');
  made.scan();
  made.zone('zone1').dutyPercent = 0;
  return made;
}

describe('a reading that stands still', () => {
  it('is condemned after 60 s to the scan, while the zone heats up from cold', () => {
    const made = bench(prompt());
    assert.equal(secondsStill(made, 100, thenDuty(made, 100)), 60);
  });

  for (const [movesK, seconds] of [
    [1.9, null],
    [2.1, 60],
  ] as const) {
    it(`is ${seconds === null ? 'not' : ''} condemned after 60 s when the zone must have moved by ${movesK} K`, () => {
      const made = bench(prompt());
      assert.equal(secondsStill(made, 60, thenDuty(made, movesK / comes / gainKPerPercent)), seconds);
    });
  }

  it('is condemned when the zone must have moved by more than the limit, not at the limit', () => {
    // 100 % drives this zone by exactly 1 K/s at first, and the machine scans every 2 s
    const machine = prompt(
      { gainKPerPercent: 4, timeConstantSeconds: 400, coupling: [] },
      { frozenSeconds: 1, frozenModelK: 2 },
    );
    const made = bench({ ...machine, scanPeriodMs: 2_000 });
    assert.equal(secondsStill(made, 20, thenDuty(made, 100)), 4);
  });

  it('is never condemned for a move that stays below 2 K for good', () => {
    const made = bench(prompt());
    assert.equal(secondsStill(made, 3_600, thenDuty(made, 1.9 / gainKPerPercent)), null);
  });

  it('is not condemned when its neighbour loses what its own heater gains', () => {
    const made = bench(prompt());
    made.reads.set('temperature.zone2', 323);
    const seconds = secondsStill(made, 300, (passed) => {
      if (passed > 0) made.reads.set('temperature.zone2', 23);
      // a tenth of 300 K of the neighbour is 10 % of its own heater
      made.zone('zone1').dutyPercent = passed > 0 ? 10 : 0;
    });
    assert.equal(seconds, null);
  });

  it('is condemned when its neighbour alone must have warmed it', () => {
    const made = bench(prompt());
    const seconds = secondsStill(made, 100, (passed) => passed > 0 && made.reads.set('temperature.zone2', 323));
    assert.equal(seconds, 60);
  });
});

describe('a reading that stands still after a slope', () => {
  for (const changeK of [0.8, 1.2] as const) {
    const seconds = goesOnK(changeK) > 2 ? 60 : null;
    for (const sign of [1, -1]) {
      it(`of ${sign * changeK} K in 20 s is ${seconds === null ? 'not' : ''} condemned after 60 s`, () => {
        const made = afterSlope(sign * changeK);
        const { unchangedSinceMs } = made.zone('zone1').sensor.channel;
        assert.ok(unchangedSinceMs !== null);
        const still = made.secondsUntil(() => isCondemned(made), 59.75) !== null;
        assert.equal(still, seconds !== null);
        if (still) assert.equal(made.situation.nowMs - unchangedSinceMs, 60_000);
      });
    }
  }

  it('of 0.2 K in 20 s is taken for noise, however long it stands still', () => {
    assert.equal(
      afterSlope(0.2).secondsUntil(() => false, 0),
      null,
    );
    for (const changeK of [0.2, -0.2, 0.1])
      assert.equal(secondsStill(afterSlope(changeK), 1_800), null, `${changeK} K`);
  });

  it('is not condemned when the duty that goes away just ends the rise', () => {
    const made = bench(prompt());
    made.reads.set(reading, 23);
    // 20 % drive it by 60 K, which it makes 60 K / 400 s of at first
    made.zone('zone1').dutyPercent = 20;
    const slopeKPerS = (20 * gainKPerPercent) / timeConstantSeconds;
    made.secondsUntil(
      () => false,
      20,
      (passed) => made.reads.set(reading, 23 + (slopeKPerS + 0.01) * passed),
    );
    made.zone('zone1').dutyPercent = 0;
    assert.equal(secondsStill(made, 300), null);
  });
});

describe('a reading that stands still is held against the model in force', () => {
  it('when it froze: another one that is learnt meanwhile moves no zone', () => {
    const made = bench(prompt());
    const zone = made.zone('zone1');
    made.reads.set(reading, 173);
    zone.dutyPercent = 50;
    // the duty has arrived before the reading is taken for still
    const seconds = secondsStill(made, 300, (passed) => {
      if (passed < 10) made.reads.set(reading, 173 + (Math.floor(passed) % 2) * 0.1);
      if (passed === 20) zone.model = { ...zone.model, gainKPerPercent: 2 * gainKPerPercent };
    });
    assert.equal(seconds, null);
  });

  it('when it froze, not the one before', () => {
    const made = bench(prompt());
    const zone = made.zone('zone1');
    made.run(10);
    zone.model = { ...zone.model, gainKPerPercent: 0.01 };
    made.reads.set(reading, 23.1);
    assert.equal(secondsStill(made, 300, thenDuty(made, 100)), null);
  });
});

describe('a sensor that has failed otherwise', () => {
  it('is not condemned as frozen besides, and is trusted with its first good reading, though that is the old one', () => {
    const made = brokenOff();
    const { channel } = made.zone('zone1').sensor;
    assert.equal(secondsStill(made, 300), null);
    assert.equal(channel.failure?.kind, 'device');
    made.reads.set(reading, 173);
    made.scan();
    assert.equal(channel.isGood, true);
  });

  it('is condemned no sooner than 60 s after it reads again', () => {
    const made = brokenOff();
    made.run(60);
    made.reads.set(reading, 173);
    assert.equal(secondsStill(made, 100, thenDuty(made, 100)), 60);
  });
});
