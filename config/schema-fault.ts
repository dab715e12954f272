import type { z } from 'zod';

import { didYouMean } from './did-you-mean.ts';
import type { FaultPath, Report } from './fault.ts';
import { innerOf, keySchemaAt, schemaAt, unwrapped, valueAt, type Schema } from './schema-path.ts';

type Issue = z.core.$ZodIssue;

/**
 * Says what the schema found wrong in the plant's words: what stands there, and what would be right.
 *
 * @param at where in the document the part lies that was checked; issues count their paths from there
 */
export function describeIssues(
  schema: Schema,
  document: unknown,
  issues: readonly Issue[],
  at: FaultPath,
  report: Report,
): void {
  for (const issue of issues) describe(schema, document, issue, at, report);
}

function describe(root: Schema, document: unknown, issue: Issue, prefix: FaultPath, report: Report): void {
  const path = [...prefix, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  const value = valueAt(document, path);
  const schema = schemaAt(root, document, path);
  const expected = expectation(schema) ?? expectation(schemaAt(root, document, path.slice(0, -1)));
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) report([...path, key], unknownKey(key, schema));
  } else if (issue.code === 'invalid_key') {
    report(path, `has a name that does not fit; expected: ${expectation(keySchemaAt(root, document, path))}`);
  } else if (value === undefined) {
    report(path, `is missing; expected: ${expected}`);
  } else if (issue.code === 'custom') {
    report(path, issue.message);
  } else if (issue.code === 'invalid_union' && issue.errors.some((kind) => kind.some(liesDeeper))) {
    for (const inner of issue.errors.find((kind) => kind.some(liesDeeper)) ?? []) {
      describe(root, document, inner, path, report);
    }
  } else {
    const found = isSecret(schema) ? 'not right' : `${shown(value)}${whatIsWrong(issue, value)}`;
    report(path, `is ${found}; expected: ${expected}`);
  }
}

function liesDeeper(issue: Issue): boolean {
  return issue.path.length > 0 || issue.code === 'unrecognized_keys';
}

function whatIsWrong(issue: Issue, value: unknown): string {
  if (issue.code === 'too_small') {
    return typeof value === 'number' ? `, below the smallest value ${issue.minimum}` : ', too short';
  }
  if (issue.code === 'too_big') {
    return typeof value === 'number' ? `, above the largest value ${issue.maximum}` : ', too long';
  }
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    return didYouMean(value, issue.values.map(String)).replace('?', '');
  }
  if (issue.code === 'invalid_format' && issue.message.startsWith('is ')) return `, which ${issue.message}`;
  return '';
}

function unknownKey(key: string, schema: Schema | null): string {
  const core = schema && unwrapped(schema);
  const known = core?._zod.def.type === 'object' ? Object.keys((core as z.core.$ZodObject)._zod.def.shape) : [];
  const guess = didYouMean(key, known);
  return guess ? `is not known${guess}` : `is not known; possible here: ${known.join(', ')}`;
}

/** Passwords and tokens are in no message: messages go to terminals, logs and support bundles. */
function isSecret(schema: Schema | null): boolean {
  for (let at = schema; at !== null; at = innerOf(at)) {
    if ((at as z.ZodType).meta()?.['writeOnly'] === true) return true;
  }
  return false;
}

/** What a schema wants, in the words of its description; null where it has none. */
function expectation(schema: Schema | null): string | null {
  for (let at = schema; at !== null; at = innerOf(at)) {
    const description = (at as z.ZodType).description;
    if (description !== undefined) return lowerFirst(description);
  }
  const core = schema && unwrapped(schema);
  if (core?._zod.def.type === 'object') {
    return `a group of keys: ${Object.keys((core as z.core.$ZodObject)._zod.def.shape).join(', ')}`;
  }
  if (core?._zod.def.type === 'number') return 'a number';
  if (core?._zod.def.type === 'tuple') return 'a list of two numbers';
  return null;
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]*\b/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** A value as the file could have it, cut where it is long. */
function shown(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a group of keys';
  if (typeof value === 'string') return value.length > 60 ? `"${value.slice(0, 57)}…"` : `"${value}"`;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
}
