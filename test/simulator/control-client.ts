/** Someone at the simulator's fault control. */
export interface ControlClient {
  /** @returns id of the fault */
  fault(target: string, fault: string, params?: object, seconds?: number): Promise<string>;
  lift(id: string): Promise<void>;
  liftAll(): Promise<void>;
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
}

export function controlClient(url: string): ControlClient {
  async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  }
  async function asked(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await ask(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
  return {
    ask,
    fault: async (target, fault, params, seconds) =>
      ((await asked('POST', '/faults', { target, fault, params, seconds })) as { id: string }).id,
    lift: async (id) => void (await asked('DELETE', `/faults/${id}`)),
    liftAll: async () => void (await asked('DELETE', '/faults')),
  };
}
