import assert from 'node:assert/strict';

import type { RetainedState } from '../../machine/core.ts';
import type { RetainedModel } from '../../machine/model/retained-model.ts';
import type { ZoneModelStatus } from '../../machine/zone-status.ts';
import { factoryMachine } from './factory.ts';
import type { PlantOptions } from './plant.ts';
import { engineer, Rig, type RigOptions } from './rig.ts';

function heating(options: RigOptions = {}, setpointC = 200): Rig {
  const rig = new Rig(options);
  rig.run(2);
  rig.write('heater.zone1.setpoint', setpointC);
  rig.write('heater.zone2.setpoint', setpointC);
  assert.equal(rig.ask({ name: 'heat', on: true }).accepted, true);
  rig.run(3);
  return rig;
}

/** Setpoints that move both zones apart and together. */
const lessons: readonly (readonly [number, number])[] = [
  [200, 200],
  [150, 220],
  [220, 150],
  [200, 100],
  [100, 200],
  [240, 240],
];

function teach(rig: Rig, times = 1): Rig {
  for (let time = 0; time < times; time++) {
    for (const [zone1C, zone2C] of lessons) {
      rig.write('heater.zone1.setpoint', zone1C);
      rig.write('heater.zone2.setpoint', zone2C);
      rig.run(900);
    }
  }
  return rig;
}

function models(rig: Rig): ZoneModelStatus[] {
  return rig.core.zones().map(({ model }) => model);
}

function sources(rig: Rig): string[] {
  return models(rig).map(({ from }) => from);
}

function near(actual: number, expected: number, share: number, what: string): void {
  assert.ok(Math.abs(actual / expected - 1) <= share, `${what} is ${actual.toFixed(3)}, truly ${expected.toFixed(3)}`);
}

