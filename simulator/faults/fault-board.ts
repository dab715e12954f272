import { z } from 'zod';
import { faultKinds, faultParams, faultTargets, type FaultKind, type FaultParams } from './fault-kinds.ts';
import { findTarget, targetNames, type FaultTarget, type FaultTargets } from './target.ts';

/** What is asked for: a fault, for some real seconds or until it is lifted. */
export interface FaultRequest {
  readonly target: string;
  readonly fault: string;
  readonly params?: unknown;
  readonly seconds?: number | undefined;
}

export interface ActiveFault<K extends FaultKind = FaultKind> {
  readonly id: string;
  /** As it was asked for. */
  readonly targetName: string;
  readonly target: FaultTarget;
  readonly fault: K;
  readonly params: FaultParams<K>;
  /** Model time when it began, s. */
  readonly sinceSeconds: number;
  /** Real time, monotonic ms; null: until it is lifted. */
  readonly untilMs: number | null;
  /** Raw readings kept by a frozen module, by area and address. */
  readonly kept: Map<string, number>;
}

/** The request can't be fulfilled; the message says what would be right. */
export class FaultRefusedError extends Error {
  readonly code = 'FAULT_REFUSED';

  constructor(message: string) {
    super(message);
    this.name = 'FaultRefusedError';
  }
}

/** All faults that stand now. */
export class FaultBoard {
  readonly #targets: FaultTargets;
  readonly #active = new Map<string, ActiveFault>();
  /** Replies that a fault may still affect, where it counts them. */
  readonly #left = new Map<string, number>();
  #lastId = 0;

  constructor(targets: FaultTargets) {
    this.#targets = targets;
  }

  /** @throws FaultRefusedError with a sentence that names what is right */
  add(request: FaultRequest, at: { readonly monotonicMs: number; readonly modelSeconds: number }): ActiveFault {
    const fault = faultKinds.find((kind) => kind === request.fault);
    if (fault === undefined)
      throw new FaultRefusedError(`there is no fault ${request.fault}; faults are ${faultKinds.join(', ')}`);
    const target = findTarget(this.#targets, request.target);
    if (target === undefined)
      throw new FaultRefusedError(
        `there is no ${request.target} here; lines, modules and signals are ${targetNames(this.#targets)}`,
      );
    const takes = faultTargets[fault];
    if (!takes.fits(target))
      throw new FaultRefusedError(
        `${fault} can't be done to ${request.target}; it takes ${takes.to}: ${targetNames(this.#targets, takes.fits)}`,
      );
    const params = faultParams[fault].safeParse(request.params ?? {});
    if (!params.success) throw new FaultRefusedError(`params of ${fault} are wrong: ${z.prettifyError(params.error)}`);
    this.#lastId++;
    const active: ActiveFault = {
      id: `${this.#lastId}`,
      targetName: request.target,
      target,
      fault,
      params: params.data,
      sinceSeconds: at.modelSeconds,
      untilMs: request.seconds === undefined ? null : at.monotonicMs + request.seconds * 1000,
      kept: new Map(),
    };
    this.#active.set(active.id, active);
    if ('count' in params.data && params.data.count !== undefined) this.#left.set(active.id, params.data.count);
    return active;
  }

  /** @returns false when there is no such fault */
  lift(id: string): boolean {
    this.#left.delete(id);
    return this.#active.delete(id);
  }

  liftAll(): void {
    this.#active.clear();
    this.#left.clear();
  }

  /** One reply was affected; after the last one of those counted the fault is over. */
  spend(id: string): void {
    const left = this.#left.get(id);
    if (left === undefined) return;
    if (left <= 1) this.lift(id);
    else this.#left.set(id, left - 1);
  }

  expire(nowMs: number): void {
    for (const { id, untilMs } of this.#active.values()) if (untilMs !== null && nowMs >= untilMs) this.lift(id);
  }

  all(): readonly ActiveFault[] {
    return [...this.#active.values()];
  }

  /** The faults of this kind, oldest first. */
  of<K extends FaultKind>(kind: K): readonly ActiveFault<K>[] {
    if (this.#active.size === 0) return [];
    return this.all().filter((active): active is ActiveFault<K> => active.fault === kind);
  }

  /** Whether a fault of this kind stands on something that `hits`. */
  stands(kind: FaultKind, hits: (target: FaultTarget) => boolean): boolean {
    return this.of(kind).some(({ target }) => hits(target));
  }
}
