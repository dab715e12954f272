/** A point as a line says it. */
export interface ParsedLine {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, number | bigint | boolean | string>>;
  readonly atMs: number;
}

/**
 * Line protocol by its reference, character by character and without mercy: an unescaped blank, an empty tag, a number that
 * is none, anything after the time is an error.
 */
export function parseLine(line: string): ParsedLine {
  let at = 0;
  const fail = (what: string): never => {
    throw new SyntaxError(`${what} at ${at} of ${JSON.stringify(line)}`);
  };

  /** A name up to one of `ends`; a backslash escapes what would end or separate. */
  function word(ends: string): string {
    let text = '';
    while (at < line.length && !ends.includes(line[at]!)) {
      if (line[at] === '\n') fail('line break');
      if (line[at] === '\\' && ', ='.includes(line[at + 1] ?? 'x')) at++;
      text += line[at++];
    }
    return text === '' ? fail('empty name') : text;
  }

  function quoted(): string {
    let text = '';
    for (at++; line[at] !== '"'; at++) {
      if (at >= line.length) fail('open string');
      if (line[at] === '\\' && '"\\'.includes(line[at + 1] ?? 'x')) at++;
      text += line[at];
    }
    at++;
    return text;
  }

  function fieldValue(): number | bigint | boolean | string {
    if (line[at] === '"') return quoted();
    const text = /^[^, ]+/.exec(line.slice(at))?.[0] ?? fail('no value');
    at += text.length;
    if (text === 'true' || text === 'false') return text === 'true';
    if (/^-?\d+i$/.test(text)) return BigInt(text.slice(0, -1));
    return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : fail(`field value ${text}`);
  }

  const measurement = word(', ');
  const tags: Record<string, string> = {};
  while (line[at] === ',') {
    at++;
    const name = word('=, ');
    if (line[at++] !== '=') fail('tag without value');
    if (name in tags) fail(`tag ${name} twice`);
    tags[name] = word(', =');
  }
  const fields: Record<string, number | bigint | boolean | string> = {};
  do {
    at++;
    const name = word('=, ');
    if (line[at++] !== '=') fail('field without value');
    fields[name] = fieldValue();
  } while (line[at] === ',');
  const time = line.slice(at);
  if (!/^ \d{12,14}$/.test(time)) fail('no time in ms');
  return { measurement, tags, fields, atMs: Number(time) };
}
