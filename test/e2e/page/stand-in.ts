import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  AlarmReply,
  MachineReply,
  ProblemReply,
  Quality,
  SampleReply,
  Value,
} from '../../../web/src/contract/replies.ts';
import { Door, type Session } from './stand-in-door.ts';
import { file, json, policy, problem, readBody } from './stand-in-http.ts';
import { describedSignals, heatingMachine } from './stand-in-signals.ts';

export interface NotedRequest {
  readonly method: string;
  readonly path: string;
  readonly csrf: string | undefined;
  readonly body: unknown;
}

type Live = { value: Value; quality: Quality; sourceTimeMs: number };
type Refusal = { readonly status: number; readonly problem: ProblemReply };

/**
 * Plays the REST contract for the page's own tests, with the page's files from `root`, and does on demand what a real
 * server only does in trouble: falls silent, cuts, forgets sessions, refuses. It is test equipment and no machine.
 */
export class StandIn {
  readonly requests: NotedRequest[] = [];
  machine = heatingMachine();
  /** Streams stay open but say nothing, as behind a dead cable. */
  silent = false;
  /** New streams are refused with this status. */
  streamStatus = 200;
  /** Whether this address counts as the machine's own panel, which may stop without a session. */
  isPanel = true;
  /** Whether an accepted setting takes effect. */
  applySettings = true;
  readonly frozen = new Set<string>();
  private readonly refusals = new Map<string, Refusal>();
  private readonly signals;
  private readonly live = new Map<string, Live>();
  private readonly alarms = new Map<string, AlarmReply>();
  private readonly door = new Door();
  private readonly streams = new Set<ServerResponse>();
  private readonly server = createServer((request, response) => void this.answer(request, response));
  private readonly ticker: NodeJS.Timeout;
  private readonly root: string;
  private eventId = 0;

