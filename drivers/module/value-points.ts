import { bitOf, fieldOf, maskOf, withBit, withField } from '../codec/bits.ts';
import { decodeOutput, encodeOutput } from '../codec/channel-value.ts';
import { ValueOutOfRangeError } from '../codec/errors.ts';
import { wordsOf } from '../codec/registers.ts';
import { engineeringOf, rawOf } from '../codec/scaling.ts';
import type { OutputChannel } from '../declaration.ts';
import { type Contribution, OutputPoint } from './output-point.ts';
import { givenUpAfterTries } from './output-target.ts';

/** A number that may not fit where it is to be written. */
abstract class NumberPoint extends OutputPoint {
  #raw: readonly number[] | null = null;
  /** The commanded value can't be written; off is written instead, which never reads back as commanded. */
  #isUnwritable = false;

  override command(value: number | boolean): void {
    super.command(value);
    const raw = this.#encoded(Number(value));
    this.#isUnwritable = raw === null;
    this.#raw = raw ?? this.off;
  }

  override get tries(): number {
    return this.#isUnwritable ? givenUpAfterTries : super.tries;
  }

  protected get raw(): readonly number[] | null {
    return this.#raw;
  }

  /** What 0 is written as, or no counts at all where it can't be written. */
  protected get off(): readonly number[] {
    return this.#encoded(0) ?? this.contributions.flatMap(({ count }) => Array<number>(count).fill(0));
  }

  /** @throws ValueOutOfRangeError */
  protected abstract encode(value: number): readonly number[];

  #encoded(value: number): readonly number[] | null {
    try {
      return this.encode(value);
    } catch (error) {
      if (error instanceof ValueOutOfRangeError) return null;
      throw error;
    }
  }
}

/** A number in registers of its own. */
export class RegisterPoint extends NumberPoint {
  readonly contributions: readonly Contribution[];
  readonly #channel: OutputChannel & { readonly kind: 'register' };

  constructor(signal: string, channel: OutputChannel & { readonly kind: 'register' }) {
    super(signal);
    this.#channel = channel;
    const { address, type } = channel;
    const count = wordsOf(type);
    const mask = Array<number>(count).fill(0xffff);
    this.contributions = [{ area: 'holding', address, count, mask, off: () => this.off, words: () => this.raw }];
  }

  readBack(): number | null {
    const words = this.words(0);
    return words === null ? null : decodeOutput(words, this.#channel);
  }

  protected encode(value: number): readonly number[] {
    return encodeOutput(value, this.#channel);
  }
}

/** Several bits of a register as an unsigned number. */
export class FieldPoint extends NumberPoint {
  readonly contributions: readonly Contribution[];
  readonly #channel: OutputChannel & { readonly kind: 'bit-field' };

  constructor(signal: string, channel: OutputChannel & { readonly kind: 'bit-field' }) {
    super(signal);
    this.#channel = channel;
    const { address, bits, keepsOthers = false } = channel;
    const mask = [maskOf(bits)];
    this.contributions = [
      { area: 'holding', address, count: 1, mask, keepsOthers, off: () => this.off, words: () => this.raw },
    ];
  }

  readBack(): number | null {
    const word = this.words(0)?.[0];
    return word === undefined ? null : engineeringOf(fieldOf(word, this.#channel.bits), this.#channel);
  }

  protected encode(value: number): readonly number[] {
    return [withField(0, this.#channel.bits, rawOf(value, this.#channel))];
  }
}

/** A coil, or one bit of a control word. */
export class BitPoint extends OutputPoint {
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
