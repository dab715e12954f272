/** A person at the REST API: signs in, keeps the cookie, sends the CSRF token with every change. */
export interface RestClient {
  get<T>(path: string): Promise<Reply<T>>;
  post<T>(path: string, body?: unknown): Promise<Reply<T>>;
  put<T>(path: string, body: unknown): Promise<Reply<T>>;
  /** @throws Error when there is no such file */
  download(path: string): Promise<Buffer>;
}

export interface Reply<T> {
  readonly status: number;
  readonly body: T;
}

export interface SignalReply {
  readonly id: string;
  readonly value: number | boolean | string | null;
  readonly unit: string | null;
  readonly quality: string;
  readonly sourceTime: string;
  readonly ageMs: number;
  readonly simulated: boolean;
}

export interface MachineReply {
  readonly state: string;
  readonly mode: string;
  readonly startPermitted: boolean;
  readonly blockers: readonly { readonly code: string; readonly text: string }[];
  readonly scan: { readonly count: number; readonly overruns: number; readonly jitterP99Ms: number };
}

export interface AlarmReply {
  readonly id: string;
  readonly occurrenceId: string;
  readonly active: boolean;
  readonly acknowledged: boolean;
  readonly trip: boolean;
  readonly latched: boolean;
  readonly firstOut: boolean;
  readonly state: string;
  readonly value: number | boolean | string | null;
  readonly explanation: string;
  readonly raisedAt: string;
}

/** @throws Error when the sign-in is refused */
export async function signIn(base: string, username: string, password: string): Promise<RestClient> {
  const answer = await fetch(`${base}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  if (answer.status !== 200) throw new Error(`sign-in of ${username}: ${answer.status} ${await answer.text()}`);
  const cookie = answer.headers
    .getSetCookie()
    .map((header) => header.split(';')[0])
    .join('; ');
  const { csrfToken } = (await answer.json()) as { csrfToken: string };

  async function ask<T>(method: string, path: string, body?: unknown): Promise<Reply<T>> {
    const reply = await fetch(`${base}/api/v1${path}`, {
      method,
      headers: { cookie, 'x-csrf-token': csrfToken, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await reply.text();
    return { status: reply.status, body: (text === '' ? null : JSON.parse(text)) as T };
  }
  return {
    get: (path) => ask('GET', path),
    post: (path, body = {}) => ask('POST', path, body),
    put: (path, body) => ask('PUT', path, body),
    async download(path) {
      const reply = await fetch(`${base}/api/v1${path}`, { headers: { cookie } });
      if (!reply.ok) throw new Error(`GET ${path}: ${reply.status} ${await reply.text()}`);
      return Buffer.from(await reply.arrayBuffer());
    },
  };
}
