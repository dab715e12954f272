import type { z } from 'zod';

import type { FaultPath } from './fault.ts';

export type Schema = z.core.$ZodType;

/** The schema under the one at a path, by the document's own choice where there are several kinds. */
export function schemaAt(root: Schema, document: unknown, path: FaultPath): Schema | null {
  let schema: Schema | null = root;
  let value: unknown = document;
  for (const part of path) {
    if (schema === null) return null;
    schema = step(chosen(unwrapped(schema), value), part);
    value = valueAt(value, [part]);
  }
  return schema && chosen(schema, value);
}

/** The schema of the names in the group that the path leads into. */
export function keySchemaAt(root: Schema, document: unknown, path: FaultPath): Schema | null {
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

/** Without the wrappers for optional, default and the like. */
export function unwrapped(schema: Schema): Schema {
  let at = schema;
  for (let inner = innerOf(at); inner !== null; inner = innerOf(at)) at = inner;
  return at;
}

/** What a wrapper wraps; null for a schema that is none. */
export function innerOf(schema: Schema): Schema | null {
  const def = schema._zod.def as z.core.$ZodTypeDef & { readonly innerType?: Schema; readonly in?: Schema };
  return def.innerType ?? def.in ?? null;
}

/** What the document has at a path; undefined where it ends before. */
export function valueAt(document: unknown, path: FaultPath): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.hasOwn(value, part) ? (value as Record<string | number, unknown>)[part] : undefined;
  }
  return value;
}
