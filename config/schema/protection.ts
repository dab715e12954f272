import { z } from 'zod';

import { choice, quantity, shortName, signal, whole } from './quantity.ts';

export const Safety = z.strictObject({ estopClosed: signal('E-stop chain, true when closed, an input') });

export const Panel = z.strictObject({
  start: signal('The start button, an input'),
  stop: signal('The stop button, an input'),
});

/** Cooling and lights, which AUTO serves by rule. */
export const Auxiliaries = z.strictObject({
  fan: signal('The cooling fan, an output'),
  pump: signal('The water pump, an output'),
  nozzleFan: signal('The nozzle fan duty, an output'),
  nozzleZone: shortName.describe('The zone at the nozzle, from the section zones'),
  red: signal('The red light, an output'),
  yellow: signal('The yellow light, an output'),
  green: signal('The green light, an output'),
  hysteresisK: quantity('What went on at a limit goes off this much below it', 'K', 0, 50),
  fanAboveMotorC: quantity('The fan runs above this motor temperature', '°C', 0, 300),
  fanAboveZoneC: quantity('The fan runs above this temperature of any zone', '°C', 0, 1000),
  pumpRunOnSeconds: quantity('The pump runs on after the last drive stopped', 's', 0, 3600),
  nozzleFanAboveC: quantity('The nozzle fan runs above this temperature at the nozzle', '°C', 0, 1000),
  nozzleFanIdlePercent: quantity('Duty of the nozzle fan while hot', '%', 0, 100),
  nozzleFanRunningPercent: quantity('Duty of the nozzle fan in RUNNING', '%', 0, 100),
  debounced: z.array(signal('A relay output')).describe('Outputs that may not toggle twice within debounceSeconds'),
  debounceSeconds: quantity('Shortest time between two toggles', 's', 0, 60),
});

const step = z.strictObject({
  drive: shortName.describe('The drive, from the section drives'),
  action: choice('What it does', ['on', 'off']),
  delaySeconds: quantity('Delay after the step before', 's', 0, 600),
});

export const Sequences = z.strictObject({
  start: z.array(step).min(1).describe('Steps of a start: { drive, action, delaySeconds }'),
  stop: z.array(step).min(1).describe('Steps of a stop: { drive, action, delaySeconds }'),
  emergency: z
    .array(
      z.strictObject({
        output: signal('The output'),
        action: choice('What becomes of it, at once', ['off', 'keep', 'on']),
      }),
    )
    .min(1)
    .describe('What an emergency does to each output: { output, action }'),
});

const share = 'of the nominal power';

/** Numbers of the interlocks that belong to no single zone or drive. */
export const Guards = z.strictObject({
  staleAfterSeconds: quantity('A value older than this and than staleAfterPolls is stale', 's', 0.1, 60),
  staleAfterPolls: quantity('A value older than so many polls and than staleAfterSeconds is stale', 'polls', 1, 100),
  staleTripSeconds: quantity('Time from stale to the trip', 's', 0, 60),
  startupSeconds: quantity('After the start of the control missing inputs do not trip for this long', 's', 0, 300),
  coldTripBelowK: quantity('Cold extrusion: a zone this far below its minimum', 'K', 0, 100),
  coldTripSeconds: quantity('Cold extrusion: for this long', 's', 0, 60),
  overTemperatureReadings: whole('Consecutive readings above the trip limit', 1, 10),
  frozenSeconds: quantity('Frozen sensor: unchanged for this long', 's', 1, 3600),
  frozenModelK: quantity('Frozen sensor: while the heater model expects more than this', 'K', 0.1, 100),
  jumpClearSeconds: quantity('Plausible readings after a jump before the sensor is trusted again', 's', 0, 600),
  notHeatingDutyPercent: quantity('Heater does not heat: a duty of at least this', '%', 1, 100),
  notHeatingSeconds: quantity('Heater does not heat: for this long', 's', 1, 3600),
  notHeatingBelowSetpointK: quantity('Heater does not heat: so far below the setpoint', 'K', 0, 500),
  notHeatingRiseK: quantity('Heater does not heat: a rise of less than this', 'K', 0.1, 100),
  uncontrolledPowerShare: quantity('Heater uncontrolled: excess power', share, 0.05, 1),
  uncontrolledPowerSeconds: quantity('Heater uncontrolled: excess power for this long', 's', 0, 60),
  uncontrolledAfterOffSeconds: quantity('Heater uncontrolled: time after the duty went to 0', 's', 1, 3600),
  uncontrolledRiseK: quantity('Heater uncontrolled: rise above what the model expects', 'K', 0.5, 100),
  powerMismatchShare: quantity('Heater power mismatch: difference', share, 0.01, 1),
  powerMismatchW: quantity('Heater power mismatch: and at least', 'W', 0, 100_000),
  powerMismatchSeconds: quantity('Heater power mismatch: for this long', 's', 0, 600),
  driveNotRunningSeconds: quantity('A commanded drive that does not run for this long trips', 's', 0.1, 60),
  outputTries: whole('Writes of an output that did not read back before the machine trips', 1, 20),
  overrunsToTrip: whole('Late scans in a row before the machine trips', 1, 1000),
  deviationK: quantity('Deviation alarm: a zone so far from its setpoint', 'K', 0.5, 500),
  deviationSeconds: quantity('Deviation alarm: for this long', 's', 0, 3600),
  notHeatingModelSeconds: quantity('Heater does not heat, by the heater model: over this time', 's', 10, 3600),
  notHeatingModelShare: quantity(
    'Heater does not heat: a change below this share',
    'of the way from a failed to the weakest sound heater',
    0.05,
    0.9,
  ),
  swappedDutyPercent: quantity('Zones swapped: their duties differ by at least this', '%', 5, 100),
  swappedSeconds: quantity('Zones swapped: for this long', 's', 10, 3600),
  clockStepSeconds: quantity('A jump of the system time beyond this is told', 's', 0.5, 3600),
});
