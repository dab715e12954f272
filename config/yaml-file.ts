import { readFileSync } from 'node:fs';

import { isNode, isScalar, LineCounter, parseDocument } from 'yaml';

import type { FaultPath } from './fault.ts';

export interface YamlFile {
  /** The content as plain data; null when there is none or it is no YAML. */
  readonly content: unknown;
  /** The line where the thing at a path stands, or the nearest thing around it; from 1. */
  readonly lineOf: (path: FaultPath) => number | undefined;
  /** What was written for the value at a path, such as the digits of a number; undefined: no single value stands there. */
  readonly sourceOf: (path: FaultPath) => string | undefined;
  /** What keeps the file from being read at all. */
  readonly errors: readonly { readonly line: number | undefined; readonly message: string }[];
}

/** Reads one YAML file. A file that cannot be read or is no YAML is an answer, not an exception. */
export function readYaml(file: string): YamlFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return unreadable([{ line: undefined, message: `cannot be read: ${reason}` }]);
  }
  return parseYaml(text);
}

export function parseYaml(text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const errors = document.errors.map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    message: `is no valid YAML: ${error.message}`,
  }));
  if (errors.length > 0) return unreadable(errors);
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    return unreadable([
      { line: undefined, message: `is no valid YAML: ${cause instanceof Error ? cause.message : String(cause)}` },
    ]);
  }
  return { content, lineOf, sourceOf, errors };

  function lineOf(path: FaultPath): number | undefined {
    for (let length = path.length; length > 0; length -= 1) {
      const node: unknown = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return undefined;
  }

  function sourceOf(path: FaultPath): string | undefined {
    const node: unknown = document.getIn(path, true);
    return isScalar(node) ? node.source : undefined;
  }
}

function unreadable(errors: YamlFile['errors']): YamlFile {
  return { content: null, lineOf: () => undefined, sourceOf: () => undefined, errors };
}
