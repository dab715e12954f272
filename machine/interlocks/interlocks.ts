import { guardColdExtrusion } from './cold-extrusion.ts';
import { guardLines, guardModules } from './comms-lost.ts';
import { guardDriveFaults } from './drive-fault.ts';
import { guardDrivesRun } from './drive-not-running.ts';
import { guardDrivesStop } from './drive-not-stopping.ts';
import { guardDriveOverload } from './drive-overload.ts';
import { guardEstop } from './estop.ts';
import { guardFrozenSensors } from './frozen-sensor.ts';
import type { Guard, GuardGround } from './guard.ts';
import { guardNotHeating } from './heater-not-heating.ts';
import { guardPowerMismatch } from './heater-power-mismatch.ts';
import { guardUncontrolled } from './heater-uncontrolled.ts';
import { guardMotorTemperature, guardOverTemperature } from './over-temperature.ts';
import { guardOutputs } from './output-mismatch.ts';
import { guardScan } from './scan-overrun.ts';
import { guardSensors } from './sensor-failed.ts';
import { guardClock, guardConfiguration } from './server-conditions.ts';
import { guardSignals } from './signal-lost.ts';
import { SwapWatch } from './swap-watch.ts';
import { guardStaleTemperatures } from './temperature-stale.ts';
import { guardDeviation } from './zone-deviation.ts';
import { guardZonesSwapped } from './zones-swapped.ts';

/**
 * All guards of a machine. The frozen sensor comes first: it turns a reading bad that the others must not trust. Swapped
 * zones are looked for before, and judged after, what they make the single zones look like.
 */
export function interlocks(ground: GuardGround): readonly Guard[] {
  const swaps = new SwapWatch(ground);
  return [
    guardFrozenSensors(ground),
    (situation) => swaps.observe(situation),
    guardLines(ground),
    guardModules(ground),
    guardEstop(ground),
    guardOverTemperature(ground),
    guardUncontrolled(ground, swaps),
    guardMotorTemperature(ground),
    guardDriveFaults(ground),
    guardSensors(ground),
    guardStaleTemperatures(ground),
    guardSignals(ground),
    guardNotHeating(ground, swaps),
    guardZonesSwapped(ground, swaps),
    guardColdExtrusion(ground),
    guardDrivesRun(ground),
    guardDrivesStop(ground),
    guardDriveOverload(ground),
    guardOutputs(ground),
    guardScan(ground),
    guardDeviation(ground),
    guardPowerMismatch(ground),
    guardConfiguration(ground),
    guardClock(ground),
  ];
}
