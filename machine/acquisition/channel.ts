import type { FieldReading } from '../field.ts';
import { isCellGood, type Cell, type Image } from '../image.ts';
import type { Quality } from '../quality.ts';
import { uncalibrated, type Calibration } from './calibration.ts';
import type { IoModule } from './io-module.ts';
import type { JumpCheck } from './jump-check.ts';
import type { MovingAverage } from './moving-average.ts';

/** What was wrong with the reading that failed last. */
export type ReadingFailure =
  | { readonly kind: 'device'; readonly quality: Quality }
  | { readonly kind: 'type' | 'frozen' }
  | { readonly kind: 'span' | 'jump'; readonly value: number };

export interface ChannelOptions {
  /** What control and display use. */
  readonly cell: Cell;
  /** The single reading; the same cell where nothing is averaged. */
  readonly raw: Cell;
  readonly module: IoModule;
  readonly limitMs: number;
  readonly calibration?: Calibration;
  readonly average?: MovingAverage;
  readonly jumps?: JumpCheck;
}

/** One polled signal: judges every reading and its age. What fails the judgement keeps the last known value and its time. */
export class Channel {
  readonly cell: Cell;
  readonly raw: Cell;
  readonly module: IoModule;
  readonly limitMs: number;
  readonly #image: Image;
  readonly #calibration: Calibration;
  readonly #average: MovingAverage | null;
  readonly #jumps: JumpCheck | null;
  readonly #enabled: boolean;
  /** Monotonic time of the last delivered reading, good or condemned by the device; null: never. */
  lastAtMs: number | null = null;
  lastGoodAtMs: number | null = null;
  /** Since when the signal is not Good; null while it is, and while its absence does not count yet. */
  notGoodSinceMs: number | null = null;
  /** The reading has been the very same since then. */
  unchangedSinceMs: number | null = null;
  /** Good single readings above `watchAbove` in a row. */
  readingsAbove = 0;
  /** Why the reading failed, while it is failed. */
  failure: ReadingFailure | null = null;
  watchAbove = Number.POSITIVE_INFINITY;
  #frozen = false;
  #risingEdges = 0;

