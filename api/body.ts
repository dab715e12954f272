import { bodyParser } from '@koa/bodyparser';
import type { Context } from 'koa';
import { Problem } from './problem.ts';

/** The largest request by far is a configuration, which has a limit of its own; commands are a few hundred bytes. */
const limitBytes = 64 * 1024;

const parse = bodyParser({ enableTypes: ['json'], jsonLimit: limitBytes, parsedMethods: ['POST', 'PUT', 'DELETE'] });

const tooLarge = (): Problem =>
  new Problem('TOO_LARGE', `The body may have ${limitBytes} bytes; send less, or in several requests.`);

/**
 * The body as JSON, undefined when there is none.
 *
 * @throws what the connection throws when it breaks while the body comes in
 */
export async function bodyOf(ctx: Context): Promise<unknown> {
  const { req, request } = ctx;
  if (req.headers['transfer-encoding'] === undefined && (request.length ?? 0) === 0) return undefined;
  if (ctx.is('json') === false) {
    const type = ctx.get('content-type') || 'no type';
    return new Problem('MEDIA_TYPE', `The body came as ${type}; send application/json.`);
  }
  if (!['', 'identity'].includes(ctx.get('content-encoding'))) {
    return new Problem('MEDIA_TYPE', 'Bodies are small and taken as they are: send it without a content encoding.');
  }
  if ((request.length ?? 0) > limitBytes) return tooLarge();
  try {
    await parse(ctx, async () => undefined);
  } catch (error) {
    return bodyProblem(error);
  }
  return request.body;
}

function bodyProblem(error: unknown): Problem {
  const { status, type } = error as { status?: number; type?: string };
  if (status === 413) return tooLarge();
  if (type === 'request.aborted') return new Problem('MALFORMED', 'The body did not arrive whole.');
  if (status === 400 || error instanceof SyntaxError) {
    return new Problem('MALFORMED', 'The body is not a JSON object or array.');
  }
  throw error;
}
