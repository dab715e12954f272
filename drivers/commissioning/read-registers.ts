import type { ReadArea } from '../declaration.ts';
import type { Questioner } from './questioner.ts';

/** What one register, coil or discrete input answered: its word, or why there is none. */
export type Answer = number | 'refused' | 'silent';

/** MODBUS Application Protocol V1.1b3, 6.1 and 6.3. */
const most = { register: 125, bit: 2000 } as const;

/**
 * Reads a range in as few requests as the protocol allows, and one by one where it is refused as a whole, so that what is
 * there is seen beside what is not.
 *
 * @throws LineClosedError when the line can't be opened
 */
export async function readRange(
  questioner: Questioner,
  unit: number,
  area: ReadArea,
  address: number,
  count: number,
): Promise<Map<number, Answer>> {
  const answers = new Map<number, Answer>();
  const limit = area === 'coil' || area === 'discrete' ? most.bit : most.register;
  for (let from = address; from < address + count; from += limit) {
    await readPart(questioner, unit, area, from, Math.min(limit, address + count - from), answers);
  }
  return answers;
}

async function readPart(
  questioner: Questioner,
  unit: number,
  area: ReadArea,
  address: number,
  count: number,
  answers: Map<number, Answer>,
): Promise<void> {
  const reply = await questioner.read(unit, { kind: 'read', area, address, count });
  if (reply.kind === 'values') {
    for (const [index, value] of reply.values.entries()) answers.set(address + index, value);
    return;
  }
  if (reply.kind === 'silent' || count === 1) {
    for (let index = 0; index < count; index++) answers.set(address + index, reply.kind);
    return;
  }
  const half = Math.ceil(count / 2);
  await readPart(questioner, unit, area, address, half, answers);
  await readPart(questioner, unit, area, address + half, count - half, answers);
}
