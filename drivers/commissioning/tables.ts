import { notationsOf } from '../codec/address-notation.ts';
import { judgeChannel, countOf } from '../codec/channel-value.ts';
import { decodeText } from '../codec/text.ts';
import type { ProfileDeclaration, ReadArea, RegisterType, WordOrder } from '../declaration.ts';
import { interpretationOf, typesOf, wordOrders } from './interpretations.ts';
import type { Answer } from './read-registers.ts';
import type { FoundUnit } from './scan-line.ts';

type Row = readonly string[];
type Answers = ReadonlyMap<number, Answer>;

/** Columns as wide as their widest cell, two blanks apart. */
export function table(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const addressColumns = ['PDU', '5-digit', '6-digit'];

function addressCells(area: ReadArea, address: number): Row {
  const { pdu, modicon5, modicon6 } = notationsOf(area, address);
  return [String(pdu), modicon5 ?? '–', modicon6];
}

/** Bits one to a line; with what they were before, those that changed are marked. */
export function bitTable(area: ReadArea, answers: Answers, before?: Answers): string {
  const rows = [...answers].map(([address, answer]) => [
    ...addressCells(area, address),
    typeof answer === 'number' ? (answer === 1 ? 'on' : 'off') : answer,
    changeOf(address, answer, before),
  ]);
  return table([[...addressColumns, area, ''], ...rows]);
}

function changeOf(address: number, answer: Answer, before: Answers | undefined): string {
  const was = before?.get(address);
  return was === undefined || was === answer ? '' : `was ${was}`;
}

/** Every register as one, then every two neighbours, then every four: whatever they could mean. `*`: plausible. */
export function registerTables(area: ReadArea, answers: Answers, before?: Answers): string {
  const tables = [singleTable(area, answers, before), groupTable(area, answers, 2), groupTable(area, answers, 4)];
  const text = textOf(answers);
  return [...tables.filter((each) => each !== null), ...(text === null ? [] : [text])].join('\n\n');
}

function singleTable(area: ReadArea, answers: Answers, before: Answers | undefined): string {
  const rows = [...answers].map(([address, answer]) => [
    ...addressCells(area, address),
    ...(typeof answer === 'number'
      ? singleCells(answer)
      : [
          answer,
          ...singleCells(0)
            .slice(1)
            .map(() => ''),
        ]),
    changeOf(address, answer, before),
  ]);
  return table([
    [...addressColumns, 'hex', 'bits 15…0', 'uint16', 'int16', 'uint16 BADC', 'int16 BADC', 'bcd4', ''],
    ...rows,
  ]);
}

function singleCells(word: number): Row {
  const bits = word.toString(2).padStart(16, '0');
  const as = (type: RegisterType, order: WordOrder) => meaning([word], type, order);
  return [
    word.toString(16).padStart(4, '0'),
    `${bits.slice(0, 8)} ${bits.slice(8)}`,
    as('uint16', 'ABCD'),
    as('int16', 'ABCD'),
    as('uint16', 'BADC'),
    as('int16', 'BADC'),
    as('bcd4', 'ABCD'),
  ];
}

/** null: there are no so many neighbours that answered anything but 0. */
function groupTable(area: ReadArea, answers: Answers, count: 2 | 4): string | null {
  const rows = [...answers.keys()].flatMap((address) => {
    const words = wordsAt(answers, address, count);
    // nothing but zeros means nothing but 0, in every type and order
    if (words === null || words.every((word) => word === 0)) return [];
    return typesOf[count].map((type) => [
      ...addressCells(area, address),
      type,
      ...wordOrders.map((order) => meaning(words, type, order)),
    ]);
  });
  return rows.length === 0 ? null : table([[...addressColumns, `${count} registers as`, ...wordOrders], ...rows]);
}

function meaning(words: readonly number[], type: RegisterType, order: WordOrder): string {
  const { value, isPlausible } = interpretationOf(words, type, order);
  const text = typeof value === 'number' && type.startsWith('float') ? shortest(value) : shown(value);
  return `${isPlausible ? '*' : ' '}${text}`;
}

/** Seven digits are all that a float32 has for sure. */
function shortest(value: number): string {
  return shown(Number(value.toPrecision(7)));
}

function shown(value: number | bigint): string {
  return Number.isNaN(value) ? 'none' : String(value);
}

function wordsAt(answers: Answers, address: number, count: number): readonly number[] | null {
  const words = Array.from({ length: count }, (_, index) => answers.get(address + index));
  return words.every((word) => typeof word === 'number') ? words : null;
}

/** Four letters in a row are hardly there by chance. */
const leastLetters = 4;

function textOf(answers: Answers): string | null {
  const words = [...answers.values()].map((answer) => (typeof answer === 'number' ? answer : 0));
  const runs = (['ABCD', 'BADC'] as const).flatMap((order) => {
    const letters = words.map((word) => decodeText([word], order) ?? '').join('');
    return /[A-Za-z0-9][A-Za-z0-9 ._/-]{3,}/.test(letters) && letters.length >= leastLetters
      ? [`as text, ${order === 'ABCD' ? 'first' : 'second'} character of each register first: "${letters.trim()}"`]
      : [];
  });
  return runs.length === 0 ? null : runs.join('\n');
}

/** Every input of a register map as the driver would read it. */
export function channelTable(
  profile: ProfileDeclaration,
  answerAt: (area: ReadArea, address: number) => Answer | undefined,
): string {
  const rows = Object.entries(profile.inputs).map(([id, channel]) => {
    const words = Array.from({ length: countOf(channel) }, (_, index) =>
      answerAt(channel.area, channel.address + index),
    );
    const at = [...addressCells(channel.area, channel.address), channel.area];
    const missing = words.find((word) => typeof word !== 'number');
    if (words.some((word) => typeof word !== 'number')) return [id, ...at, '–', missing ?? 'not read'];
    const judged = judgeChannel(channel, words as number[]);
    return [id, ...at, judged.value === null ? '–' : String(judged.value), qualityText(judged)];
  });
  return table([['channel', ...addressColumns, 'area', 'value', 'quality'], ...rows]);
}

function qualityText(judged: ReturnType<typeof judgeChannel>): string {
  return judged.value === null ? `${judged.quality}: ${judged.meaning}` : judged.quality;
}

/** What a scan found out about one unit. */
export function unitReport({ unit, identification, ranges, proposals, isIncomplete }: FoundUnit): string {
  const said = identification === null ? [] : [`says it is ${Object.values(identification).join(', ')}`];
  const answers = ranges.length === 0 ? 'answers none of the known registers' : `answers ${ranges.join(', ')}`;
  const proposed = proposals.map(({ profile, title, because, answered, missing }) => {
    const all = answered + missing.length;
    if (because === 'part') return `comes nearest to ${profile} (${title}): ${answered} of ${all} values answer`;
    const why = because === 'identity' ? 'it bears its marks' : `its whole map answers (${all} values)`;
    const lacks = missing.length === 0 ? '' : `, but ${missing.length} of ${all} values do not answer`;
    return `may be ${profile} (${title}): ${why}${lacks}`;
  });
  return [
    `unit ${unit}`,
    ...[...said, answers, ...(proposed.length === 0 ? ['is none of the known kinds'] : proposed)].map(
      (line) => `  ${line}`,
    ),
    ...(isIncomplete ? ['  fell silent too often: not everything was asked'] : []),
  ].join('\n');
}
