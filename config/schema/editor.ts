import { z } from 'zod';

import { Document } from './document.ts';

type Json = { readonly [key: string]: unknown };

/**
 * The configuration file as JSON Schema: editors complete and check the file with it while it is typed, clients the same
 * configuration over the network. Wherever a value is checked, a reference to the environment may stand in its place.
 */
export function editorSchema(): Json {
  const schema = withReferences(z.toJSONSchema(Document, { io: 'input' })) as Json;
  return {
    ...schema,
    title: 'TVEmicro machine configuration',
    $defs: {
      environment: {
        type: 'string',
        pattern: '^\\$\\{[A-Za-z_][A-Za-z0-9_]*(:[^}]*)?\\}$',
        description: 'A value from the environment, ${NAME:default}',
      },
    },
  };
}

/** Keys under which a schema has further schemas by name. */
const named = new Set(['properties', '$defs']);

function withReferences(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withReferences);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === 'propertyNames' || key === 'default' || key === 'enum') return [key, value];
      if (!named.has(key)) return [key, withReferences(value)];
      return [
        key,
        Object.fromEntries(Object.entries(value as Json).map(([name, item]) => [name, withReferences(item)])),
      ];
    }),
  );
  return isCheckedLeaf(inner) ? orReference(inner) : inner;
}

/** A single value that is more than any text. The words that tell kinds apart (`const`) stay as they are. */
function isCheckedLeaf(schema: Json): boolean {
  if ('const' in schema) return false;
  const { type } = schema;
  return (
    type === 'number' ||
    type === 'integer' ||
    type === 'boolean' ||
    (type === 'string' && ('pattern' in schema || 'enum' in schema))
  );
}

/** Description and default stay outside, where editors look for them. */
function orReference({ description, default: initial, ...leaf }: Json): Json {
  return {
    ...(description !== undefined && { description }),
    ...(initial !== undefined && { default: initial }),
    anyOf: [leaf, { $ref: '#/$defs/environment' }],
  };
}
