import { z } from 'zod';

import { gainLimits } from '../../machine/control/gain-limits.ts';
import { quantity, shortName, signal, text, yesNo } from './quantity.ts';

const Pid = z.strictObject({
  kp: quantity('Proportional gain', '%/K', ...gainLimits.kp),
  ki: quantity('Integral gain', '%/(K·s)', ...gainLimits.ki),
  kd: quantity('Derivative gain', '%·s/K', ...gainLimits.kd),
  derivativeFilterSeconds: quantity('Time constant of the filter on the derivative', 's', 0, 60),
});

const HeaterModel = z.strictObject({
  gainKPerPercent: quantity('Final rise above ambient per 1 % duty', 'K/%', 0.01, 100),
  timeConstantSeconds: quantity('Time constant of the zone', 's', 1, 100_000),
  deadTimeSeconds: quantity('Time until a change of duty shows', 's', 0, 3600),
  ambientC: quantity('Ambient temperature', '°C', -40, 80),
  coupling: z
    .record(shortName, quantity('Lift of the neighbour per K of own excess above ambient', 'K/K', 0, 1))
    .default({})
    .describe('Neighbour zones and how much they are lifted, in K per K of own excess above ambient'),
});

/** A heated zone of the barrel. */
export const Zone = z.strictObject({
  title: text('Name of the zone on screens and in alarms', 60),
  temperature: signal('Its temperature, an input'),
  setpoint: signal('Its setpoint, a setting'),
  output: signal('Its heater duty, an output'),
  tripAboveC: quantity('Temperature above which it trips', '°C', 0, 1000),
  minimumC: quantity('Temperature below which no drive may turn', '°C', 0, 1000),
  lowestMinimumC: quantity(
    'How far down a recipe may take minimumC; none: no further than it is',
    '°C',
    0,
    1000,
  ).optional(),
  setpointRampKPerMinute: quantity('Rate at which a new setpoint is approached, 0 at once', 'K/min', 0, 1000).default(
    0,
  ),
  nominalPowerW: quantity('Heater power at 100 % duty', 'W', 1, 1_000_000),
  pid: Pid,
  model: HeaterModel,
});

/** A drive that turns the screw or doses material. */
export const Drive = z.strictObject({
  title: text('Name of the drive on screens and in alarms', 60),
  setpoint: signal('Its speed setpoint, a setting'),
  command: signal('Its commanded speed, an output'),
  reset: signal('Its fault reset, an output'),
  speed: signal('Its actual speed, an input'),
  current: signal('Its motor current, an input'),
  running: signal('Whether it runs, an input'),
  fault: signal('Its fault code, an input'),
  maximumRpm: quantity('Highest speed in AUTO', 'rpm', 1, 100_000),
  maximumManualRpm: quantity('Highest speed in MANUAL, either way', 'rpm', 1, 100_000),
  rampUpRpmPerS: quantity('Ramp up', 'rpm/s', 1, 100_000),
  rampDownRpmPerS: quantity('Ramp down', 'rpm/s', 1, 100_000),
  atSpeedBandRpm: quantity('Counts as at speed within this of the command', 'rpm', 0.1, 10_000),
  overloadA: quantity('Current above which it is overloaded', 'A', 0.01, 10_000),
  overloadSeconds: quantity('Overload for this long trips', 's', 0, 600),
  followSeconds: quantity('Grace beyond the ramp time to be at speed or at standstill', 's', 0.5, 600),
  neededToStart: yesNo('Whether a start with its setpoint at 0 is refused'),
});

/** A temperature sensor that is watched for failure. */
export const Sensor = z.strictObject({
  title: text('Name of the sensor in alarms', 60),
  signal: signal('The temperature, an input'),
  trips: yesNo('Whether the machine trips when it fails or goes stale'),
  maximumJumpK: quantity('Largest plausible step between readings at most 1 s apart', 'K', 0.1, 1000),
});

export const Heating = z.strictObject({
  enabled: signal('Heating on or off, a setting'),
  contactor: signal('The contactor of all heaters, an output'),
  power: signal('Measured power of all heaters, an input'),
  energy: signal('Counted energy of all heaters, an input'),
  readyBandK: quantity('A zone within ± this of its setpoint is in band', 'K', 0.1, 50),
  soakSeconds: quantity('All heated zones in band for this long are ready', 's', 0, 86_400),
  proveOffSeconds: quantity('Time with the contactor closed and all duties 0 before heating begins', 's', 0.5, 60),
});

export const Motor = z.strictObject({
  sensor: shortName.describe('The sensor of the motor, from the section sensors'),
  tripAtC: quantity('Temperature at which it trips', '°C', 0, 300),
  startBelowC: quantity('Temperature below which a start is permitted', '°C', 0, 300),
});
