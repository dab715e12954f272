import type { FieldReading, OutputImage, OutputMismatch } from '../../machine/field.ts';
import type { ModuleDeclaration } from '../declaration.ts';
import type { FieldClock } from '../field.ts';
import { type Cell, cellKey, type RequestCost } from '../plan/read-plan.ts';
import type { ModbusExceptionError } from '../wire/errors.ts';
import { type Ask, BlockReader, type CellValues } from './block-reader.ts';
import { DrivePoint } from './drive-point.ts';
import { outputPoint } from './output-kinds.ts';
import type { Contribution, OutputPoint } from './output-point.ts';
import { OutputTarget } from './output-target.ts';
import { isSwitchingOff, type PendingWrite, wordsWritten, WriteQueue } from './write-queue.ts';

/** The output channels of one module that signals are bound to: what is wanted of them, and what they read back. */
export class Outputs {
  readonly reader: BlockReader;
  readonly #points: readonly OutputPoint[];
  readonly #drives: readonly DrivePoint[];
  readonly #targets: readonly OutputTarget[];
  readonly #clock: FieldClock;
  readonly #queue: WriteQueue;
  /** What the poll that broke off has brought; null: none did, or the module was away since. */
  #interrupted: { readonly waiting: Set<OutputPoint>; readonly came: Set<string> } | null = null;

