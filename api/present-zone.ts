import type { z } from 'zod';
import type { AppliedGainsStatus, TuningResult, TuningTestStatus } from '../machine/tuning/tuning-status.ts';
import type { ZoneStatus, ZoneTest } from '../machine/zone-status.ts';
import { timeOf } from './present.ts';
import type { ZoneTuningReply } from './tuning-replies.ts';

type Reply = z.input<typeof ZoneTuningReply>;

/**
 * How a zone, its gains and its tuning are told to clients. While the control process is silent it is what was known last, and
 * what holds only for the moment is left out: nobody knows what the control follows then, or how long a test still takes.
 */
export function presentZone(zone: ZoneStatus, controlAlive: boolean): Reply {
  const { test, applied } = zone.tuning;
  return {
    zone: zone.id,
    title: zone.title,
    controlAlive,
    gains: zone.gains,
    gainsFrom: zone.gainsFrom,
    configuredGains: zone.configuredGains,
    workingSetpoint: controlAlive ? zone.workingSetpointC : null,
    secondsToBand: controlAlive ? zone.secondsToBand : null,
    minimum: zone.minimumC,
    model: { ...zone.model, warmedBy: [...zone.model.warmedBy] },
    zoneTest: zone.test && presentZoneTest(zone.test),
    test: test && presentTest(controlAlive ? test : { ...test, etaSeconds: null }),
    applied: applied && presentApplied(applied),
  };
}

function presentZoneTest({ startedAtMs, endedAtMs, ...same }: ZoneTest): Reply['zoneTest'] {
  return { ...same, startedAt: timeOf(startedAtMs), endedAt: timeOf(endedAtMs) };
}

function presentTest({ setpointC, maximumDutyPercent, ...test }: TuningTestStatus): Reply['test'] {
  const { startedAtMs, endedAtMs, result, ...same } = test;
  return {
    ...same,
    setpoint: setpointC,
    maxDuty: maximumDutyPercent,
    startedAt: timeOf(startedAtMs),
    endedAt: timeOf(endedAtMs),
    result: result && presentResult(result),
  };
}

function presentResult({
  ultimateGainPercentPerK,
  predicted,
  ...same
}: TuningResult): NonNullable<Reply['test']>['result'] {
  const { present, found } = predicted;
  return {
    ...same,
    ultimateGain: ultimateGainPercentPerK,
    predicted: { present: presentStep(present), found: presentStep(found) },
  };
}

function presentStep({ points, ...same }: TuningResult['predicted']['found']) {
  return { ...same, points: points.map(([seconds, temperatureC]): [number, number] => [seconds, temperatureC]) };
}

function presentApplied({ appliedAtMs, ...same }: AppliedGainsStatus): Reply['applied'] {
  return { ...same, appliedAt: timeOf(appliedAtMs) };
}
