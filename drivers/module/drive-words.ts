import { encodeRegisters } from '../codec/registers.ts';
import { rawOf } from '../codec/scaling.ts';
import type { OutputChannel } from '../declaration.ts';

export type DriveChannel = OutputChannel & { readonly kind: 'drive-speed' | 'drive-command' };
type Command = OutputChannel & { readonly kind: 'drive-command' };

/** What a drive is told by, whichever way it was declared. */
export interface DriveWords extends Omit<Command, 'kind'> {
  /** Bits of the control word that the words decide. */
  readonly mask: number;
  /** How it turns backward; null: it does not. */
  readonly backward: 'by its control word' | 'by the sign of the reference' | null;
}

export function driveWords(channel: DriveChannel): DriveWords {
  if (channel.kind === 'drive-speed') {
    const { control, speed, runBit, reverseBit } = channel;
    const run = 1 << runBit;
    const mask = run | (1 << reverseBit);
    const words = { stop: 0, forward: run, reverse: mask };
    return { control, words, mask, reference: { address: speed, type: 'int16' }, backward: 'by its control word' };
  }
  const { words, reference, start } = channel;
  const { stop, forward, reverse } = words;
  const mask = [stop, forward, reverse ?? 0, ...(start?.steps ?? []).map(({ word }) => word)];
  const isSigned = !reference.type.startsWith('uint') && !reference.type.startsWith('bcd');
  const backward = reverse !== undefined ? 'by its control word' : isSigned ? 'by the sign of the reference' : null;
  return { ...channel, mask: mask.reduce((all, word) => all | word, 0), backward };
}

/**
 * The words of the speed reference.
 *
 * @param rpm  signed
 * @throws ValueOutOfRangeError when the reference can't hold it, and for a negative speed of a drive that only runs forward
 */
export function referenceOf(rpm: number, { reference, backward }: DriveWords): readonly number[] {
  const { type, order = 'ABCD', scale } = reference;
  const directed = backward === 'by its control word' ? Math.abs(rpm) : rpm;
  return encodeRegisters(rawOf(directed, { scale }), type, order);
}