describe('the heater model that is learnt', () => {
  const barrels: readonly Partial<PlantOptions>[] = [
    {},
    { gainShare: 0.85, timeShare: 0.85 },
    { gainShare: 1.25, timeShare: 1.3 },
    { gainShare: 1, timeShare: 1.2, extraDeadSeconds: 4 },
  ];
  for (const plant of barrels) {
    it(`comes close to the barrel's true one: ${JSON.stringify(plant)}`, () => {
      const rig = teach(heating({ plant }), 2);
      assert.deepEqual(sources(rig), ['learnt', 'learnt']);
      const { gainShare = 1.06, timeShare = 1.1, extraDeadSeconds = 0 } = plant;
      for (const [place, { model: nominal }] of rig.declaration.zones.entries()) {
        const model = models(rig)[place];
        assert.ok(model);
        near(model.gainKPerPercent, nominal.gainKPerPercent * gainShare, 0.06, 'the gain');
        near(model.timeConstantSeconds, nominal.timeConstantSeconds * timeShare, 0.06, 'the time constant');
        // sensor lag and average count as dead time
        const deadSeconds = nominal.deadTimeSeconds + extraDeadSeconds + 3;
        assert.ok(Math.abs(model.deadTimeSeconds - deadSeconds) <= 2.5, `dead time ${model.deadTimeSeconds} s`);
        assert.ok(Math.abs((model.warmedBy[0]?.kPerK ?? 0) - 0.1) <= 0.04, `lift ${model.warmedBy[0]?.kPerK}`);
        assert.ok(Number(model.errorShare) < 0.2, `error share ${model.errorShare}`);
      }
      assert.deepEqual(rig.events, []);
    }).timeout(30_000);
  }

  it('is not in force before it foretold several minutes clearly better', () => {
    const rig = heating();
    rig.run(200);
    assert.deepEqual(sources(rig), ['configuration', 'configuration']);
    rig.until(() => sources(rig).every((source) => source === 'learnt'), 1_200);
  });

  it('stays close to the nominal one where that is right', () => {
    const rig = teach(heating(asNominal()));
    for (const { gainKPerPercent, timeConstantSeconds } of models(rig)) {
      near(gainKPerPercent, 3, 0.03, 'the gain');
      assert.ok(timeConstantSeconds > 350 && timeConstantSeconds < 412);
    }
  }).timeout(20_000);

  it('goes when it is clearly worse than the nominal one', () => {
    const options = asNominal();
    const retained = heating(options).core.retained();
    const after = heating({ ...options, retained: { ...retained, models: spoiled(retained) } });
    assert.deepEqual(sources(after), ['learnt', 'learnt']);
    const seconds = after.until(() => sources(after).every((source) => source === 'configuration'), 900);
    assert.ok(seconds >= 100, `after ${seconds} s`);
    assert.deepEqual(after.core.retained().models?.zone1?.inForce, false);
    assert.deepEqual(after.events, []);
  }).timeout(20_000);

  it('mends itself when the barrel has changed', () => {
    const before = teach(heating({ plant: { gainShare: 1.3 } }));
    const after = teach(heating({ retained: before.core.retained(), plant: { gainShare: 0.9 } }));
    for (const { gainKPerPercent } of models(after)) near(gainKPerPercent, 2.7, 0.06, 'the gain');
    assert.deepEqual(after.events, []);
  }).timeout(20_000);

  it('survives a restart, with its place in force', () => {
    const rig = teach(heating());
    const retained = JSON.parse(JSON.stringify(rig.core.retained())) as RetainedState;
    const after = new Rig({ retained });
    assert.deepEqual(sources(after), ['learnt', 'learnt']);
    for (const [place, model] of models(after).entries()) {
      near(model.gainKPerPercent, models(rig)[place]?.gainKPerPercent ?? 0, 0.03, 'the gain');
    }
    assert.deepEqual(after.core.retained().models, retained.models);
  }).timeout(20_000);

  it('is thrown away when the configuration has another nominal model, when it is damaged, or was never kept', () => {
    const retained = teach(heating()).core.retained();
    const { models: kept, ...older } = retained;
    assert.ok(kept);
    assert.deepEqual(sources(new Rig({ retained: older })), ['configuration', 'configuration']);
    const machine = factoryMachine();
    const zones = machine.zones.map((zone, place) =>
      place === 0 ? { ...zone, model: { ...zone.model, gainKPerPercent: 3.1 } } : zone,
    );
    const other = new Rig({ retained, declaration: { ...machine, zones } });
    assert.deepEqual(sources(other), ['configuration', 'learnt']);
    assert.equal(models(other)[0]?.gainKPerPercent, 3.1);
    for (const gainKPerPercent of [Number.NaN, 30, -1, null as unknown as number]) {
      const damaged = Object.fromEntries(
        Object.entries(kept).map(([id, each]) => [id, { ...each, learnt: { ...each.learnt, gainKPerPercent } }]),
      );
      const rig = new Rig({ retained: { ...retained, models: damaged } });
      assert.deepEqual(sources(rig), ['configuration', 'configuration'], String(gainKPerPercent));
    }
  }).timeout(20_000);

  it('is thrown away, and the machine comes up, whatever stands in its place on the disk', () => {
    const retained = teach(heating()).core.retained();
    const kept = retained.models?.zone1;
    assert.ok(kept);
    const { nominal, learnt } = kept;
    const { liftKPerK, ...withoutLift } = learnt;
    assert.equal(liftKPerK.length, 1);
    const inPlace: readonly unknown[] = [
      null,
      5,
      'model',
      [],
      {},
      { learnt, inForce: true },
      { nominal: null, learnt, inForce: true },
      { nominal: {}, learnt, inForce: true },
      { nominal, inForce: true },
      { nominal, learnt: {}, inForce: true },
      { nominal, learnt: withoutLift, inForce: true },
      { nominal: { ...nominal, liftKPerK: null }, learnt, inForce: true },
      { nominal, learnt: { ...learnt, liftKPerK: [] }, inForce: true },
      { nominal, learnt: { ...learnt, liftKPerK: ['0.1'] }, inForce: true },
      { nominal, learnt: { ...learnt, liftKPerK: { length: 1 } }, inForce: true },
      { nominal, learnt },
    ];
    for (const zone1 of inPlace) {
      const damaged = JSON.parse(
        JSON.stringify({ ...retained, models: { ...retained.models, zone1 } }),
      ) as RetainedState;
      const rig = new Rig({ retained: damaged });
      rig.run(2);
      assert.deepEqual(sources(rig), ['configuration', 'learnt'], JSON.stringify(zone1));
    }
    for (const models of [null, 5, 'models', []]) {
      const damaged = JSON.parse(JSON.stringify({ ...retained, models })) as RetainedState;
      assert.deepEqual(
        sources(new Rig({ retained: damaged })),
        ['configuration', 'configuration'],
        JSON.stringify(models),
      );
    }
  }).timeout(20_000);

  it('goes out of force again when the machine trips just after it came in', () => {
    const rig = heating();
    rig.until(() => sources(rig)[0] === 'learnt', 3_600);
    assert.equal(rig.core.retained().models?.zone1?.inForce, true);
    rig.run(1);
    rig.ask({ name: 'emergencyStop' });
    rig.run(1);
    assert.equal(sources(rig)[0], 'configuration');
    assert.equal(rig.core.retained().models?.zone1?.inForce, false);
  }).timeout(20_000);

  it('is the one from some minutes before when the machine trips, also over a restart', () => {
    const rig = teach(heating());
    const inForce = (): string => {
      const [model] = models(rig);
      return `${model?.gainKPerPercent} ${model?.timeConstantSeconds}`;
    };
    const seen: string[] = [];
    for (let turn = 0; turn < 40; turn++) {
      rig.write('heater.zone1.setpoint', turn % 2 === 0 ? 180 : 200);
      for (let part = 0; part < 12; part++) {
        rig.run(10);
        seen.push(inForce());
      }
    }
    rig.ask({ name: 'emergencyStop' });
    rig.run(1);
    const after = inForce();
    const agoSeconds = 10 * (seen.length - 1 - seen.lastIndexOf(after));
    assert.ok(seen.includes(after) && agoSeconds <= 250, `it is from ${agoSeconds} s before`);
    assert.notEqual(after, seen.at(-1));
    const gain = rig.core.retained().models?.zone1?.learnt.gainKPerPercent ?? Number.NaN;
    near(gain, models(rig)[0]?.gainKPerPercent ?? Number.NaN, 0.03, 'what is kept of the gain');
  }).timeout(20_000);

  it('is kept when it came into force, and not with every scan', () => {
    const rig = heating();
    let kept = 0;
    for (let scan = 0; scan < 4 * 1_800; scan++) if (rig.scan().retain) kept++;
    assert.ok(kept >= 2 && kept < 40, `kept ${kept} times in half an hour`);
  }).timeout(20_000);
});