  constructor(image: Image, options: ChannelOptions) {
    this.#image = image;
    this.cell = options.cell;
    this.raw = options.raw;
    this.module = options.module;
    this.limitMs = options.limitMs;
    this.#calibration = options.calibration ?? uncalibrated;
    this.#average = options.average ?? null;
    this.#jumps = options.jumps ?? null;
    this.#enabled = this.cell.declaration.enabled && this.raw.declaration.enabled;
    if (!this.#enabled) this.#degrade('BadOutOfService');
  }

  get isGood(): boolean {
    return this.raw.sample.quality === 'Good';
  }

  /** Switched off in the configuration: not polled, and missed by nobody. */
  get isDisabled(): boolean {
    return !this.#enabled;
  }

  /** The device or the judgement condemned the reading itself, as opposed to its age. */
  get hasFailed(): boolean {
    const { quality } = this.raw.sample;
    return quality === 'BadSensorFailure' || quality === 'BadDeviceFailure' || quality === 'BadConfigurationError';
  }

  /** Not heard of for too long, or never. */
  get isStale(): boolean {
    const { quality } = this.raw.sample;
    return (
      quality === 'BadCommunicationError' || quality === 'UncertainLastUsableValue' || quality === 'BadNotConnected'
    );
  }

  receive(reading: FieldReading): void {
    if (!this.#enabled) return;
    // an answer that was overtaken by a newer one says nothing any more
    if (this.lastAtMs !== null && reading.atMs < this.lastAtMs) return;
    const { quality } = reading;
    if (quality === 'BadSensorFailure' || quality === 'BadDeviceFailure' || quality === 'BadConfigurationError') {
      this.#fail(quality, reading.atMs, { kind: 'device', quality });
      return;
    }
    // this poll gave nothing: value and quality stay until the freshness limit
    if (quality !== 'Good' || reading.value === null) return;
    const value = this.#typed(reading.value);
    if (value === null) {
      this.#fail('BadConfigurationError', reading.atMs, { kind: 'type' });
      return;
    }
    const implausible = this.#implausible(value, reading.atMs);
    if (implausible === null) this.#accept(value, reading);
    else this.#fail('BadSensorFailure', reading.atMs, implausible);
  }

  /** Judges the age. A module that is silent takes all its signals with it. */
  refresh(nowMs: number): void {
    if (!this.#enabled) return;
    if (this.lastAtMs === null) {
      const missedFromMs = this.module.missedFromMs(this.limitMs);
      if (nowMs >= missedFromMs) this.notGoodSinceMs ??= missedFromMs;
      return;
    }
    if (!this.module.lost && nowMs - this.lastAtMs <= this.limitMs) return;
    this.notGoodSinceMs ??= Math.min(nowMs, this.lastAtMs + Math.min(this.limitMs, this.module.limitMs));
    this.#average?.clear();
    this.unchangedSinceMs = null;
    const silent = this.module.isSilentFor(this.limitMs, nowMs);
    this.#degrade(silent ? 'BadCommunicationError' : 'UncertainLastUsableValue');
  }

  /** The heater model says that the zone must have moved while the reading did not. Ends with the first other reading. */
  condemnAsFrozen(nowMs: number): void {
    this.#frozen = true;
    this.failure = { kind: 'frozen' };
    this.notGoodSinceMs ??= nowMs;
    this.#average?.clear();
    this.#degrade('BadSensorFailure');
  }

  /** Changes from false to true between two good readings since the last call. */
  takeRisingEdges(): number {
    const edges = this.#risingEdges;
    this.#risingEdges = 0;
    return edges;
  }

  #typed(value: number | boolean): number | boolean | null {
    if (this.raw.declaration.type === 'Boolean') return typeof value === 'boolean' ? value : null;
    if (typeof value !== 'number' || !Number.isFinite(value)) return null;
    return this.#calibration.gain * value + this.#calibration.offset;
  }

  #implausible(value: number | boolean, atMs: number): ReadingFailure | null {
    if (typeof value === 'boolean') return null;
    const { span } = this.raw.declaration;
    if (span !== undefined && (value < span[0] || value > span[1])) return { kind: 'span', value };
    return this.#jumps === null || this.#jumps.isPlausible(atMs, value) ? null : { kind: 'jump', value };
  }

  #accept(value: number | boolean, reading: FieldReading): void {
    const same = this.raw.sample.value === value;
    if (!same) this.#frozen = false;
    if (!same || this.unchangedSinceMs === null) this.unchangedSinceMs = reading.atMs;
    if (this.#frozen) {
      this.lastAtMs = reading.atMs;
      this.#degrade('BadSensorFailure');
      return;
    }
    if (value === true && this.raw.sample.value === false && this.#continues(reading.atMs)) this.#risingEdges++;
    if (typeof value === 'number') this.readingsAbove = value > this.watchAbove ? this.readingsAbove + 1 : 0;
    this.lastAtMs = reading.atMs;
    this.lastGoodAtMs = reading.atMs;
    this.notGoodSinceMs = null;
    this.failure = null;
    this.#image.put(this.raw, value, 'Good', reading.wallMs);
    if (this.cell === this.raw) return;
    const smooth = typeof value === 'number' ? (this.#average?.add(reading.atMs, value) ?? value) : value;
    this.#image.put(this.cell, smooth, 'Good', reading.wallMs);
  }

  /** The reading before this one was good, and not too long ago: between the two an edge is an edge. */
  #continues(atMs: number): boolean {
    return isCellGood(this.raw) && this.lastAtMs !== null && atMs - this.lastAtMs <= this.limitMs;
  }

  #fail(quality: Quality, atMs: number, failure: ReadingFailure): void {
    this.failure = failure;
    this.lastAtMs = atMs;
    this.notGoodSinceMs ??= atMs;
    this.#average?.clear();
    this.unchangedSinceMs = null;
    this.#degrade(quality);
  }

  #degrade(quality: Quality): void {
    this.#image.degrade(this.raw, quality);
    if (this.cell !== this.raw) this.#image.degrade(this.cell, quality);
  }
}
