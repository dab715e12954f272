import type { z } from 'zod';

import { didYouMean } from './did-you-mean.ts';
import type { FaultPath, Report } from './fault.ts';

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

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
  const path = [...prefix, ...issue.path.map(pathPart)];
  const value = valueAt(document, path);
  const schema = schemaAt(root, document, path);
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) report([...path, key], unknownKey(key, schema));
  } else if (issue.code === 'invalid_key') {
    const key = String(path.at(-1));
    report(
      path,
      `has a name that does not fit; write ${expectation(keySchemaOf(root, document, path)) ?? `another name than ${key}`}`,
    );
  } else if (value === undefined) {
    report(path, `is missing; add ${expectation(schema) ?? 'it'}`);
  } else if (issue.code === 'custom') {
    report(path, issue.message);
  } else if (issue.code === 'invalid_union' && issue.errors.some((option) => option.some(liesDeeper))) {
    for (const inner of issue.errors.find((option) => option.some(liesDeeper)) ?? []) {
      describe(root, document, inner, path, report);
    }
  } else {
    const found = isSecret(schema) ? 'not right' : `${shown(value)}${whatIsWrong(issue, value)}`;
    const wanted = expectation(schema) ?? expectation(schemaAt(root, document, path.slice(0, -1))) ?? issue.message;
    report(path, `is ${found}; it takes ${wanted}`);
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
  const known = schema?._zod.def.type === 'object' ? Object.keys((schema as z.core.$ZodObject)._zod.def.shape) : [];
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

/** What a schema wants, in the words of its description. */
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
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** The schema under the one at a path, by the document's own choice where there are several kinds. */
function schemaAt(root: Schema, document: unknown, path: FaultPath): Schema | null {
  let schema: Schema | null = root;
  let value: unknown = document;
  for (const part of path) {
    if (schema === null) return null;
    schema = step(chosen(unwrapped(schema), value), part);
    value = valueAt(value, [part]);
  }
  return schema && chosen(schema, value);
}

function keySchemaOf(root: Schema, document: unknown, path: FaultPath): Schema | null {
  const record = schemaAt(root, document, path.slice(0, -1));
  const core = record && unwrapped(record);
  return core?._zod.def.type === 'record' ? (core as z.core.$ZodRecord)._zod.def.keyType : null;
}

function step(schema: Schema, part: string | number): Schema | null {
  const { type } = schema._zod.def;
  if (type === 'object') return (schema as z.core.$ZodObject)._zod.def.shape[part] ?? null;
  if (type === 'record') return (schema as z.core.$ZodRecord)._zod.def.valueType;
  if (type === 'array') return (schema as z.core.$ZodArray)._zod.def.element;
  if (type === 'tuple') return (schema as z.core.$ZodTuple)._zod.def.items[Number(part)] ?? null;
  return null;
}

/** Of several kinds the one that fits the value: by its discriminator, else the first that is a group of keys. */
function chosen(schema: Schema, value: unknown): Schema {
  if (schema._zod.def.type !== 'union' || typeof value !== 'object' || value === null) return schema;
  const { options, discriminator } = schema._zod.def as z.core.$ZodDiscriminatedUnionDef;
  const groups = options
    .map(unwrapped)
    .filter((option): option is z.core.$ZodObject => option._zod.def.type === 'object');
  const kind = discriminator && valueAt(value, [discriminator]);
  const fitting = groups.find((group) => {
    const literal = discriminator && group._zod.def.shape[discriminator];
    return literal ? literal._zod.values?.has(kind as string) : true;
  });
  return fitting ?? schema;
}

function unwrapped(schema: Schema): Schema {
  let at = schema;
  for (let inner = innerOf(at); inner !== null; inner = innerOf(at)) at = inner;
  return at;
}

function innerOf(schema: Schema): Schema | null {
  const def = schema._zod.def as z.core.$ZodTypeDef & { readonly innerType?: Schema; readonly in?: Schema };
  return def.innerType ?? def.in ?? null;
}

function valueAt(document: unknown, path: FaultPath): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, part) ? (value as Record<string | number, unknown>)[part] : undefined;
  }
  return value;
}

function pathPart(part: PropertyKey): string | number {
  return typeof part === 'number' ? part : String(part);
}

/** A value as the file could have it, cut where it is long. */
function shown(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a group of keys';
  if (typeof value === 'string') return value.length > 60 ? `"${value.slice(0, 57)}…"` : `"${value}"`;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
}
