import { bitOf, decodeRegisters, encodeRegisters, withBit, wordsOf } from '../codec/registers.ts';
import { engineeringOf, rawOf } from '../codec/scaling.ts';
import type { OutputChannel } from '../declaration.ts';
import { DriveRun } from './drive-run.ts';
import { givenUpAfterTries, type OutputTarget } from './output-target.ts';

/** What one register, pair or coil gets from one signal. */
export interface Contribution {
  readonly area: 'coil' | 'holding';
  readonly address: number;
  readonly count: 1 | 2;
  /** Bits of each word that this signal decides. */
  readonly mask: readonly number[];
  /** null: nothing is to be written. */
  readonly words: () => readonly number[] | null;
}

/** One output signal: how its commanded value becomes registers, and what was read back becomes its value. */
export abstract class OutputPoint {
  readonly signal: string;
  commanded: number | boolean | null = null;
  abstract readonly contributions: readonly Contribution[];
  /** Where the contributions went; filled in when the targets are built. */
  readonly targets: { readonly target: OutputTarget; readonly mask: readonly number[] }[] = [];

  constructor(signal: string) {
    this.signal = signal;
  }

  command(value: number | boolean): void {
    this.commanded = value;
  }

  /** In the signal's unit; null while a register of it has not been read. */
  abstract readBack(): number | boolean | null;

  /** Failed tries while it reads otherwise than commanded; 0: it reads right, or was not judged yet. */
  get tries(): number {
    const failing = this.targets.filter(({ target, mask }) => target.tries > 0 && target.differs(mask));
    return Math.max(0, ...failing.map(({ target }) => target.tries));
  }

  protected words(index: number): readonly number[] | null {
    return this.targets[index]?.target.read ?? null;
  }
}

export function outputPoint(signal: string, channel: OutputChannel): OutputPoint {
  switch (channel.kind) {
    case 'register':
      return new RegisterPoint(signal, channel);
    case 'coil':
      return new BitPoint(signal, 'coil', channel.address, 0);
    case 'drive-bit':
      return new BitPoint(signal, 'holding', channel.control, channel.bit);
    case 'drive-speed':
      return new DrivePoint(signal, channel);
    default:
      throw new RangeError(`${signal}: unknown kind of output`);
  }
}

class RegisterPoint extends OutputPoint {
  readonly contributions: readonly Contribution[];
  readonly #channel: OutputChannel & { readonly kind: 'register' };
  #raw: readonly number[] | null = null;
  /** The commanded value can't be written; off is written instead, which never reads back as commanded. */
  #isUnwritable = false;

  constructor(signal: string, channel: OutputChannel & { readonly kind: 'register' }) {
    super(signal);
    this.#channel = channel;
    const count = wordsOf(channel.type);
    const mask = count === 1 ? [0xffff] : [0xffff, 0xffff];
    this.contributions = [{ area: 'holding', address: channel.address, count, mask, words: () => this.#raw }];
  }

  override command(value: number | boolean): void {
    super.command(value);
    const raw = this.#encoded(value);
    this.#isUnwritable = raw === null;
    this.#raw = raw ?? this.#encoded(0) ?? Array.from({ length: wordsOf(this.#channel.type) }, () => 0);
  }

  override get tries(): number {
    return this.#isUnwritable ? givenUpAfterTries : super.tries;
  }

  readBack(): number | null {
    const words = this.words(0);
    if (words === null) return null;
    const { type, order = 'ABCD' } = this.#channel;
    const value = engineeringOf(decodeRegisters(words, type, order), this.#channel);
    return Number.isFinite(value) ? value : null;
  }

  #encoded(value: number | boolean): readonly number[] | null {
    const { type, order = 'ABCD' } = this.#channel;
    try {
      return encodeRegisters(rawOf(Number(value), this.#channel), type, order);
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }
}

/** A coil, or one bit of a control word. */
class BitPoint extends OutputPoint {
  readonly contributions: readonly Contribution[];
  readonly #bit: number;

  constructor(signal: string, area: 'coil' | 'holding', address: number, bit: number) {
    super(signal);
    this.#bit = bit;
    const words = () => (this.commanded === null ? null : [withBit(0, bit, Boolean(this.commanded))]);
    this.contributions = [{ area, address, count: 1, mask: [1 << bit], words }];
  }

  readBack(): boolean | null {
    const word = this.words(0)?.[0];
    return word === undefined ? null : bitOf(word, this.#bit);
  }
}

export type DriveChannel = OutputChannel & { readonly kind: 'drive-speed' };

export class DrivePoint extends OutputPoint {
  readonly contributions: readonly Contribution[];
  readonly #channel: DriveChannel;
  readonly #run = new DriveRun();

  constructor(signal: string, channel: DriveChannel) {
    super(signal);
    this.#channel = channel;
    const { control, speed, runBit, reverseBit } = channel;
    this.contributions = [
      {
        area: 'holding',
        address: control,
        count: 1,
        mask: [(1 << runBit) | (1 << reverseBit)],
        words: () => this.#whenKnown((rpm) => withBit(withBit(0, runBit, rpm !== 0), reverseBit, rpm < 0)),
      },
      { area: 'holding', address: speed, count: 1, mask: [0xffff], words: () => this.#whenKnown(Math.abs) },
    ];
  }

  override command(value: number | boolean): void {
    super.command(value);
    const rpm = Number(value);
    // What can't be written stops the drive, which never reads back as commanded.
    this.#run.command(Math.abs(rpm) <= 0x7fff ? rpm : 0);
  }

  override get tries(): number {
    const isUnwritable = this.commanded !== null && !(Math.abs(Number(this.commanded)) <= 0x7fff);
    return isUnwritable ? givenUpAfterTries : Math.max(this.#run.tries, super.tries);
  }

  /** The target of the control word. */
  get control(): OutputTarget | null {
    return this.targets[0]?.target ?? null;
  }

  away(): void {
    this.#run.away();
  }

  /** The control word came; true when the permission to run was withdrawn just now. */
  controlRead(word: number): boolean {
    const { runBit, reverseBit } = this.#channel;
    return this.#run.readBack(bitOf(word, runBit), bitOf(word, reverseBit), this.control?.isSent === true);
  }

  readBack(): number | null {
    const control = this.words(0)?.[0];
    const speed = this.words(1);
    if (control === undefined || speed === null) return null;
    if (!bitOf(control, this.#channel.runBit)) return 0;
    const rpm = decodeRegisters(speed, 'int16');
    return bitOf(control, this.#channel.reverseBit) ? -rpm : rpm;
  }

  #whenKnown(word: (rpm: number) => number): readonly number[] | null {
    const { rpm } = this.#run;
    return rpm === null ? null : [word(rpm)];
  }
}
