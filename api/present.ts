import type { z } from 'zod';
import type { AlarmOccurrence } from '../machine/alarms/alarm.ts';
import type { MachineDeclaration } from '../machine/declaration.ts';
import type { MachineView } from '../machine/ports.ts';
import { isGood } from '../machine/quality.ts';
import type { Sample, SignalDeclaration } from '../machine/signal.ts';
import type { AlarmReply, MachineReply, SampleReply, SignalReply } from './replies.ts';

/** How things of the machine are told to clients. Times become RFC 3339, UTC. */

export function timeOf(atMs: number): string;
export function timeOf(atMs: number | null): string | null;
export function timeOf(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}

export function presentMachine(view: MachineView): z.input<typeof MachineReply> {
  const { declaration, status, controlAlive } = view;
  const silent = {
    code: 'COMMS_LOST',
    text: 'The control process does not answer; wait until it is back, and look at the diagnostics if it is not.',
  };
  return {
    title: declaration.title,
    site: declaration.site,
    simulated: declaration.modules.some((module) => module.simulated),
    controlAlive,
    state: status.state,
    mode: status.mode,
    startPermitted: status.startPermitted && controlAlive,
    blockers: controlAlive || status.blockers.length > 0 ? [...status.blockers] : [silent],
    alarms: status.alarms,
    heating: status.heating,
    recipe: status.recipe,
    recipeVersion: status.recipeVersion,
    recipeModified: status.recipeModified,
    scan: { ...status.scan },
    at: timeOf(status.atMs),
  };
}

/** Before the first reading there is no time of one. */
function wasRead({ quality, sourceTimeMs }: Sample): boolean {
  return quality !== 'BadNotConnected' && sourceTimeMs > 0;
}

export function presentSample(signal: SignalDeclaration, sample: Sample): z.input<typeof SampleReply> {
  // JSON has no NaN or infinity: such a value would arrive as a Good null.
  const isBroken = typeof sample.value === 'number' && !Number.isFinite(sample.value);
  return {
    id: signal.id,
    value: isBroken ? null : sample.value,
    quality: isBroken && isGood(sample.quality) ? 'BadSensorFailure' : sample.quality,
    sourceTime: wasRead(sample) ? timeOf(sample.sourceTimeMs) : null,
    simulated: signal.simulated,
  };
}

export function presentSignal(
  { declaration, zones }: Pick<MachineView, 'declaration' | 'zones'>,
  signal: SignalDeclaration,
  sample: Sample,
  nowMs: number,
): z.input<typeof SignalReply> {
  return {
    ...presentSample(signal, sample),
    unit: signal.unit ?? null,
    ageMs: wasRead(sample) ? Math.max(0, nowMs - sample.sourceTimeMs) : null,
    title: signal.title,
    direction: signal.direction,
    type: signal.type,
    span: signal.span === undefined ? null : [...signal.span],
    states: signal.states === undefined ? null : [...signal.states],
    decimals: signal.decimals ?? null,
    role: signal.setting?.role ?? (signal.manual === true ? 'engineer' : null),
    freshnessMs: freshnessMsOf(declaration, signal),
    limits: limitsOf(declaration, zones, signal.id),
  };
}

/** The freshness limit of what is polled; settings and derived values do not age. */
function freshnessMsOf(declaration: MachineDeclaration, signal: SignalDeclaration): number | null {
  if (signal.direction !== 'input' && signal.direction !== 'output') return null;
  const source = signal.source ?? declaration.signals.get(signal.rawOf ?? '')?.source;
  const module = declaration.modules.find(({ id }) => id === source?.module);
  const periodMs = signal.pollPeriodMs ?? module?.pollPeriodMs;
  if (periodMs === undefined) return null;
  const { staleAfterSeconds, staleAfterPolls } = declaration.guards;
  return Math.max(staleAfterSeconds * 1_000, staleAfterPolls * periodMs);
}

/** Where the machine warns, trips or may not start by this signal. */
function limitsOf(
  declaration: MachineDeclaration,
  zones: MachineView['zones'],
  id: string,
): z.input<typeof SignalReply>['limits'] {
  const limits: z.input<typeof SignalReply>['limits'] = [];
  for (const zone of declaration.zones) {
    if (zone.temperature !== id && zone.raw !== id) continue;
    limits.push({ kind: 'trip', side: 'above', value: zone.tripAboveC });
    const inForce = zones.find((each) => each.id === zone.id);
    limits.push({ kind: 'minimum', side: 'below', value: inForce?.minimumC ?? zone.minimumC });
  }
  for (const alarm of declaration.alarms) {
    if (alarm.limit?.signal !== id) continue;
    const kind = alarm.trip === undefined ? 'alarm' : 'trip';
    if (alarm.limit.above !== undefined) limits.push({ kind, side: 'above', value: alarm.limit.above });
    if (alarm.limit.below !== undefined) limits.push({ kind, side: 'below', value: alarm.limit.below });
  }
  const { motor } = declaration;
  const motorSensor = declaration.sensors.find((sensor) => sensor.id === motor.sensor)?.signal ?? motor.sensor;
  const isKnown = limits.some((limit) => limit.kind === 'trip');
  if (motorSensor === id && !isKnown) limits.push({ kind: 'trip', side: 'above', value: motor.tripAtC });
  return limits;
}

export function presentAlarm(declaration: MachineDeclaration, alarm: AlarmOccurrence): z.input<typeof AlarmReply> {
  const { shelf, raisedAtMs, clearedAtMs, ...same } = alarm;
  const limit = declaration.alarms.find(({ id }) => id === alarm.id)?.limit;
  return {
    ...same,
    shelvedUntil: timeOf(shelf?.untilMs ?? null),
    shelf: shelf && { kind: shelf.kind, by: shelf.by, at: timeOf(shelf.atMs), reason: shelf.reason },
    raisedAt: timeOf(raisedAtMs),
    clearedAt: timeOf(clearedAtMs),
    unit: declaration.signals.get(limit?.signal ?? '')?.unit ?? null,
  };
}
