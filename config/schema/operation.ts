import { z } from 'zod';

import { quantity, whole } from './quantity.ts';

/** Times of commands that wait for the machine. */
export const Commands = z.strictObject({
  jogLeaseSeconds: quantity('A jog in MANUAL stops unless it is renewed within this time', 's', 0.2, 10).default(1),
  resetPulseSeconds: quantity('How long the fault reset of the drives stays on', 's', 0.1, 10).default(0.5),
  resetWaitSeconds: quantity('Time for a drive to drop its fault after the reset', 's', 0.5, 30).default(2),
  confirmSeconds: quantity('Time for a module to read back what was written', 's', 0.5, 30).default(2),
  runningMarginK: quantity('In RUNNING a setpoint stays so far above the minimum of its zone', 'K', 0, 100).default(10),
});

/** Autotune, and the commissioning test of a zone. */
export const Tuning = z.strictObject({
  marginK: quantity('Autotune stays so far below the trip of its zone', 'K', 5, 200).default(15),
  hysteresisK: quantity('The relay switches so far from the setpoint', 'K', 0.05, 5).default(0.3),
  swingK: quantity('The relay lets the zone swing about so far around the setpoint', 'K', 0.2, 20).default(3),
  swingLimitK: quantity('The test fails when the zone is so far from the setpoint', 'K', 0.5, 50).default(10),
  leastAmplitudePercent: quantity('The relay switches at least so far up and down', '%', 1, 50).default(5),
  cycles: whole('Alike cycles of the relay that make a result', 2, 20).default(3),
  alikeShare: quantity('Alike cycles differ by no more than this share', 'of their size', 0.02, 0.5).default(0.15),
  asymmetryShare: quantity('The relay is up for half of a cycle, give or take', 'of the cycle', 0.02, 0.45).default(
    0.2,
  ),
  mostCycles: whole('The test fails after so many cycles without enough alike ones', 3, 100).default(20),
  settleSeconds: quantity('Time at setpoint before the relay begins', 's', 30, 3600).default(120),
  timeLimitMinutes: quantity('Autotune gives up after this time', 'min', 5, 600).default(60),
  watchMinutes: quantity('New gains are watched for this long', 'min', 1, 120).default(10),
  graceSeconds: quantity('The watch begins so long after anything moved the zone', 's', 0, 3600).default(180),
  worseRatio: quantity('New gains go when the error is so many times as large', 'times', 1, 10).default(1.5),
  worseK: quantity('and so much larger on average', 'K', 0, 10).default(0.2),
  zoneTestDutyPercent: quantity('Duty of the zone that is tested alone', '%', 10, 100).default(60),
  zoneTestSeconds: quantity('Longest time of that test', 's', 30, 600).default(120),
});

/** Shelving, chatter, and the limits that the alarm statistics are held against. */
export const Annunciation = z.strictObject({
  shelveMaximumMinutes: quantity('Longest time that an alarm may be shelved', 'min', 1, 10_080).default(480),
  chatterSeconds: quantity('An alarm that rings again within this time is the same occurrence', 's', 1, 3600).default(
    60,
  ),
  chatterCount: whole('It chatters from so many times within it', 2, 100).default(3),
  staleHours: quantity('An alarm that stands for longer is stale', 'h', 1, 720).default(24),
  floodBeginsAbove: whole('A flood begins with more than so many alarms in 10 minutes', 1, 1000).default(10),
  floodEndsBelow: whole('and ends with fewer than so many', 1, 1000).default(5),
});
