import type { Standing } from '../module/standing.ts';

/** What the choice is made by; times in ms on the monotonic clock. */
export interface Turn {
  readonly standing: Standing;
  readonly dueMs: number;
  /** When it last had its turn: of two that are due alike, the one that waited longer goes first. */
  readonly servedMs: number;
  /** What a probe of it may take, with the silence after it. */
  readonly probeMs: number;
}

export type Choice<T> =
  | { readonly kind: 'visit' | 'probe'; readonly turn: T; readonly idleMs: number }
  | { readonly kind: 'wait'; readonly untilMs: number };

/** A module that was not answered waits behind all healthy ones that are due, but not for ever. */
const suspectPatienceMs = 1_000;
/**
 * A probe waits this long for a pause between the polls of the healthy modules that is long enough for it. Then it goes before
 * them: on a line without a pause a module would never come back.
 */
const probePatienceMs = 500;

/**
 * Whose turn it is on a line. Healthy modules go by due time. One that did not answer the last time comes after them,
 * and one that is only probed goes where its time-out fits before the next healthy poll, so that the others keep theirs.
 * What waited too long for that goes before them, but one at a time: between two of those every healthy module that is due
 * has its visit, or several dead modules would take the whole time of the line.
 */
export function nextTurn<T extends Turn>(turns: readonly T[], nowMs: number): Choice<T> {
  const healthyDueMs = Math.min(...turns.filter(isPolled).map((turn) => turn.dueMs), Number.POSITIVE_INFINITY);
  const idleMs = healthyDueMs - nowMs;
  const due = turns.filter((turn) => turn.dueMs <= nowMs);
  const triedMs = Math.max(...turns.filter((turn) => !isHealthy(turn)).map((turn) => turn.servedMs));
  const mayOvertake = !due.some((turn) => isHealthy(turn) && turn.servedMs < triedMs);
  const waitedLong = (turn: Turn, standing: Turn['standing'], patienceMs: number) =>
    mayOvertake && turn.standing === standing && nowMs - turn.dueMs > patienceMs;
  const overdue = earliest(due.filter((turn) => waitedLong(turn, 'demoted', probePatienceMs)));
  if (overdue !== null) return { kind: 'probe', turn: overdue, idleMs };

  const urgent = due.filter((turn) => isHealthy(turn) || waitedLong(turn, 'suspect', suspectPatienceMs));
  const visited = earliest(urgent) ?? earliest(due.filter((turn) => turn.standing === 'suspect'));
  if (visited !== null) return { kind: 'visit', turn: visited, idleMs };

  const probed = earliest(due.filter((turn) => turn.standing === 'demoted' && turn.probeMs <= idleMs));
  if (probed !== null) return { kind: 'probe', turn: probed, idleMs };

  const wakeMs = turns.map((turn) => (turn.dueMs > nowMs ? turn.dueMs : turn.dueMs + probePatienceMs + 1));
  return { kind: 'wait', untilMs: Math.min(...wakeMs, Number.POSITIVE_INFINITY) };
}

function isHealthy(turn: Turn): boolean {
  return turn.standing === 'healthy';
}

function isPolled(turn: Turn): boolean {
  return turn.standing !== 'demoted';
}

function earliest<T extends Turn>(turns: readonly T[]): T | null {
  return turns.toSorted((a, b) => a.dueMs - b.dueMs || a.servedMs - b.servedMs)[0] ?? null;
}
