import { ValueOutOfRangeError } from '../codec/errors.ts';
import { decodeRegisters, wordsOf } from '../codec/registers.ts';
import { engineeringOf } from '../codec/scaling.ts';
import { type Cell, cellKey } from '../plan/read-plan.ts';
import type { CellValues } from './block-reader.ts';
import { DriveRun } from './drive-run.ts';
import { DriveStarting } from './drive-starting.ts';
import { type DriveChannel, driveWords, type DriveWords, referenceOf } from './drive-words.ts';
import { type Contribution, OutputPoint } from './output-point.ts';
import { givenUpAfterTries, type OutputTarget } from './output-target.ts';

/** The speed of a drive: its control word and its reference, under the rule that nothing restarts unasked. */
export class DrivePoint extends OutputPoint {
  readonly contributions: readonly Contribution[];
  override readonly watched: readonly Cell[];
  readonly #words: DriveWords;
  readonly #run = new DriveRun();
  readonly #starting: DriveStarting;
  readonly #controlKey: string;
  readonly #referenceKey: string;
  /** The commanded speed can't be written; the drive is stopped instead, which never reads back as commanded. */
  #isUnwritable = false;
  /** Reference as last read; null: not since the module was away. */
  #reference: number | null = null;
  /** The control word as last read, while it waits for the reference that says the direction. */
  #unjudged: number | null = null;

  constructor(signal: string, channel: DriveChannel) {
    super(signal);
    const words = driveWords(channel);
    const { control, mask, reference, start } = words;
    this.#words = words;
    this.#starting = new DriveStarting(start ?? null, mask);
    this.watched = this.#starting.cells;
    const count = wordsOf(reference.type);
    const controlPart: Contribution = {
      area: 'holding',
      address: control,
      count: 1,
      mask: [mask],
      off: () => [words.words.stop],
      words: () => this.#whenKnown((rpm) => [this.#controlWord(rpm)]),
    };
    const referencePart: Contribution = {
      area: 'holding',
      address: reference.address,
      count,
      mask: Array<number>(count).fill(0xffff),
      words: () => this.#whenKnown((rpm) => referenceOf(rpm, words)),
    };
    this.contributions = [controlPart, referencePart];
    this.#controlKey = cellKey(controlPart);
    this.#referenceKey = cellKey(referencePart);
  }

  override command(value: number | boolean): void {
    super.command(value);
    const rpm = Number(value);
    this.#isUnwritable = !this.#isWritable(rpm);
    // what the reference can't tell from standing is no command to run
    const stands = this.#isUnwritable || referenceOf(rpm, this.#words).every((word) => word === 0);
    this.#run.command(stands ? 0 : rpm);
    if (this.#run.rpm === 0) this.#starting.reset();
  }

  override get tries(): number {
    if (this.#isUnwritable) return givenUpAfterTries;
    return Math.max(this.#run.tries, this.#starting.tries, super.tries);
  }

  /** The target of the control word. */
  get control(): OutputTarget | null {
    return this.targets[0]?.target ?? null;
  }

  override away(): void {
    this.#run.away();
    this.#starting.reset();
    this.#reference = null;
    this.#unjudged = null;
  }

  /** Its watchdog stopped it, or may have: it is not to run before it was told to stop. */
  withhold(): void {
    this.#run.withhold();
    this.#starting.reset();
  }

  /** It reads as running; a control word that can't be read says nothing. */
  get readsRunning(): boolean {
    const word = this.words(0)?.[0];
    return word !== undefined && this.#runs(word);
  }

  override take(values: CellValues): boolean {
    const { type, order = 'ABCD' } = this.#words.reference;
    const reference = values.get(this.#referenceKey);
    if (reference !== undefined) this.#reference = decodeRegisters(reference, type, order);
    this.#starting.take(values);
    const word = values.get(this.#controlKey)?.[0] ?? this.#unjudged;
    if (word === null) return false;
    const needsReference = this.#words.backward === 'by the sign of the reference';
    this.#unjudged = needsReference && this.#reference === null ? word : null;
    return this.#unjudged === null && this.#judge(word);
  }

  readBack(): number | null {
    const word = this.words(0)?.[0];
    const words = this.words(1);
    if (word === undefined || words === null) return null;
    if (!this.#runs(word)) return 0;
    const { type, order = 'ABCD', scale } = this.#words.reference;
    const rpm = engineeringOf(decodeRegisters(words, type, order), { scale });
    if (!Number.isFinite(rpm)) return null;
    return this.#reversesByWord(word) ? -rpm : rpm;
  }

  #judge(word: number): boolean {
    const isSent = this.control?.isSent === true;
    const isOnItsWay = this.#run.mayRun && this.#starting.isOnItsWay(word, isSent);
    const stopped = this.#run.readBack(this.#runs(word) || isOnItsWay, this.#reverses(word), isSent);
    if (this.#run.mayRun) this.#starting.read(word, this.#runs(word));
    else this.#starting.reset();
    return stopped;
  }

  #controlWord(rpm: number): number {
    const { stop, forward, reverse = forward } = this.#words.words;
    if (rpm === 0) return stop;
    return this.#starting.word ?? (rpm < 0 ? reverse : forward);
  }

  #runs(word: number): boolean {
    const { mask, words } = this.#words;
    return (word & mask) === words.forward || this.#reversesByWord(word);
  }

  #reverses(word: number): boolean {
    return this.#reversesByWord(word) || (this.#words.backward !== 'by its control word' && (this.#reference ?? 0) < 0);
  }

  #reversesByWord(word: number): boolean {
    return (word & this.#words.mask) === this.#words.words.reverse;
  }

  #isWritable(rpm: number): boolean {
    try {
      referenceOf(rpm, this.#words);
      return true;
    } catch (error) {
      if (error instanceof ValueOutOfRangeError) return false;
      throw error;
    }
  }

  #whenKnown(words: (rpm: number) => readonly number[]): readonly number[] | null {
    const { rpm } = this.#run;
    return rpm === null ? null : words(rpm);
  }
}
