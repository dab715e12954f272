/**
 * Texts of alarms quote the numbers that are declared elsewhere, so that they stay true when one is changed:
 * `{tripAboveC}` of the family's member, `{guards.staleTripSeconds}` of a section.
 */
export interface Quotable {
  readonly member: object | null;
  readonly sections: { readonly [Section in QuotableSection]: object | null };
}

export const quotableSections = ['guards', 'heating', 'motor'] as const;

type QuotableSection = (typeof quotableSections)[number];

const quotation = /\{([a-zA-Z]+(?:\.[a-zA-Z]+)?)\}/g;

/** What stands in braces in a text. */
export function quotations(text: string): string[] {
  return [...text.matchAll(quotation)].map((match) => match[1] ?? '');
}

/** The text with every quotation replaced; what is not declared stays as it is, and is a fault by then. */
export function quoted(text: string, from: Quotable): string {
  return text.replaceAll(quotation, (match, words: string) => String(lookUp(words, from) ?? match));
}

/** The number or text that a quotation stands for; undefined when nothing of that name is declared. */
export function lookUp(words: string, { member, sections }: Quotable): string | number | undefined {
  const [section, key] = words.split('.');
  if (key === undefined) return valueOf(member, words);
  return quotableSections.some((known) => known === section)
    ? valueOf(sections[section as QuotableSection], key)
    : undefined;
}

/** What can be quoted of one thing. */
export function quotableKeys(thing: object): string[] {
  return Object.keys(thing).filter((key) => valueOf(thing, key) !== undefined);
}

function valueOf(thing: object | null, key: string): string | number | undefined {
  if (thing === null || !Object.hasOwn(thing, key)) return undefined;
  const value = (thing as Record<string, unknown>)[key];
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}
