import { z } from 'zod';
import { problemKinds, ProblemReply, type ProblemCode } from './problem.ts';
import type { Route } from './route.ts';

type Json = { readonly [key: string]: unknown };

/** All that may go wrong by what the route declares. */
export function problemsOf(route: Route): readonly ProblemCode[] {
  const codes = new Set<ProblemCode>(route.problems);
  const isChange = route.method !== 'get';
  if (route.role !== null) {
    codes.add('NOT_SIGNED_IN').add('STORE_UNAVAILABLE');
    if (route.role !== 'observer') codes.add('NOT_PERMITTED');
    if (isChange) codes.add('CSRF');
    if (isChange && route.withOldPassword !== true) codes.add('PASSWORD_CHANGE_REQUIRED');
  }
  if (route.exists !== undefined) codes.add('NOT_FOUND');
  if (route.body !== undefined) {
    for (const code of ['MEDIA_TYPE', 'TOO_LARGE', 'MALFORMED', 'INVALID_VALUE'] as const) codes.add(code);
  }
  if (route.query !== undefined) codes.add('INVALID_VALUE');
  if (route.ifMatch === 'required') codes.add('PRECONDITION_REQUIRED');
  if (route.ifMatch !== undefined) codes.add('VERSION_CONFLICT');
  return [...codes];
}

/** The whole interface as OpenAPI 3.1, from the same declarations that check the requests. */
export function openApiOf(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/gu, '{$1}');
    (paths[path] ??= {})[route.method] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'TVEmicro integration server',
      version,
      description: 'Errors are problem details with a stable `code`; refused commands list all `reasons`.',
    },
    servers: [{ url: '/api/v1' }],
    paths,
    components: {
      schemas: { Problem: schemaOf(ProblemReply, 'output') },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'tve_session' },
        csrf: { type: 'apiKey', in: 'header', name: 'X-CSRF-Token' },
      },
    },
  };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<string, unknown>;
  return $schema === undefined ? rest : { ...rest };
}

function operationOf(route: Route): Json {
  const security = route.method === 'get' ? [{ session: [] }] : [{ session: [], csrf: [] }];
  const parameters = [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)];
  return {
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    operationId: `${route.method}${route.path.replaceAll(/[^a-z]+([a-z]?)/giu, (_all, letter: string) => letter.toUpperCase())}`,
    security: route.role === null ? [] : route.panel === true ? [...security, {}] : security,
    ...(route.role === null ? {} : { 'x-role': route.role }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: requestBodyOf(route.body) }),
    responses: { ...successOf(route), ...problemResponses(route) },
  };
}

function pathParameters(route: Route): Json[] {
  return [...route.path.matchAll(/:(\w+)/gu)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(route: Route): Json[] {
  if (route.query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(route.query, 'input') as {
    properties?: Record<string, { description?: string }>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function headerParameters({ ifMatch }: Route): Json[] {
  if (ifMatch === undefined) return [];
  const description = 'The version that is meant, as the ETag told it, for example "3"; `*` is any';
  const schema = { type: 'string', description };
  return [{ name: 'If-Match', in: 'header', required: ifMatch === 'required', schema }];
}

const versionHeader = { ETag: { description: 'The version, in quotes', schema: { type: 'string' } } };

function requestBodyOf(body: z.ZodType): Json {
  const required = !body.safeParse(undefined).success;
  return { required, content: { 'application/json': { schema: schemaOf(body, 'input') } } };
}

function successOf(route: Route): Json {
  const status = route.status ?? 200;
  if (status === 204) return { 204: { description: 'Done' } };
  const json =
    route.reply instanceof z.ZodNever ? {} : { 'application/json': { schema: schemaOf(route.reply, 'output') } };
  const others = Object.entries(route.alsoAs ?? {}).map(([type, description]) => [
    type,
    { schema: { type: 'string', description } },
  ]);
  const headers = route.tellsVersion === true ? { headers: versionHeader } : {};
  return { [status]: { description: 'Answer', ...headers, content: { ...json, ...Object.fromEntries(others) } } };
}

function problemResponses(route: Route): Json {
  const codes = problemsOf(route);
  const statuses = [...new Set(codes.map((code) => problemKinds[code][0]))].toSorted((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: codes.filter((code) => problemKinds[code][0] === status).join(', '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}
