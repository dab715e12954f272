/** A field of a point; integers are marked as such, since a field of InfluxDB keeps one type for ever. */
export type FieldValue = number | boolean | string | { readonly integer: number };

/** Longest text of a field in UTF-16 units: InfluxDB refuses strings above 64 kB. */
const longestText = 4_000;

/**
 * Measurement and tags. Tags are sorted, as InfluxDB stores them; an empty tag is none. A tag cannot hold a line break,
 * nor end in a backslash (it would escape the separator), and there is no way to write either.
 */
export function seriesKey(measurement: string, tags: Readonly<Record<string, string | undefined>>): string {
  const written = Object.entries(tags)
    .map(([name, value]) => [name, tagText(value ?? '')] as const)
    .filter(([, value]) => value !== '')
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `,${escapeTag(name)}=${escapeTag(value)}`);
  return measurement.replaceAll(/[, ]/g, String.raw`\$&`) + written.join('');
}

/** The field set, or null when no field is left to write. Numbers that are not finite have no place in InfluxDB. */
export function fieldSet(fields: Readonly<Record<string, FieldValue | null | undefined>>): string | null {
  const written: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const text = value === null || value === undefined ? null : fieldText(value);
    if (text !== null) written.push(`${escapeTag(name)}=${text}`);
  }
  return written.length === 0 ? null : written.join(',');
}

/** The field set of the measurement `signal`. */
export function signalFields(value: number | null, state: string | null, quality: number): string {
  const good = quality === 0;
  const rest = `quality=${quality}i,good=${good}`;
  if (value !== null) return `value=${value},${rest}`;
  return state === null ? rest : `state=${quoted(state)},${rest}`;
}

function fieldText(value: FieldValue): string | null {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean') return String(value);
  const number = typeof value === 'number' ? value : value.integer;
  if (!Number.isFinite(number)) return null;
  return typeof value === 'number' ? String(number) : `${Math.trunc(number)}i`;
}

function quoted(text: string): string {
  return `"${text.slice(0, longestText).replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function tagText(value: string): string {
  return value.replaceAll(/[\r\n]+/g, ' ').replace(/\\+$/, '');
}

function escapeTag(text: string): string {
  return text.replaceAll(/[,= ]/g, String.raw`\$&`);
}
