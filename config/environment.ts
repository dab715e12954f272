import type { Report } from './fault.ts';

/** `${NAME}` or `${NAME:default}`; `$${` stands for the characters themselves. */
const reference = /\$?\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(?::(?<fallback>[^}]*))?\}/g;
const wholeReference = /^\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(?::(?<fallback>[^}]*))?\}$/;
const decimal = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;

/** Deeper than any section goes; a file whose anchors refer to themselves ends here. */
const deepest = 16;

/**
 * The document with every reference to the environment filled in. A value that is nothing but a reference becomes a
 * number or true/false where it reads as one and its default, if it has one, does so too: a password of digits stays text.
 */
export function withEnvironment(document: unknown, env: NodeJS.ProcessEnv, report: Report): unknown {
  return fill(document, []);

  function fill(value: unknown, path: readonly (string | number)[]): unknown {
    if (path.length > deepest) {
      report(path, 'lies too deep; no section has so many levels, so an anchor probably refers to itself');
      return null;
    }
    if (typeof value === 'string') return fillText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])]));
  }

  function fillText(text: string, path: readonly (string | number)[]): unknown {
    const whole = wholeReference.exec(text)?.groups;
    if (whole) {
      const found = lookUp(whole['name'] ?? '', whole['fallback'], path);
      const fallback = whole['fallback'];
      return fallback === undefined || typeof plain(fallback) !== 'string' ? plain(found) : found;
    }
    return text.replaceAll(reference, (match, name: string, fallback: string | undefined) =>
      match.startsWith('$$') ? match.slice(1) : lookUp(name, fallback, path),
    );
  }

  function lookUp(name: string, fallback: string | undefined, path: readonly (string | number)[]): string {
    const found = env[name];
    if (found !== undefined && found !== '') return found;
    if (fallback !== undefined) return fallback;
    report(path, `needs the environment variable ${name}, which is not set; set it or write \${${name}:default}`);
    return '';
  }
}

function plain(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return decimal.test(text) ? Number(text) : text;
}
