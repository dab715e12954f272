import type { AuxiliaryDeclaration } from '../declaration.ts';
import type { OutputImage } from '../field.ts';

/** The outputs as commanded, and when a relay toggled last. */
export class OutputBoard {
  readonly #debounced: ReadonlySet<string>;
  readonly #debounceMs: number;
  readonly #toggledAtMs = new Map<string, number>();
  /** Replaced when an output changes, so that a scan's image stays what it was. */
  #image = new Map<string, number | boolean>();
  #shared = false;

  constructor({ debounced, debounceSeconds }: AuxiliaryDeclaration) {
    this.#debounced = new Set(debounced);
    this.#debounceMs = debounceSeconds * 1_000;
  }

  get(signal: string): number | boolean | undefined {
    return this.#image.get(signal);
  }

  isDebounced(signal: string): boolean {
    return this.#debounced.has(signal);
  }

  /** Time until this relay may toggle again, in s; 0 when it may. */
  debounceLeftSeconds(signal: string, nowMs: number): number {
    const toggledAtMs = this.#toggledAtMs.get(signal);
    return toggledAtMs === undefined ? 0 : Math.max(0, this.#debounceMs - (nowMs - toggledAtMs)) / 1_000;
  }

  /** A relay inside its debounce time keeps its position; whoever sets it asks again in the next scan. */
  set(signal: string, value: number | boolean, nowMs: number): void {
    const present = this.#image.get(signal);
    if (present === value) return;
    if (this.#debounced.has(signal)) {
      if (this.debounceLeftSeconds(signal, nowMs) > 0) return;
      if (present !== undefined) this.#toggledAtMs.set(signal, nowMs);
    }
    if (this.#shared) this.#image = new Map(this.#image);
    this.#shared = false;
    this.#image.set(signal, value);
  }

  take(): OutputImage {
    this.#shared = true;
    return this.#image;
  }
}
