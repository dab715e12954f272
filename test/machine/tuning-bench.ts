import assert from 'node:assert/strict';

import type { CommandOutcome } from '../../machine/commands/command.ts';
import type { Gains, MachineDeclaration } from '../../machine/declaration.ts';
import type { RetainedGains } from '../../machine/tuning/retained-gains.ts';
import type { AppliedGainsStatus, TuningTestStatus } from '../../machine/tuning/tuning-status.ts';
import type { ZoneStatus } from '../../machine/zone-status.ts';
import { factoryMachine } from './factory.ts';
import { engineer, reasonsOf, Rig } from './rig.ts';

export const factory = factoryMachine();
export const { kp, ki, kd } = factory.zones[0]?.pid ?? { kp: 0, ki: 0, kd: 0 };
export const factoryGains: Gains = { kp, ki, kd };
export const otherOf: Readonly<Record<string, string>> = { zone1: 'zone2', zone2: 'zone1' };

export const setpointOf = (zone: string): string => `heater.${zone}.setpoint`;
export const outputOf = (zone: string): string => `heater.${zone}.output`;

export function zoneStatus(rig: Rig, zone: string): ZoneStatus {
  const found = rig.core.zones().find(({ id }) => id === zone);
  assert.ok(found, zone);
  return found;
}

export function testOf(rig: Rig, zone = 'zone1'): TuningTestStatus {
  const { test } = zoneStatus(rig, zone).tuning;
  assert.ok(test, `${zone} was never tuned`);
  return test;
}

export function appliedOf(rig: Rig, zone = 'zone1'): AppliedGainsStatus {
  const { applied } = zoneStatus(rig, zone).tuning;
  assert.ok(applied, `nothing was applied to ${zone}`);
  return applied;
}

export function tune(rig: Rig, zone = 'zone1', setpointC = 200, maximumDutyPercent?: number): CommandOutcome {
  const order = maximumDutyPercent === undefined ? {} : { maximumDutyPercent };
  return rig.ask({ name: 'tune', zone, setpointC, ...order }, engineer);
}

export function accepted(outcome: CommandOutcome): void {
  assert.ok(
    outcome.accepted,
    reasonsOf(outcome)
      .map(({ text }) => text)
      .join(' '),
  );
}

/** Zone 1 loses 20 K. @returns how far it then goes past its setpoint, and how far off it is ten minutes later */
export function disturbed(rig: Rig): { overshootK: number; holdK: number } {
  rig.plant.disturb('zone1', -20);
  let overshootK = 0;
  let holdK = 0;
  for (let scan = 0; scan < 4 * 900; scan++) {
    rig.scan();
    const errorK = rig.plant.trueC('zone1') - 200;
    overshootK = Math.max(overshootK, errorK);
    if (scan > 4 * 600) holdK = Math.max(holdK, Math.abs(errorK));
  }
  return { overshootK, holdK };
}

/** A machine that starts with gains that the one before it had kept. */
export function restarted(gains: Readonly<Record<string, RetainedGains>>): Rig {
  return new Rig({ retained: { ...new Rig().core.retained(), gains } });
}

/** A hot machine whose test of zone 1 has come to the relay. */
export function atRelay(declaration?: MachineDeclaration): Rig {
  const rig = new Rig(declaration === undefined ? {} : { declaration }).toReady();
  accepted(tune(rig));
  rig.until(() => testOf(rig).phase === 'relay', 600);
  rig.run(30);
  return rig;
}

export function tuned(rig: Rig, zone = 'zone1'): TuningTestStatus {
  accepted(tune(rig, zone));
  rig.until(() => testOf(rig, zone).endedAtMs !== null, 3_600);
  return testOf(rig, zone);
}
