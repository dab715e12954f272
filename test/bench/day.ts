import { Rig } from '../machine/rig.ts';

export interface DayFigures {
  readonly scans: number;
  readonly seconds: number;
  readonly goalSeconds: number;
  readonly contents: string;
}

const daySeconds = 24 * 3_600;
const shiftSeconds = 8 * 3_600;

/**
 * A simulated day in one go, plant included: three shifts that each heat up, start, produce and stop, with another setpoint in
 * the middle of each, and heating off between them.
 */
export function benchDay(): DayFigures {
  const rig = new Rig();
  const beganMs = performance.now();
  const firstMs = rig.nowMs;
  let scans = 0;
  const countScan = rig.scan.bind(rig);
  rig.scan = (...actions) => {
    scans++;
    return countScan(...actions);
  };
  for (let shift = 1; shift <= daySeconds / shiftSeconds; shift++) {
    runShift(rig, firstMs + shift * shiftSeconds * 1_000);
  }
  const seconds = (performance.now() - beganMs) / 1_000;
  const { cycles } = rig.core.retained();
  const trips = rig.events.filter(({ transition }) => transition === 'tripped').length;
  const contents = `heated up 3 times, ${cycles} starts and stops, ${trips} trips`;
  return { scans, seconds, goalSeconds: 30, contents };
}

/** @param endMs simulated time at which the next shift takes over */
export function runShift(rig: Rig, endMs: number): void {
  const until = (ms: number): void => rig.run(Math.max(0, ms - rig.nowMs) / 1_000);
  for (const [signal, value] of [
    ['heater.zone1.setpoint', 200],
    ['heater.zone2.setpoint', 200],
    ['motor.main.setpoint', 600],
    ['motor.feed.setpoint', 200],
  ] as const)
    rig.write(signal, value);
  rig.ask({ name: 'heat', on: true });
  rig.until(() => rig.state === 'READY', 3_600);
  rig.ask({ name: 'start' });
  rig.until(() => rig.state === 'RUNNING', 60);
  until(rig.nowMs + (endMs - rig.nowMs) / 2);
  rig.write('heater.zone1.setpoint', 210);
  until(endMs - 3_600_000);
  rig.ask({ name: 'stop' });
  rig.until(() => rig.state === 'READY' || rig.state === 'HEATING', 60);
  rig.ask({ name: 'heat', on: false });
  until(endMs);
}
