import type { MachineDeclaration } from './declaration.ts';
import type { Quality } from './quality.ts';
import type { SignalDeclaration, SignalUpdate, SignalValue } from './signal.ts';

/** The place of one signal in the image. */
export interface Cell {
  readonly declaration: SignalDeclaration;
  /** Replaced, never changed, when something about it changes. */
  sample: SignalUpdate;
  /** Waits to be published. */
  changed: boolean;
}

/** The process image: the newest sample of every declared signal, and which of them changed since they were last taken. */
export class Image {
  readonly #cells = new Map<string, Cell>();
  readonly #samples = new Map<string, SignalUpdate>();
  #changed: Cell[] = [];

  constructor(declaration: MachineDeclaration, wallMs: number) {
    for (const signal of declaration.signals.values()) {
      const quality = unreadQuality(signal);
      const sample: SignalUpdate = { signal: signal.id, value: null, quality, sourceTimeMs: wallMs };
      this.#cells.set(signal.id, { declaration: signal, sample, changed: false });
      this.#samples.set(signal.id, sample);
    }
  }

  get samples(): ReadonlyMap<string, SignalUpdate> {
    return this.#samples;
  }

  /** @throws RangeError when the signal is not declared: the configuration check has a hole, nothing may start */
  cell(signal: string): Cell {
    const cell = this.#cells.get(signal);
    if (cell === undefined) throw new RangeError(`signal ${signal} is used but not declared`);
    return cell;
  }

  find(signal: string): Cell | undefined {
    return this.#cells.get(signal);
  }

  cells(): Iterable<Cell> {
    return this.#cells.values();
  }

  put(cell: Cell, value: SignalValue, quality: Quality, sourceTimeMs: number): void {
    const { sample } = cell;
    if (sample.value === value && sample.quality === quality && sample.sourceTimeMs === sourceTimeMs) return;
    cell.sample = { signal: sample.signal, value, quality, sourceTimeMs };
    this.#samples.set(sample.signal, cell.sample);
    if (!cell.changed) {
      cell.changed = true;
      this.#changed.push(cell);
    }
  }

  /** As `put`, but the source time stays at the last change of value or quality. */
  putIfChanged(cell: Cell, value: SignalValue, quality: Quality, wallMs: number): void {
    if (cell.sample.value !== value || cell.sample.quality !== quality) this.put(cell, value, quality, wallMs);
  }

  /** A quality that takes the value's place of honour: the last known value and its source time stay. */
  degrade(cell: Cell, quality: Quality): void {
    if (cell.sample.quality !== quality) this.put(cell, cell.sample.value, quality, cell.sample.sourceTimeMs);
  }

  /** What changed since the last call, each signal once. */
  takeChanges(): readonly SignalUpdate[] {
    if (this.#changed.length === 0) return [];
    const changes: SignalUpdate[] = [];
    for (const cell of this.#changed) {
      cell.changed = false;
      changes.push(cell.sample);
    }
    this.#changed = [];
    return changes;
  }
}

function unreadQuality(signal: SignalDeclaration): Quality {
  const fromField = signal.direction === 'input' || signal.direction === 'output';
  if (!fromField) return 'Good';
  return signal.enabled ? 'BadNotConnected' : 'BadOutOfService';
}

export function isCellGood(cell: Cell): boolean {
  return cell.sample.quality === 'Good';
}

/** The value as a number, whatever its quality; NaN before the first reading. Ask for the quality first. */
export function numberOf(cell: Cell): number {
  const { value } = cell.sample;
  return typeof value === 'number' ? value : Number.NaN;
}

/** True only for a value that is Good and true. */
export function isTrue(cell: Cell): boolean {
  return cell.sample.quality === 'Good' && cell.sample.value === true;
}

/** True only for a value that is Good and false. */
export function isFalse(cell: Cell): boolean {
  return cell.sample.quality === 'Good' && cell.sample.value === false;
}
