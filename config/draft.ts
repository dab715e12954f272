import type { z } from 'zod';

import { didYouMean } from './did-you-mean.ts';
import type { Report } from './fault.ts';
import {
  Document,
  entrySections,
  singleSections,
  type Entry,
  type EntrySection,
  type Single,
  type SingleSection,
} from './schema/document.ts';
import { describeIssues } from './schema-fault.ts';

/**
 * What could be read of a document, sound or not, so that the cross-checks see as much of it as there is. `null` stands
 * for what is there but malformed: it has its own fault already, and nobody complains that it is missing.
 */
export type Draft = { readonly [Section in SingleSection]: Single<Section> | null } & {
  readonly [Section in EntrySection]: ReadonlyMap<string, Entry<Section> | null>;
} & {
  /** Sections that are missing or no groups of entries: nobody complains that something is not in them. */
  readonly unreadable: ReadonlySet<EntrySection>;
};

/** Checks the document against the schemas, section by section, reports every fault, and keeps what is sound. */
export function draftOf(document: unknown, report: Report): Draft {
  if (!isRecord(document))
    report([], 'The file has no sections; it takes a machine such as config/tvemicro.yaml declares');
  const sections = isRecord(document) ? document : {};
  const known = Object.keys(Document.shape);
  for (const name of Object.keys(sections)) {
    if (known.includes(name)) continue;
    report([name], `is no known section${didYouMean(name, known) || `; there are ${known.join(', ')}`}`);
  }
  const parse = (name: string, schema: z.ZodType): unknown => {
    const parsed = schema.safeParse(sections[name]);
    if (parsed.success) return parsed.data;
    if (isRecord(document)) describeIssues(Document, document, parsed.error.issues, [name], report);
    return null;
  };
  const unreadable = new Set<EntrySection>();
  const draft: Record<string, unknown> = { unreadable };
  for (const [name, schema] of Object.entries(singleSections)) draft[name] = parse(name, schema);
  for (const [name, schema] of Object.entries(entrySections)) {
    const section = sections[name];
    const checked = parse(name, schema);
    if (!isRecord(section)) unreadable.add(name as EntrySection);
    draft[name] = new Map(isRecord(checked) ? Object.entries(checked) : soundEntries(schema, section));
  }
  return draft as Draft;
}

/** The entries of a section that is faulty somewhere, each checked by itself. */
function soundEntries(schema: z.ZodType, section: unknown): [id: string, entry: unknown][] {
  if (!isRecord(section)) return [];
  return Object.entries(section).map(([id, entry]) => {
    const parsed = schema.safeParse({ [id]: entry });
    return [id, parsed.success ? ((parsed.data as Record<string, unknown>)[id] ?? null) : null];
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Entries that are sound. */
export function* sound<T>(entries: ReadonlyMap<string, T | null>): Generator<readonly [id: string, entry: T]> {
  for (const [id, entry] of entries) if (entry !== null) yield [id, entry];
}
