import type { AlarmEvent } from '../machine/alarms/alarm.ts';
import type { CommandAction, CommandOutcome, Origin, Principal } from '../machine/commands/command.ts';
import type { ModuleStatistics } from '../machine/field.ts';
import type { FieldValue } from './line-protocol.ts';

/** A point of any measurement but `signal`; the tags site and machine are added by the historian. */
export interface MeasuredPoint {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string | undefined>>;
  readonly fields: Readonly<Record<string, FieldValue | null | undefined>>;
  readonly atMs: number;
}

/** A decided command. */
export interface CommandRecord {
  readonly action: Pick<CommandAction, 'name'>;
  readonly principal: Principal;
  readonly origin: Origin;
  readonly outcome: CommandOutcome;
  /** When it was decided, ms since 1970. */
  readonly atMs: number;
  /** From the request to the outcome. */
  readonly durationMs: number;
}

/** The scan over the last 10 s. */
export interface ScanFigures {
  readonly durationMs: number | null;
  readonly jitterMs: number;
  /** Counter since the control process started. */
  readonly overruns: number;
}

export function commandPoint({ action, principal, origin, outcome, atMs, durationMs }: CommandRecord): MeasuredPoint {
  const reason = outcome.accepted ? outcome.note : outcome.reasons.map(({ code }) => code).join(' ');
  return {
    measurement: 'command',
    tags: { command: action.name, origin, result: outcome.accepted ? 'accepted' : outcome.kind },
    fields: { actor: principal.name, duration_ms: durationMs, reason: reason ?? '' },
    atMs,
  };
}

export function alarmPoint({ atMs, transition, occurrence, actor, comment }: AlarmEvent): MeasuredPoint {
  const message = comment === undefined || comment === '' ? occurrence.text : `${occurrence.text}: ${comment}`;
  return {
    measurement: 'alarm',
    tags: { alarm: occurrence.id, priority: String(occurrence.priority), transition },
    fields: { occurrence: occurrence.occurrenceId, actor: actor ?? '', message },
    atMs,
  };
}

/** What happened on a module since the last time; a counter that fell has begun anew. */
export function driverPoint(now: ModuleStatistics, before: ModuleStatistics | undefined, atMs: number): MeasuredPoint {
  const restarted = before === undefined || now.requests < before.requests;
  const since = (counter: 'requests' | 'failures' | 'timeouts' | 'exceptions' | 'lateFrames') => ({
    integer: restarted ? now[counter] : Math.max(0, now[counter] - before[counter]),
  });
  return {
    measurement: 'driver',
    tags: { module: now.id, bus: now.line },
    fields: {
      requests: since('requests'),
      failures: since('failures'),
      timeouts: since('timeouts'),
      exceptions: since('exceptions'),
      late_frames: since('lateFrames'),
      latency_p50_ms: now.latencyP50Ms,
      latency_p95_ms: now.latencyP95Ms,
      demoted: now.demoted,
    },
    atMs,
  };
}

export function scanPoint(now: ScanFigures, overrunsBefore: number, atMs: number): MeasuredPoint {
  const overruns = now.overruns < overrunsBefore ? now.overruns : now.overruns - overrunsBefore;
  return {
    measurement: 'scan',
    tags: {},
    fields: { duration_ms: now.durationMs, jitter_ms: now.jitterMs, overruns: { integer: overruns } },
    atMs,
  };
}
