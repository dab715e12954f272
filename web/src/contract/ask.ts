import type { ProblemReply, Reason } from './replies.ts';

const base = '/api/v1';
/** A request that takes longer, in ms, counts as failed. The server itself answers a command within a few scans. */
const timeLimitMs = 6_000;

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What came of a request: never thrown, so that each caller has to say what it does with a refusal. */
export type Answer<T> =
  | { readonly ok: true; readonly reply: T }
  | {
      readonly ok: false;
      /** HTTP status; 0 when the server was not reached or did not answer in time. */
      readonly status: number;
      readonly code: string;
      readonly text: string;
      readonly reasons: readonly Reason[];
    };

/** What the session does for requests: it lends its token and hears when the server no longer knows it. */
export interface Credentials {
  csrfToken(): string | null;
  /** The server did not know the session of a request. */
  expired(): void;
  /** The token is another by now: asks for it again; true when there is a new one. */
  renewed(): Promise<boolean>;
}

let credentials: Credentials | null = null;

export function useCredentials(holder: Credentials): void {
  credentials = holder;
}

/** Asks the server. A change that is refused for its CSRF token alone is asked once more with a fresh one. */
export async function ask<T>(method: Method, path: string, body?: unknown): Promise<Answer<T>> {
  const answer = await send<T>(method, path, body);
  if (answer.ok) return answer;
  if (answer.status === 403 && answer.code === 'CSRF' && (await credentials?.renewed()) === true) {
    return send<T>(method, path, body);
  }
  if (answer.status === 401 && path !== '/session') credentials?.expired();
  return answer;
}

async function send<T>(method: Method, path: string, body: unknown): Promise<Answer<T>> {
  const headers: Record<string, string> = { accept: 'application/json, application/problem+json' };
  const token = credentials?.csrfToken() ?? null;
  if (method !== 'GET' && token !== null) headers['x-csrf-token'] = token;
  const request: RequestInit = { method, headers, cache: 'no-store', signal: AbortSignal.timeout(timeLimitMs) };
  if (body !== undefined) {
    headers['content-type'] = 'application/json';
    request.body = JSON.stringify(body);
  }
  try {
    const response = await fetch(base + path, request);
    const text = await response.text();
    const json: unknown = text === '' ? null : JSON.parse(text);
    return response.ok ? { ok: true, reply: json as T } : refusal(response.status, json as ProblemReply | null);
  } catch (fault) {
    // No answer, too late, or none that can be read: to the operator all three are "it is not known to be done".
    return { ok: false, status: 0, code: 'UNREACHABLE', text: String(fault), reasons: [] };
  }
}

function refusal(status: number, problem: ProblemReply | null): Answer<never> {
  return {
    ok: false,
    status,
    code: problem?.code ?? `HTTP_${status}`,
    text: problem?.detail ?? problem?.title ?? '',
    reasons: problem?.reasons ?? [],
  };
}