describe('learning', () => {
  const disturbances: readonly (readonly [string, (rig: Rig) => void])[] = [
    ['heating is off', (rig) => rig.ask({ name: 'heat', on: false })],
    ['the reading of the zone is bad', (rig) => rig.injected.set('temperature.zone1', 'BadSensorFailure')],
    ['the reading of a zone that warms it is bad', (rig) => rig.injected.set('temperature.zone2', 'BadSensorFailure')],
    ['the power does not agree', (rig) => rig.injected.set('heater.power', 0.2)],
    ['the power is not known', (rig) => rig.injected.set('heater.power', 'BadDeviceFailure')],
    ['the reading stands still', (rig) => rig.injected.set('temperature.zone1', 80)],
    ['a trip is latched', (rig) => rig.ask({ name: 'emergencyStop' })],
  ];
  for (const [what, disturb] of disturbances) {
    it(`pauses while ${what}`, () => {
      const rig = heating();
      rig.run(60);
      assert.equal(models(rig)[0]?.learning, true);
      disturb(rig);
      rig.run(2.5);
      if (what.includes('stands still')) rig.run(15);
      assert.equal(models(rig)[0]?.learning, false);
    });
  }

  it('pauses while a drive turns and for a minute after it', () => {
    const rig = new Rig().toReady();
    assert.equal(models(rig)[0]?.learning, true);
    rig.ask({ name: 'start' });
    rig.run(30);
    assert.equal(models(rig)[0]?.learning, false);
    rig.ask({ name: 'stop' });
    rig.until(() => rig.state !== 'STOPPING', 30);
    rig.run(50);
    assert.equal(models(rig)[0]?.learning, false);
    rig.run(15);
    assert.equal(models(rig)[0]?.learning, true);
  });

  it('goes on in MANUAL, where the duties differ most', () => {
    const rig = heating();
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    rig.run(10);
    assert.equal(models(rig)[0]?.learning, true);
  });

  it('never takes a sensor in the air for a weak heater', () => {
    const rig = heating();
    rig.plant.faults.detachedSensors.add('zone1');
    rig.until(() => rig.state === 'ALARM', 90);
    rig.plant.faults.detachedSensors.delete('zone1');
    rig.run(5);
    assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, true);
    rig.run(600);
    assert.equal(rig.ask({ name: 'heat', on: true }).accepted, true);
    teach(rig);
    assert.equal(sources(rig)[0], 'learnt');
    near(models(rig)[0]?.gainKPerPercent ?? 0, 3 * 1.06, 0.1, 'the gain');
  }).timeout(20_000);

  it('does not take for normal what a heater loses slowly, down to half of its power', () => {
    const rig = teach(heating());
    const before = models(rig)[0]?.gainKPerPercent ?? 0;
    for (let step = 0; step < 20; step++) {
      rig.plant.faults.weakHeaters.set('zone1', 1 - (0.5 * (step + 1)) / 20);
      const [zone1C, zone2C] = lessons[step % lessons.length] ?? [200, 200];
      // not so high that half a heater can't get there: that would trip
      rig.write('heater.zone1.setpoint', Math.min(zone1C, 150));
      rig.write('heater.zone2.setpoint', zone2C);
      rig.run(900);
    }
    assert.equal(rig.state === 'READY' || rig.state === 'HEATING', true);
    const share = (models(rig)[0]?.gainKPerPercent ?? 0) / before;
    assert.ok(share > 0.68, `what is expected of the heater fell to ${(share * 100).toFixed(0)} %`);
    // alone at full duty the loss is told
    rig.write('heater.zone2.setpoint', 0);
    rig.write('heater.zone1.setpoint', 200);
    rig.run(15);
    assert.equal(rig.alarm('HEATER_POWER_MISMATCH')?.active, true);
  }).timeout(30_000);

  it('takes nothing from a barrel that stands still at ambient', () => {
    const rig = heating({}, 0);
    rig.run(60);
    const before = models(rig);
    rig.run(3_600);
    assert.deepEqual(
      models(rig).map(({ gainKPerPercent }) => gainKPerPercent),
      before.map(({ gainKPerPercent }) => gainKPerPercent),
    );
  });
});

/** A barrel that is just as its configuration says: what lag and average of the sensor add stands in the dead time. */
function asNominal(): RigOptions {
  const machine = factoryMachine();
  const zones = machine.zones.map((zone) => ({
    ...zone,
    model: { ...zone.model, deadTimeSeconds: zone.model.deadTimeSeconds + 3 },
  }));
  return { declaration: { ...machine, zones }, plant: { gainShare: 1, timeShare: 1, extraDeadSeconds: -3 } };
}

/** Models in force that expect far more than they should. */
function spoiled({ models: kept }: RetainedState): Readonly<Record<string, RetainedModel>> {
  assert.ok(kept);
  return Object.fromEntries(
    Object.entries(kept).map(([id, each]) => [
      id,
      { ...each, inForce: true, learnt: { ...each.learnt, gainKPerPercent: 4.2 } },
    ]),
  );
}
