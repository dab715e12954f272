import type { Principal } from '../commands/command.ts';
import type { CompletedCycle } from '../core.ts';
import type { MachineState } from './state.ts';

/** Counts start/stop cycles and running hours. */
export class Cycles {
  count: number;
  runningHours: number;
  #startedBy: Principal | null = null;
  #startedAtMs = 0;
  #ran = false;

  constructor(count: number, runningHours: number) {
    this.count = count;
    this.runningHours = runningHours;
  }

  /** A start was accepted: the cycle belongs to who asked for it. */
  started(by: Principal, wallMs: number): void {
    this.#startedBy = by;
    this.#startedAtMs = wallMs;
    this.#ran = false;
  }

  run(dtSeconds: number): void {
    this.runningHours += dtSeconds / 3_600;
  }

  /** @returns the cycle that this change of state completed, if any */
  changed(from: MachineState, to: MachineState, wallMs: number): CompletedCycle | null {
    if (to === 'RUNNING') this.#ran = true;
    if (to === 'ALARM') this.#startedBy = null;
    if (from !== 'STOPPING' || to === 'STOPPING' || this.#startedBy === null) return null;
    const startedBy = this.#startedBy;
    this.#startedBy = null;
    if (!this.#ran) return null;
    this.count++;
    return { startedBy, startedAtMs: this.#startedAtMs, endedAtMs: wallMs };
  }
}
