import { cellKey } from '../plan/read-plan.ts';
import type { FieldRequest, Request } from '../wire/request.ts';

const areas = ['input', 'holding', 'discrete', 'coil'] as const;
/** Whether the module has it or not: its refusal is an answer too. */
const anything: readonly Request[] = areas.map((area) => ({ kind: 'read', area, address: 0, count: 1 }));

/**
 * Reads that show whether a module is there, and in step again, by every function. What it did not answer the last time goes
 * after the others: it may be that the module ignores just that.
 */
export class SimpleReads {
  readonly #declared: () => readonly Request[];
  /** By key, the oldest silence first; outlives a connection, which is not what the module ignores. */
  readonly #unanswered = new Set<string>();

  /** @param declared  what is read of the module anyway */
  constructor(declared: () => readonly Request[]) {
    this.#declared = declared;
  }

  /** The best first: what the module declares, then anything. */
  list(): Request[] {
    return [...this.#sorted(this.#declared()), ...this.#sorted(anything)];
  }

  answered(request: FieldRequest): void {
    if (request.kind === 'read') this.#unanswered.delete(cellKey(request));
  }

  unanswered(request: FieldRequest): void {
    if (request.kind !== 'read') return;
    this.#unanswered.delete(cellKey(request));
    this.#unanswered.add(cellKey(request));
  }

  #sorted(reads: readonly Request[]): Request[] {
    if (this.#unanswered.size === 0) return [...reads];
    const order = [...this.#unanswered];
    const rank = (read: Request): number => (read.kind === 'read' ? order.indexOf(cellKey(read)) : -1);
    return reads.toSorted((a, b) => rank(a) - rank(b));
  }
}
