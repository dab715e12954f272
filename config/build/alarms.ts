import type { AlarmDeclaration } from '../../machine/alarms/alarm.ts';
import type { Entry } from '../schema/document.ts';
import { defined } from './defined.ts';
import { quoted, type Quotable } from './quoting.ts';

type AlarmEntry = Entry<'alarms'>;

/** What alarms are made of: the alarms of the file, what their families range over, and what their texts quote. */
export type AlarmMaterial = Quotable['sections'] & {
  readonly alarms: Entries<AlarmEntry>;
} & { readonly [Section in FamilySection]: Entries<object> };

/** Entries of a section, checked (a record) or as far as they are sound (a map, with null for those that are not). */
type Entries<T> = ReadonlyMap<string, T | null> | Readonly<Record<string, T>>;

const sectionOf = { ZONE: 'zones', DRIVE: 'drives', SENSOR: 'sensors', MODULE: 'modules', LINE: 'lines' } as const;

type FamilySection = (typeof sectionOf)[keyof typeof sectionOf];

/** One alarm, with the key of the file that it came from. */
export interface ExpandedAlarm {
  readonly key: string;
  readonly alarm: AlarmDeclaration;
}

/**
 * Every alarm of the machine: those written out, and one per member of each family. An alarm that is written out takes
 * the place of the one that a family would give.
 */
export function expandAlarms(material: AlarmMaterial): ExpandedAlarm[] {
  const written = pairs(material.alarms);
  const ids = new Set(written.map(([key]) => key));
  return written.flatMap(([key, entry]) => {
    if (entry === null) return [];
    const family = familyOf(key);
    if (family === null) return [{ key, alarm: buildAlarm(key, entry, { member: null, sections: material }) }];
    return pairs<object>(material[family.section])
      .filter(([member]) => !ids.has(family.idFor(member)))
      .map(([id, entryOf]) => {
        const quotable = { member: { ...entryOf, id }, sections: material };
        return { key, alarm: buildAlarm(family.idFor(id), entry, quotable) };
      });
  });
}

export interface Family {
  readonly section: FamilySection;
  readonly idFor: (member: string) => string;
}

/** The family of a key such as `{ZONE}_OVERTEMP`; null for an alarm that is written out. */
export function familyOf(key: string): Family | null {
  const word = /^\{([A-Z]+)\}/.exec(key)?.[1];
  if (word === undefined || !Object.hasOwn(sectionOf, word)) return null;
  const section = sectionOf[word as keyof typeof sectionOf];
  return { section, idFor: (member) => key.replace(`{${word}}`, member.toUpperCase()) };
}

function buildAlarm(id: string, entry: AlarmEntry, from: Quotable): AlarmDeclaration {
  const { latches, limit, ...rest } = entry;
  return defined({
    ...rest,
    id,
    text: quoted(entry.text, from),
    consequence: quoted(entry.consequence, from),
    response: quoted(entry.response, from),
    latches: entry.trip !== undefined || latches === true,
    limit: limit && defined({ ...limit, signal: quoted(limit.signal, from) }),
  });
}

function pairs<T>(entries: Entries<T>): [string, T | null][] {
  return entries instanceof Map ? [...entries] : Object.entries(entries);
}
