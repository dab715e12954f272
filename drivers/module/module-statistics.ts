import type { ModuleStatistics } from '../../machine/field.ts';
import { type FieldError, ModbusExceptionError, ModuleSilentError } from '../wire/errors.ts';
import { Latencies } from './latencies.ts';

/** What happened to the requests to one module since the start. */
export class RequestStatistics {
  #requests = 0;
  #failures = 0;
  #timeouts = 0;
  #exceptions = 0;
  #lateFrames = 0;
  #lastError: string | null = null;
  readonly #latencies = new Latencies();

  answered(latencyMs: number, nowMs: number): void {
    this.#requests++;
    this.#latencies.add(latencyMs, nowMs);
  }

  failed(error: FieldError): void {
    this.#requests++;
    this.#failures++;
    if (error instanceof ModuleSilentError) this.#timeouts++;
    if (error instanceof ModbusExceptionError) this.#exceptions++;
    this.#lastError = error.message;
  }

  late(): void {
    this.#lateFrames++;
  }

  /** Something that concerns the module but was no request to it: its line can't be opened. */
  trouble(message: string): void {
    this.#lastError = message;
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
      lastError: this.#lastError,
    };
  }
}
