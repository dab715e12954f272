import type { Direction, SignalType } from '../../machine/signal.ts';
import { natureOf, type SignalNature } from '../build/signals.ts';
import { didYouMean } from '../did-you-mean.ts';
import { sound, type Draft } from '../draft.ts';
import type { FaultPath, Report } from '../fault.ts';
import type { Profiles } from '../profiles.ts';
import type { Entry, EntrySection } from '../schema/document.ts';
import type { Profile } from '../schema/profile.ts';

/** What every cross-check looks at. Entries that are malformed have faults of their own and are passed over here. */
export interface Context {
  readonly draft: Draft;
  readonly profiles: Profiles;
  readonly report: Report;
  /** The register map of a module; null where there is none to be had. */
  readonly profileOf: (module: string) => Profile | null;
  /** What a signal is; null where it is missing, malformed or its source is in doubt. */
  readonly natureOf: (signal: string) => SignalNature | null;
}

export function contextOf(draft: Draft, profiles: Profiles, report: Report): Context {
  const profileOf = (module: string): Profile | null => profiles.get(draft.modules.get(module)?.profile ?? '') ?? null;
  const natures = new Map([...sound(draft.signals)].map(([id, signal]) => [id, natureOf(id, signal, profileOf)]));
  return { draft, profiles, report, profileOf, natureOf: (signal) => natures.get(signal) ?? null };
}

/** The entry that a name refers to; a name without an entry is a fault. */
export function entryNamed<Section extends EntrySection>(
  { draft, report }: Context,
  section: Section,
  name: string,
  path: FaultPath,
): Entry<Section> | null {
  const entries = draft[section] as ReadonlyMap<string, Entry<Section> | null>;
  if (!entries.has(name) && !draft.unreadable.has(section)) {
    report(path, `is ${name}, which ${section} does not declare${wayOut(name, entries.keys())}`);
  }
  return entries.get(name) ?? null;
}

function wayOut(name: string, known: Iterable<string>): string {
  const names = [...known];
  const guess = didYouMean(name, names);
  if (guess) return guess;
  return names.length > 0 && names.length <= 12 ? `; there are ${names.join(', ')}` : '; add it there';
}

export interface Wanted {
  readonly direction: Direction;
  readonly type: SignalType | readonly SignalType[];
  /** The unit that limits and control reckon in. */
  readonly unit?: string | readonly string[];
  /** May be switched off by `enabled: false`. */
  readonly dispensable?: boolean;
}

/** The signal that a part of the machine is made of, if it is there and of the right kind; faults where it is not. */
export function signalNamed(context: Context, id: string, wanted: Wanted, path: FaultPath): Entry<'signals'> | null {
  const { draft, report } = context;
  const averaged = id.endsWith('.raw') ? id.slice(0, -'.raw'.length) : null;
  if (averaged !== null && !draft.signals.has(id) && draft.signals.get(averaged)?.averageSeconds !== undefined) {
    report(
      path,
      `is ${id}, a single reading; name ${averaged}, and the interlocks take its single readings by themselves`,
    );
    return null;
  }
  const signal = entryNamed(context, 'signals', id, path);
  const nature = signal && context.natureOf(id);
  if (!signal || !nature) return null;
  const types = [wanted.type].flat();
  const units = wanted.unit === undefined ? null : [wanted.unit].flat();
  if (nature.direction !== wanted.direction) {
    report(path, `is ${id}, ${articled(nature.direction)}; here it takes ${articled(wanted.direction)}`);
  } else if (!types.includes(nature.type)) {
    report(path, `is ${id}, of type ${nature.type}; here it takes ${types.join(' or ')}`);
  } else if (units !== null && !units.includes(signal.unit ?? '')) {
    report(path, `is ${id}, in ${signal.unit ?? 'no unit'}; here it takes a signal in ${units.join(' or ')}`);
  } else if (!signal.enabled && !wanted.dispensable) {
    report(path, `is ${id}, which is switched off (enabled: false); switch it on, the machine cannot do without it`);
  } else {
    return signal;
  }
  return null;
}

function articled(direction: Direction): string {
  return /^[aeiou]/.test(direction) ? `an ${direction}` : `a ${direction}`;
}
