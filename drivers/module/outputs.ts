import type { FieldReading, OutputImage, OutputMismatch } from '../../machine/field.ts';
import type { ModuleDeclaration } from '../declaration.ts';
import type { FieldClock } from '../field.ts';
import { type Cell, cellKey, type RequestCost } from '../plan/read-plan.ts';
import type { ModbusExceptionError } from '../wire/errors.ts';
import type { Request } from '../wire/request.ts';
import { type Ask, BlockReader, type CellValues } from './block-reader.ts';
import { DrivePoint } from './drive-point.ts';
import { outputPoint } from './output-kinds.ts';
import type { Contribution, OutputPoint } from './output-point.ts';
import { OutputTarget } from './output-target.ts';

/** MODBUS Application Protocol V1.1b3, 6.11. */
const protocolMostCoils = 1968;

/** A write that is to be sent now, with the targets that it carries. */
export interface PendingWrite {
  readonly request: Request;
  readonly targets: readonly OutputTarget[];
}

/** The output channels of one module that signals are bound to: what is wanted of them, and what they read back. */
export class Outputs {
  readonly reader: BlockReader;
  readonly #points: readonly OutputPoint[];
  readonly #targets: readonly OutputTarget[];
  readonly #clock: FieldClock;
  readonly #mostCoils: number;
  /** The module does not know the function for several coils. */
  #oneCoilAtATime = false;

  constructor(
    module: ModuleDeclaration,
    bindings: readonly { readonly signal: string; readonly channel: string }[],
    cost: RequestCost,
    clock: FieldClock,
  ) {
    const { outputs, limits, readableGap = 0 } = module.profile;
    this.#clock = clock;
    this.#mostCoils = Math.min(limits.bits, protocolMostCoils);
    this.#points = bindings.map(({ signal, channel }) => {
      const declared = outputs[channel];
      if (declared === undefined) throw new RangeError(`${module.id} has no output ${channel} for ${signal}`);
      return outputPoint(signal, declared);
    });
    this.#targets = targetsOf(this.#points);
    this.reader = new BlockReader(
      [...this.#targets.map((target) => target.cell), ...this.#points.flatMap((point) => point.watched)],
      { ...limits, gap: readableGap },
      cost,
    );
  }

  /** Every output was read back since the module was last away. */
  get areKnown(): boolean {
    return this.#targets.every((target) => target.read !== null);
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
    this.#recompose();
  }

  /** Everything that is wanted is to be written again, whatever it reads. */
  insist(): void {
    for (const target of this.#targets) target.insist();
  }

  /** When the next write is due; infinite: none. */
  writeDueAtMs(): number {
    return Math.min(...this.#targets.map((target) => target.dueAtMs()), Number.POSITIVE_INFINITY);
  }

  /** What goes off goes first; what makes a drive run goes last, when its speed is there. */
  nextWrite(nowMs: number): PendingWrite | null {
    const due = this.#targets.filter((target) => target.isDue(nowMs)).toSorted((a, b) => this.#rank(a) - this.#rank(b));
    const [first] = due;
    if (first?.wanted === null || first === undefined) return null;
    if (first.cell.area === 'holding') {
      return {
        request: { kind: 'write-registers', address: first.cell.address, values: first.wanted },
        targets: [first],
      };
    }
    const targets = this.#oneCoilAtATime ? [first] : contiguous(first, due, this.#mostCoils);
    const values = targets.map((target): 0 | 1 => (target.wanted?.[0] === 1 ? 1 : 0));
    return { request: { kind: 'write-coils', address: targets[0]?.cell.address ?? 0, values }, targets };
  }

  written({ request, targets }: PendingWrite): void {
    if (request.kind === 'read') return;
    for (const [index, target] of targets.entries()) {
      target.written(targets.length === 1 ? request.values : request.values.slice(index, index + 1));
    }
  }

  refused({ targets }: PendingWrite, error: ModbusExceptionError): void {
    if (error.exception === 1 && targets.length > 1) {
      this.#oneCoilAtATime = true;
      return;
    }
    for (const target of targets) target.refused(error, this.#clock.monotonicMs());
  }

  /**
   * Reads every output back and delivers what came as readings of the output signals.
   *
   * @param stopped  called when a drive was found stopped against its command and is not to be started again
   */
  async poll(
    ask: Ask,
    deliver: (readings: readonly FieldReading[]) => void,
    refused: (cell: Cell, error: ModbusExceptionError) => void,
    stopped: (signal: string) => void,
  ): Promise<void> {
    const waiting = new Set(this.#points);
    const came = new Set<string>();
    const take = (values: CellValues): void => {
      this.#take(values, stopped);
      for (const key of values.keys()) came.add(key);
      const readings: FieldReading[] = [];
      for (const point of waiting) {
        if (!point.targets.every(({ target }) => came.has(cellKey(target.cell)))) continue;
        waiting.delete(point);
        const value = point.readBack();
        const quality = value === null ? 'BadDeviceFailure' : 'Good';
        readings.push({ signal: point.signal, value, quality, ...this.#now() });
      }
      if (readings.length > 0) deliver(readings);
    };
    await this.reader.read(ask, this.#clock.monotonicMs(), take, refused);
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

  #rank(target: OutputTarget): number {
    if (target.isOff) return 0;
    return this.#points.some((point) => point instanceof DrivePoint && point.control === target) ? 2 : 1;
  }

  #now(): { atMs: number; wallMs: number } {
    return { atMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() };
  }
}

/** Signals that share a register (the bits of a control word) share its target. */
function targetsOf(points: readonly OutputPoint[]): OutputTarget[] {
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
    const keepsOthers = contributions.some((contribution) => contribution.keepsOthers === true);
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

/** The due coils around `first` without a hole between them, in order of address. */
function contiguous(first: OutputTarget, due: readonly OutputTarget[], most: number): OutputTarget[] {
  const byAddress = new Map(
    due.filter(({ cell }) => cell.area === 'coil').map((target) => [target.cell.address, target]),
  );
  const run = [first];
  for (const step of [1, -1]) {
    let next = byAddress.get(first.cell.address + step);
    while (next !== undefined && run.length < most) {
      if (step > 0) run.push(next);
      else run.unshift(next);
      next = byAddress.get(next.cell.address + step);
    }
  }
  return run;
}