  constructor(root: string, zones = 2) {
    this.root = root;
    this.signals = describedSignals(zones);
    for (const { id, value } of this.signals) this.live.set(id, { value, quality: 'Good', sourceTimeMs: Date.now() });
    this.ticker = setInterval(() => this.tick(), 250);
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    clearInterval(this.ticker);
    this.cut();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Sets a value; a quality other than Good, or an age, freezes it there. */
  set(id: string, value: Value, quality: Quality = 'Good', ageMs = 0): void {
    this.live.set(id, { value, quality, sourceTimeMs: Date.now() - ageMs });
    if (quality === 'Good' && ageMs === 0) this.frozen.delete(id);
    else this.frozen.add(id);
    this.publish('delta', { at: new Date().toISOString(), signals: [this.sample(id)] });
  }

  setMachine(change: Partial<MachineReply>): void {
    this.machine = { ...this.machine, ...change };
    this.publish('state', this.machineReply());
  }

  raise(alarm: AlarmReply): void {
    if (alarm.state === 'normal') this.alarms.delete(alarm.occurrenceId);
    else this.alarms.set(alarm.occurrenceId, alarm);
    this.publish('alarm', alarm);
  }

  /** The next request to this path is refused so. */
  refuse(path: string, status: number, problem: ProblemReply): void {
    this.refusals.set(path, { status, problem });
  }

  /** As if one event had got lost on the way. */
  skipEvent(): void {
    this.eventId++;
  }

  cut(): void {
    for (const stream of this.streams) stream.destroy();
    this.streams.clear();
  }

  endSessions(): void {
    this.door.endAll();
    this.cut();
  }

  /** Requests to one path since the start, in order. */
  asked(method: string, path: string): NotedRequest[] {
    return this.requests.filter((request) => request.method === method && request.path === path);
  }

  private tick(): void {
    const now = Date.now();
    const polled = this.signals.filter(
      ({ id, freshnessMs }) => typeof freshnessMs === 'number' && !this.frozen.has(id),
    );
    for (const { id } of polled) {
      const live = this.live.get(id);
      if (live !== undefined) live.sourceTimeMs = now;
    }
    const heartbeat = this.live.get('machine.heartbeat');
    if (heartbeat !== undefined) heartbeat.value = Number(heartbeat.value) + 1;
    const changed = [...polled.map(({ id }) => id), 'machine.heartbeat'];
    this.publish('delta', { at: new Date().toISOString(), signals: changed.map((id) => this.sample(id)) });
  }

  private publish(event: string, data: unknown): void {
    this.eventId++;
    if (this.silent) return;
    for (const stream of this.streams) this.send(stream, event, data);
  }

  private send(stream: ServerResponse, event: string, data: unknown): void {
    stream.write(`id: ${this.eventId}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  private sample(id: string): SampleReply {
    const live = this.live.get(id);
    if (live === undefined) throw new Error(`the stand-in has no signal ${id}`);
    const { value, quality, sourceTimeMs } = live;
    return { id, value, quality, sourceTime: new Date(sourceTimeMs).toISOString(), simulated: true };
  }

  private machineReply(): MachineReply {
    const standing = [...this.alarms.values()];
    return {
      ...this.machine,
      alarms: {
        unacknowledged: standing.filter((alarm) => !alarm.acknowledged).length,
        active: standing.filter((alarm) => alarm.active).length,
        highest: standing.length === 0 ? null : Math.min(...standing.map((alarm) => alarm.priority)),
      },
      at: new Date().toISOString(),
    };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    response.setHeader('content-security-policy', policy);
    if (!url.pathname.startsWith('/api/v1')) {
      file(this.root, url.pathname, response);
      return;
    }
    const path = url.pathname.slice('/api/v1'.length);
    const method = request.method ?? 'GET';
    const body = await readBody(request);
    this.requests.push({ method, path, csrf: request.headers['x-csrf-token'] as string | undefined, body });
    const session = this.door.find(request.headers.cookie);
    if (method === 'POST' && path === '/session') {
      this.door.signIn(body as { username: string; password: string }, response);
      return;
    }
    const isStop = path === '/machine/stop' || path === '/machine/emergency-stop';
    if (session === undefined && !(isStop && this.isPanel)) {
      problem(response, 401, { code: 'NOT_SIGNED_IN', title: 'Not signed in' });
      return;
    }
    if (session !== undefined && method !== 'GET' && request.headers['x-csrf-token'] !== session.csrfToken) {
      problem(response, 403, { code: 'CSRF', title: 'The CSRF token is missing or wrong' });
      return;
    }
    const refusal = this.refusals.get(path);
    if (refusal !== undefined) {
      this.refusals.delete(path);
      problem(response, refusal.status, refusal.problem);
      return;
    }
    this.route(method, path, { url, body, session, response });
  }

  private route(
    method: string,
    path: string,
    at: {
      url: URL;
      body: unknown;
      session: Session | undefined;
      response: ServerResponse;
    },
  ): void {
    const { response, session } = at;
    const written = /^\/signals\/(.+)$/.exec(path)?.[1];
    if (method === 'GET' && path === '/session' && session !== undefined) json(response, this.door.reply(session));
    else if (method === 'DELETE' && path === '/session' && session !== undefined) {
      this.door.signOut(session);
      response.writeHead(204).end();
    } else if (path === '/session/password' && session !== undefined) {
      this.door.changePassword(session, at.body as { current: string; next: string }, response);
    } else if (method === 'GET' && path === '/signals') json(response, this.signalsReply());
    else if (method === 'GET' && path === '/machine') json(response, this.machineReply());
    else if (method === 'GET' && path === '/alarms') json(response, [...this.alarms.values()]);
    else if (method === 'GET' && path === '/history') json(response, this.history(at.url));
    else if (method === 'GET' && path === '/live') this.openStream(response);
    else if (method === 'PUT' && written !== undefined) {
      if (this.applySettings) this.set(decodeURIComponent(written), (at.body as { value: Value }).value);
      this.accepted(response);
    } else if (method === 'POST') this.accepted(response);
    else problem(response, 404, { code: 'NOT_FOUND', title: `${method} ${path}` });
  }

  private accepted(response: ServerResponse): void {
    json(response, { accepted: true, commandId: 'c1', state: this.machine.state });
  }

  private signalsReply(): unknown {
    return this.signals.map((entry) => ({ ...entry, ...this.sample(entry.id), ageMs: 0 }));
  }

  /** A smooth past that ends where the values are now. */
  private history(url: URL): unknown {
    const fromMs = Date.parse(url.searchParams.get('from') ?? '');
    const toMs = Date.parse(url.searchParams.get('to') ?? '');
    const intervalMs = Number(url.searchParams.get('interval')) * 1000;
    const series = (url.searchParams.get('signal') ?? '').split(',').map((signal) => {
      const now = Number(this.live.get(signal)?.value ?? 0);
      const points = [];
      for (let t = fromMs; t <= toMs; t += intervalMs) {
        const value = signal.startsWith('temperature.') ? now - (((toMs - t) / 60_000) ** 1.2 * now) / 120 : now;
        points.push([t, value, 'Good']);
      }
      return { signal, unit: null, points };
    });
    return { series };
  }

  private openStream(response: ServerResponse): void {
    if (this.streamStatus !== 200) {
      problem(response, this.streamStatus, { code: 'NOT_READY', title: 'Not ready' });
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 500\n\n');
    this.streams.add(response);
    response.on('close', () => this.streams.delete(response));
    if (this.silent) return;
    this.send(response, 'snapshot', {
      at: new Date().toISOString(),
      machine: this.machineReply(),
      signals: [...this.live.keys()].map((id) => this.sample(id)),
    });
  }
}
