import type { WatchdogDeclaration } from '../declaration.ts';
import type { Ask } from './block-reader.ts';

/** A verification older than this proves nothing any more. */
const validMs = 10_000;
export const checkEveryMs = 5_000;
const retryMs = 1_000;

/**
 * The module's own watchdog, which makes its outputs safe when nobody asks it anything any more. Set when the module
 * comes into reach, read back, and checked again: on a serial line a module that rebooted (and lost its watchdog) is
 * invisible otherwise.
 */
export class ModuleWatchdog {
  readonly #registers: readonly { readonly address: number; readonly value: number }[];
  #verifiedAtMs: number | null = null;
  #dueMs = 0;

  /** @param timeMs  null: the module has none, or it is not used */
  constructor(declaration: WatchdogDeclaration | null, timeMs: number | null) {
    if (declaration === null || timeMs === null) this.#registers = [];
    else {
      const { address, safeState } = declaration;
      this.#registers = [...(safeState === null ? [] : [safeState]), { address, value: timeMs }];
    }
  }

  /** When it is to be tended next; infinite: the module has none. */
  get dueMs(): number {
    return this.#registers.length === 0 ? Number.POSITIVE_INFINITY : this.#dueMs;
  }

  isVerified(nowMs: number): boolean {
    if (this.#registers.length === 0) return true;
    return this.#verifiedAtMs !== null && nowMs - this.#verifiedAtMs <= validMs;
  }

  /** The module was out of reach, or came back: it may have restarted. */
  away(): void {
    this.#verifiedAtMs = null;
    this.#dueMs = 0;
  }

  /** Something looks as if the module had restarted. */
  suspect(nowMs: number): void {
    this.#dueMs = Math.min(this.#dueMs, nowMs);
  }

  /** Registers that reads may be asked of. */
  addresses(): readonly number[] {
    return this.#registers.map(({ address }) => address);
  }

  /**
   * Checks the watchdog when it was set before, else sets it and reads it back.
   *
   * @returns `lost` when it was set and is not any more: the module restarted in between
   * @throws FieldError
   */
  async tend(ask: Ask, nowMs: number): Promise<'set' | 'not set' | 'lost'> {
    this.#dueMs = nowMs + retryMs;
    const wasSet = this.#verifiedAtMs !== null;
    if (!wasSet) {
      for (const { address, value } of this.#registers) {
        await ask({ kind: 'write-registers', address, values: [value] });
      }
    }
    for (const { address, value } of this.#registers) {
      const [word] = await ask({ kind: 'read', area: 'holding', address, count: 1 });
      if (word === value) continue;
      this.#verifiedAtMs = null;
      if (wasSet) this.#dueMs = nowMs;
      return wasSet ? 'lost' : 'not set';
    }
    this.#verifiedAtMs = nowMs;
    this.#dueMs = nowMs + checkEveryMs;
    return 'set';
  }
}
