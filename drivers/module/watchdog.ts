import type { ReadArea, WatchdogDeclaration, WatchdogWrite } from '../declaration.ts';
import type { Request } from '../wire/request.ts';
import type { Ask } from './block-reader.ts';

/** A verification older than this proves nothing any more. */
const validMs = 10_000;
export const checkEveryMs = 5_000;
const retryMs = 1_000;
/** Two feeds may be lost. */
const feedsPerTime = 3;

/** What has to read so while the module is protected. */
interface Proof {
  readonly area: ReadArea;
  readonly address: number;
  readonly mask: number;
  readonly value: number;
}

/**
 * The module's own watchdog, which makes its outputs safe when nobody asks it anything any more. Set when the module
 * comes into reach, read back, fed where it wants to be fed, and checked again: on a serial line a module that rebooted
 * (and lost its watchdog) is invisible otherwise.
 */
export class ModuleWatchdog {
  /** Written and not read back. */
  readonly #prepare: readonly WatchdogWrite[];
  /** Written and read back. */
  readonly #settings: readonly WatchdogWrite[];
  readonly #proofs: readonly Proof[];
  readonly #feed: WatchdogDeclaration['feed'];
  readonly #feedEveryMs: number;
  #fed = 0;
  #feedDueMs = 0;
  #verifiedAtMs: number | null = null;
  /** It was found lost, and has not been set since. */
  #wasLost = false;
  /** It says itself whether it has expired. */
  readonly #hasStatus: boolean;
  #dueMs = 0;

  /** @param timeMs  null: the module has none, or it is not used */
  constructor(declaration: WatchdogDeclaration | null, timeMs: number | null) {
    const { address, msPerCount = 1, safeState, enable, status, prepare = [], feed } = declaration ?? unused;
    const isUsed = declaration !== null && timeMs !== null;
    const time = { area: 'holding' as const, address, value: Math.round((timeMs ?? 0) / msPerCount) };
    const safe = safeState === null ? [] : [{ area: 'holding' as const, ...safeState }];
    this.#settings = isUsed ? [...safe, time, ...(enable === undefined ? [] : [enable])] : [];
    this.#prepare = isUsed ? prepare : [];
    this.#hasStatus = isUsed && status !== undefined;
    this.#feed = isUsed ? feed : undefined;
    this.#feedEveryMs = (timeMs ?? 0) / feedsPerTime;
    this.#proofs = [
      ...this.#settings.map((setting) => ({ ...setting, mask: 0xffff })),
      ...(isUsed && status !== undefined ? [{ ...status, value: status.active }] : []),
    ];
  }

  /** When it is to be tended next; infinite: the module has none. */
  get dueMs(): number {
    if (this.#settings.length === 0) return Number.POSITIVE_INFINITY;
    return this.#isFed ? Math.min(this.#dueMs, this.#feedDueMs) : this.#dueMs;
  }

  /** How often it is fed by a write of its own, in ms; null: any request feeds it. */
  get feedPeriodMs(): number | null {
    return this.#feed === undefined ? null : this.#feedEveryMs;
  }

  isVerified(nowMs: number): boolean {
    if (this.#settings.length === 0) return true;
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

  /** Holding registers that reads may be asked of. */
  addresses(): readonly number[] {
    return this.#proofs.filter(({ area }) => area === 'holding').map(({ address }) => address);
  }

  /**
   * Feeds it when that is due, checks it when it was set before, else sets it and reads it back.
   *
   * @param stopDrives  for a module with drives: makes them stop, and says whether they do. Setting the watchdog up may take
   *   back that it has expired, and a drive that was stopped by that alone would run again.
   * @returns `lost` when it was set and is not any more: the module restarted in between, or its watchdog has expired;
   *   `held back` when a drive did not stop
   * @throws FieldError
   */
  async tend(
    ask: Ask,
    nowMs: number,
    stopDrives: (() => Promise<boolean>) | null = null,
  ): Promise<'set' | 'not set' | 'lost' | 'held back'> {
    const wasSet = this.#verifiedAtMs !== null;
    if (wasSet && this.#isFed && nowMs >= this.#feedDueMs) await this.#giveFeed(ask, nowMs);
    if (wasSet && nowMs < this.#dueMs) return 'set';
    this.#dueMs = nowMs + retryMs;
    if (!wasSet) {
      const mayRelease = this.#wasLost || this.#hasStatus || this.#prepare.length > 0;
      const mustStop = stopDrives !== null && mayRelease && !(await this.#wasKept(ask));
      if (mustStop && !(await stopDrives())) return 'held back';
      for (const write of [...this.#prepare, ...this.#settings]) await ask(requestOf(write));
      await this.#giveFeed(ask, nowMs);
    }
    if (!(await this.#isProved(ask))) {
      this.#verifiedAtMs = null;
      this.#wasLost ||= wasSet;
      if (wasSet) this.#dueMs = nowMs;
      return wasSet ? 'lost' : 'not set';
    }
    this.#verifiedAtMs = nowMs;
    this.#wasLost = false;
    this.#dueMs = nowMs + checkEveryMs;
    return 'set';
  }

  /** It is set from before a gap, and says that it has not expired. */
  async #wasKept(ask: Ask): Promise<boolean> {
    return !this.#wasLost && this.#hasStatus && (await this.#isProved(ask));
  }

  async #isProved(ask: Ask): Promise<boolean> {
    for (const { area, address, mask, value } of this.#proofs) {
      const [word] = await ask({ kind: 'read', area, address, count: 1 });
      if (word === undefined || (word & mask) !== value) return false;
    }
    return true;
  }

  /** Whether it wants more than any request, and is set so that it can be fed. */
  get #isFed(): boolean {
    return this.#feed !== undefined && this.#verifiedAtMs !== null;
  }

  /** The next value in turn: some modules take a value that they hold already for none. */
  async #giveFeed(ask: Ask, nowMs: number): Promise<void> {
    if (this.#feed === undefined) return;
    const { area, address, values } = this.#feed;
    const value = values[this.#fed++ % values.length];
    this.#feedDueMs = nowMs + this.#feedEveryMs;
    if (value !== undefined) await ask(requestOf({ area, address, value }));
  }
}

const unused: WatchdogDeclaration = { address: 0, safeState: null };

function requestOf({ area, address, value }: WatchdogWrite): Request {
  return area === 'coil'
    ? { kind: 'write-coils', address, values: [value === 0 ? 0 : 1] }
    : { kind: 'write-registers', address, values: [value] };
}
