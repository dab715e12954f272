import type { ModuleStatistics } from '../../machine/field.ts';
import type { FieldClock } from '../field.ts';
import { type FieldError, ModbusExceptionError, ModuleSilentError } from '../wire/errors.ts';
import { Latencies } from './latencies.ts';

/** What happened to the requests to one module since the start. */
export class RequestStatistics {
  #requests = 0;
  #failures = 0;
  #timeouts = 0;
  #exceptions = 0;
  #lateFrames = 0;
  #lastError: { readonly text: string; readonly atMs: number } | null = null;
  readonly #clock: FieldClock;
  readonly #latencies = new Latencies();

  constructor(clock: FieldClock) {
    this.#clock = clock;
  }

  answered(latencyMs: number, nowMs: number): void {
    this.#requests++;
    this.#latencies.add(latencyMs, nowMs);
  }

  failed(error: FieldError): void {
    this.#requests++;
    this.#failures++;
    if (error instanceof ModuleSilentError) this.#timeouts++;
    if (error instanceof ModbusExceptionError) this.#exceptions++;
    this.trouble(error.message);
  }

  late(): void {
    this.#lateFrames++;
  }

  /** Something that concerns the module but was no request to it: its line can't be opened. */
  trouble(message: string): void {
    this.#lastError = { text: message, atMs: this.#clock.wallMs() };
  }

  /** Names line, unit, function and range; null: none yet. */
  get lastError(): string | null {
    return this.#lastError?.text ?? null;
  }

  latencyMs(share: number, nowMs: number): number | null {
    return this.#latencies.percentile(share, nowMs);
  }

  snapshot(nowMs: number): Omit<ModuleStatistics, 'id' | 'line' | 'demoted'> {
    return {
      requests: this.#requests,
      failures: this.#failures,
      timeouts: this.#timeouts,
      exceptions: this.#exceptions,
      lateFrames: this.#lateFrames,
      latencyP50Ms: this.#latencies.percentile(0.5, nowMs),
      latencyP95Ms: this.#latencies.percentile(0.95, nowMs),
      lastError: this.lastError,
      lastErrorAtMs: this.#lastError?.atMs ?? null,
    };
  }
}
