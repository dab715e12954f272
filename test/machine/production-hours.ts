import assert from 'node:assert/strict';

import { engineer, Rig } from './rig.ts';

/** What a production saw, so that a test can tell that it was one. */
export interface ProductionReport {
  starts: number;
  setpointChanges: number;
  loadSteps: number;
  doors: number;
  coolings: number;
  zoneTests: number;
}

/**
 * Hours of production as they may come: heating up, starts and stops, new setpoints and speeds, load steps, doors that open
 * and a hall that warms up, nights, tests of zones. The machine is sound all the time, so every alarm is a false one.
 */
export function produce(rig: Rig, hours: number, seed: number): ProductionReport {
  const report = { starts: 0, setpointChanges: 0, loadSteps: 0, doors: 0, coolings: 0, zoneTests: 0 };
  let random = seed;
  const draw = (below: number): number => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((random / 2 ** 32) * below);
  };
  const setpoint = (zone: string): void => {
    assert.equal(rig.write(`heater.${zone}.setpoint`, 185 + draw(45)).accepted, true);
    report.setpointChanges++;
  };
  const heat = (): void => {
    assert.equal(rig.ask({ name: 'heat', on: true }).accepted, true);
    rig.until(() => rig.state === 'READY', 3_600);
  };
  rig.run(2);
  rig.write('motor.main.setpoint', 300);
  rig.write('motor.feed.setpoint', 100);
  setpoint('zone1');
  setpoint('zone2');
  heat();
  const untilMs = rig.nowMs + hours * 3_600_000;
  while (rig.nowMs < untilMs) {
    switch (draw(9)) {
      case 0:
        if (rig.state === 'RUNNING') rig.ask({ name: 'stop' });
        break;
      case 1:
      case 2:
        if (rig.state === 'READY' && rig.ask({ name: 'start' }).accepted) report.starts++;
        break;
      case 3:
        setpoint('zone1');
        break;
      case 4:
        setpoint('zone2');
        break;
      case 5:
        rig.plant.loadK = draw(45);
        report.loadSteps++;
        break;
      case 6:
        rig.plant.ambientOffsetK = draw(25) - 15;
        report.doors++;
        break;
      case 7:
        if (draw(4) > 0 || (rig.state !== 'READY' && rig.state !== 'HEATING')) break;
        rig.ask({ name: 'heat', on: false });
        rig.run(600 + draw(7_200));
        heat();
        report.coolings++;
        break;
      default: {
        const zone = draw(2) === 0 ? 'zone1' : 'zone2';
        if (!rig.ask({ name: 'testZone', zone }, engineer).accepted) break;
        report.zoneTests++;
        rig.until(() => rig.core.zones().every(({ test }) => test?.verdict !== 'running'), 200);
        assert.equal(rig.core.zones().find(({ id }) => id === zone)?.test?.verdict, 'ok');
      }
    }
    rig.run(60 + draw(600));
    assert.deepEqual(
      rig.events.map(({ occurrence, transition }) => `${occurrence.id} ${transition}`),
      [],
      `after ${((rig.nowMs - (untilMs - hours * 3_600_000)) / 3_600_000).toFixed(2)} h, ${JSON.stringify(report)}`,
    );
  }
  return report;
}
