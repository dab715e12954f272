import type { BindingDeclaration, ModuleDeclaration } from '../declaration.ts';
import type { FieldClock } from '../field.ts';
import type { RequestCost } from '../plan/read-plan.ts';
import { Inputs } from './inputs.ts';

/** The inputs of one module that are read with the same period. */
export class PollGroup {
  readonly periodMs: number;
  readonly inputs: Inputs;
  #dueMs = 0;

  constructor(periodMs: number, inputs: Inputs) {
    this.periodMs = periodMs;
    this.inputs = inputs;
  }

  /** When it is to be read next, by the monotonic clock. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** The line is open again: due at once. */
  connected(): void {
    this.#dueMs = 0;
  }

  begin(nowMs: number): void {
    this.#dueMs = nextDueMs(this.#dueMs, this.periodMs, nowMs);
  }
}

/** The fastest first: where several are due at once, the others can wait longer. */
export function pollGroups(
  module: ModuleDeclaration,
  bindings: readonly BindingDeclaration[],
  cost: RequestCost,
  clock: FieldClock,
): PollGroup[] {
  const byPeriod = Map.groupBy(bindings, ({ pollPeriodMs }) => pollPeriodMs ?? module.pollPeriodMs);
  return [...byPeriod]
    .toSorted(([a], [b]) => a - b)
    .map(([periodMs, group]) => new PollGroup(periodMs, new Inputs(module, group, cost, clock)));
}

/** The next due time on the grid of the period; turns that were missed are skipped, not made up for. */
export function nextDueMs(dueMs: number, periodMs: number, nowMs: number): number {
  if (dueMs === 0) return nowMs + periodMs;
  return dueMs + periodMs * Math.max(1, Math.ceil((nowMs - dueMs) / periodMs));
}