  constructor(
    module: ModuleDeclaration,
    bindings: readonly { readonly signal: string; readonly channel: string }[],
    cost: RequestCost,
    clock: FieldClock,
  ) {
    const { outputs, limits, readableGap = 0 } = module.profile;
    this.#clock = clock;
    this.#points = bindings.map(({ signal, channel }) => {
      const declared = outputs[channel];
      if (declared === undefined) throw new RangeError(`${module.id} has no output ${channel} for ${signal}`);
      return outputPoint(signal, declared);
    });
    this.#drives = this.#points.filter((point) => point instanceof DrivePoint);
    this.#targets = targetsOf(this.#points, module.profile.functions?.maskWrite === true);
    this.#queue = new WriteQueue(this.#targets, beforeControl(this.#drives), module.profile);
    this.reader = new BlockReader(
      [...this.#targets.map((target) => target.cell), ...this.#points.flatMap((point) => point.watched)],
      { ...limits, gap: readableGap },
      cost,
    );
  }

  /** Every output was read back since the module was last away, and since it was last written. */
  get areKnown(): boolean {
    const nowMs = this.#clock.monotonicMs();
    return this.#targets.every((target) => target.isKnown(nowMs));
  }

  /** What is written by one request each when every output changes. */
  writeCells(): Cell[] {
    return this.#queue.cells();
  }

  command(image: OutputImage): void {
    for (const point of this.#points) {
      const value = image.get(point.signal);
      if (value !== undefined) point.command(value);
    }
    this.#recompose();
  }

  /** The module was out of reach, or came back: nothing is known of what it holds. */
  away(): void {
    for (const point of this.#points) point.away();
    for (const target of this.#targets) target.away();
    this.#interrupted = null;
    this.#recompose();
  }

  /** Everything that is wanted is to be written again, whatever it reads, and read back from the first to the last. */
  insist(): void {
    this.reader.startOver();
    for (const target of this.#targets) target.insist();
  }

  get hasDrives(): boolean {
    return this.#drives.length > 0;
  }

  /** A drive among them reads as running; what can't be read says nothing. */
  get readsRunning(): boolean {
    return this.#drives.some((drive) => drive.readsRunning);
  }

  /**
   * Something else than a command stopped the drives, or may have: none of them runs again before it was commanded 0. Until
   * then their words to stop are written, whatever they read, and they are read back from the first register to the last.
   */
  withholdDrives(): void {
    this.reader.startOver();
    for (const drive of this.#drives) drive.withhold();
    this.#recompose();
    for (const drive of this.#drives) drive.control?.insist();
  }

  /** What is to be written next to make the drives stop; null: nothing, or not yet. */
  nextStop(nowMs: number): PendingWrite | null {
    const pending = this.#queue.next(nowMs, (target) => this.#drives.some((drive) => drive.control === target));
    return pending !== null && isSwitchingOff(pending) ? pending : null;
  }

  /** When the next write is due; infinite: none. */
  writeDueAtMs(): number {
    return this.#queue.dueAtMs();
  }

  /** @param isMeant  which of them; missing: all */
  nextWrite(nowMs: number, isMeant?: (target: OutputTarget) => boolean): PendingWrite | null {
    return this.#queue.next(nowMs, isMeant);
  }

  /**
   * The write was acknowledged.
   *
   * @param answer   the registers as the module read them after the write, where the request asked for them
   * @param stopped  as in `poll`
   * @returns whether all of it has been read back with that
   */
  written(
    { request, targets }: PendingWrite,
    answer: readonly number[],
    deliver: (readings: readonly FieldReading[]) => void,
    stopped: (signal: string) => void,
  ): boolean {
    this.#queue.done(targets);
    const words = wordsWritten(request);
    const read = new Map<string, readonly number[]>();
    let from = 0;
    for (const target of targets) {
      const { count } = target.cell;
      target.written(words.slice(from, from + count), this.#clock.monotonicMs());
      // what a poll that broke off read there is older than this
      this.#interrupted?.came.delete(cellKey(target.cell));
      read.set(cellKey(target.cell), answer.slice(from, from + count));
      from += count;
    }
    if (request.kind !== 'read-write') return false;
    this.#take(read, stopped);
    const carried = this.#points.filter((point) => point.targets.some(({ target }) => read.has(cellKey(target.cell))));
    const whole = carried.filter((point) => point.targets.every(({ target }) => read.has(cellKey(target.cell))));
    if (whole.length > 0) deliver(whole.map((point) => this.#reading(point)));
    return whole.length === carried.length;
  }

  refused(write: PendingWrite, error: ModbusExceptionError): void {
    if (this.#queue.takesAnotherWay(write, error)) return;
    for (const target of write.targets) target.refused(error, this.#clock.monotonicMs());
  }

  /**
   * Reads every output back, or what the last poll left when it broke off, and delivers what came as readings of the output
   * signals.
   *
   * @param stopped  called when a drive was found stopped against its command and is not to be started again
   */
  async poll(
    ask: Ask,
    deliver: (readings: readonly FieldReading[]) => void,
    refused: (cell: Cell, error: ModbusExceptionError) => void,
    stopped: (signal: string) => void,
  ): Promise<void> {
    const poll = (this.reader.isInterrupted ? this.#interrupted : null) ?? {
      waiting: new Set(this.#points),
      came: new Set<string>(),
    };
    const { waiting, came } = poll;
    this.#interrupted = poll;
    const take = (values: CellValues): void => {
      this.#take(values, stopped);
      for (const key of values.keys()) came.add(key);
      const readings: FieldReading[] = [];
      for (const point of waiting) {
        if (!point.targets.every(({ target }) => came.has(cellKey(target.cell)))) continue;
        waiting.delete(point);
        readings.push(this.#reading(point));
      }
      if (readings.length > 0) deliver(readings);
    };
    // one at a time: what is read back must have been asked for after the last write
    await this.reader.read(ask, 1, this.#clock.monotonicMs(), take, (cell, error) => {
      for (const target of this.#targets) if (cellKey(target.cell) === cellKey(cell)) target.unreadable();
      refused(cell, error);
    });
    this.#interrupted = null;
    const verdicts = [...waiting].flatMap((point): FieldReading[] => {
      const [quality] = point.targets.flatMap(({ target }) => this.reader.holeQuality(cellKey(target.cell)) ?? []);
      return quality === undefined ? [] : [{ signal: point.signal, value: null, quality, ...this.#now() }];
    });
    if (verdicts.length > 0) deliver(verdicts);
  }

  /** Outputs that were written and read otherwise; what was never read back is no mismatch but unknown. */
  mismatches(): OutputMismatch[] {
    return this.#points.flatMap((point): OutputMismatch[] => {
      const { signal, commanded, tries } = point;
      const readBack = point.readBack();
      return commanded === null || readBack === null || tries === 0 ? [] : [{ signal, commanded, readBack, tries }];
    });
  }

  #take(values: CellValues, stopped: (signal: string) => void): void {
    for (const point of this.#points) if (point.take(values)) stopped(point.signal);
    this.#recompose();
    for (const target of this.#targets) {
      const words = values.get(cellKey(target.cell));
      if (words !== undefined) target.readBack(words, this.#clock.monotonicMs());
    }
  }

  #recompose(): void {
    for (const target of this.#targets) target.recompose();
  }

  #reading(point: OutputPoint): FieldReading {
    const value = point.readBack();
    return { signal: point.signal, value, quality: value === null ? 'BadDeviceFailure' : 'Good', ...this.#now() };
  }

  #now(): { atMs: number; wallMs: number } {
    return { atMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() };
  }
}

/**
 * Signals that share a register (the bits of a control word) share its target.
 *
 * @param hasOthers  bits that no signal decides are somebody else's: they stay as they are, also where FC22 turns out not to work
 */
function targetsOf(points: readonly OutputPoint[], hasOthers: boolean): OutputTarget[] {
  const shares = new Map<string, { point: OutputPoint; contribution: Contribution }[]>();
  for (const point of points) {
    for (const contribution of point.contributions) {
      const key = cellKey(contribution);
      shares.set(key, [...(shares.get(key) ?? []), { point, contribution }]);
    }
  }
  const byKey = new Map<string, OutputTarget>();
  for (const [key, sharing] of shares) {
    const contributions = sharing.map(({ contribution }) => contribution);
    const [{ area, address, count } = { area: 'holding' as const, address: 0, count: 1 }] = contributions;
    const mask = united(contributions.map((contribution) => contribution.mask));
    const isPart = area === 'holding' && mask.some((bits) => bits !== 0xffff);
    const keepsOthers =
      (hasOthers && isPart) || contributions.some((contribution) => contribution.keepsOthers === true);
    const off = united(contributions.map((contribution) => contribution.off?.() ?? contribution.mask.map(() => 0)));
    byKey.set(
      key,
      new OutputTarget({ area, address, count }, mask, () => composed(contributions), { off, keepsOthers }),
    );
  }
  for (const point of points) {
    for (const contribution of point.contributions) {
      const target = byKey.get(cellKey(contribution));
      if (target !== undefined) point.targets.push({ target, mask: contribution.mask });
    }
  }
  return [...byKey.values()];
}

/** A word that several signals share is written only when all of them are known. */
function composed(contributions: readonly Contribution[]): readonly number[] | null {
  const parts = contributions.map((contribution) => contribution.words());
  const known = parts.filter((part) => part !== null);
  return known.length === parts.length ? united(known) : null;
}

function united(words: readonly (readonly number[])[]): readonly number[] {
  const [first = []] = words;
  return first.map((_, index) => words.reduce((all, each) => all | (each[index] ?? 0), 0));
}

/** The other targets of the drive whose control word it is; null: it is none. */
function beforeControl(drives: readonly DrivePoint[]): (target: OutputTarget) => readonly OutputTarget[] | null {
  return (target) => {
    const drive = drives.find((point) => point.control === target);
    return drive === undefined ? null : drive.targets.map((own) => own.target).filter((own) => own !== target);
  };
}
