import type { FieldReading } from '../../machine/field.ts';
import type { BindingDeclaration, ModuleDeclaration } from '../declaration.ts';
import type { FieldClock } from '../field.ts';
import type { Cell, RequestCost } from '../plan/read-plan.ts';
import type { ModbusExceptionError } from '../wire/errors.ts';
import type { Ask } from './block-reader.ts';
import { Inputs } from './inputs.ts';
import type { VisitPart } from './visit-order.ts';

/** Who hears of what was read, and of registers that turn out to be refused. */
export interface ReadListener {
  readonly deliver: (readings: readonly FieldReading[]) => void;
  readonly refused: (cell: Cell, error: ModbusExceptionError) => void;
}

/** The inputs of one module that are read with the same period. */
export class PollGroup implements VisitPart {
  readonly periodMs: number;
  readonly inputs: Inputs;
  readonly #listener: ReadListener;
  #dueMs = 0;

  constructor(periodMs: number, inputs: Inputs, listener: ReadListener) {
    this.periodMs = periodMs;
    this.inputs = inputs;
    this.#listener = listener;
  }

  /** When it is to be read next, by the monotonic clock. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** The line is open again: due at once. */
  connected(): void {
    this.#dueMs = 0;
  }

  get isInterrupted(): boolean {
    return this.inputs.reader.isInterrupted;
  }

  isDue(nowMs: number): boolean {
    return this.isInterrupted || nowMs >= this.#dueMs;
  }

  /** @throws FieldError when the module does not answer */
  async visit(ask: Ask, window: number, nowMs: number): Promise<void> {
    if (!this.isInterrupted) this.#dueMs = nextDueMs(this.#dueMs, this.periodMs, nowMs);
    const { deliver, refused } = this.#listener;
    await this.inputs.poll(ask, window, deliver, refused);
  }
}

/** The fastest first: where several are due at once, the others can wait longer. */
export function pollGroups(
  module: ModuleDeclaration,
  bindings: readonly BindingDeclaration[],
  cost: RequestCost,
  clock: FieldClock,
  listener: ReadListener,
): PollGroup[] {
  const byPeriod = Map.groupBy(bindings, ({ pollPeriodMs }) => pollPeriodMs ?? module.pollPeriodMs);
  return [...byPeriod]
    .toSorted(([a], [b]) => a - b)
    .map(([periodMs, group]) => new PollGroup(periodMs, new Inputs(module, group, cost, clock), listener));
}

/** The next due time on the grid of the period; turns that were missed are skipped, not made up for. */
export function nextDueMs(dueMs: number, periodMs: number, nowMs: number): number {
  if (dueMs === 0) return nowMs + periodMs;
  return dueMs + periodMs * Math.max(1, Math.ceil((nowMs - dueMs) / periodMs));
}
