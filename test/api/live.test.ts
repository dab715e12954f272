import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { AlarmReply, DeltaEvent, MachineReply, SnapshotEvent } from '../../api/replies.ts';
import { LiveFeed, type Listener } from '../../api/live/feed.ts';
import { LiveStream } from '../../api/live/stream.ts';
import { estop, FakeMachine } from './fake-machine.ts';
import { Plant, type SignedIn } from './plant.ts';

interface LiveEvent {
  readonly id: number | null;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

const shapes: Readonly<Record<string, z.ZodType>> = {
  snapshot: SnapshotEvent,
  delta: DeltaEvent,
  state: MachineReply,
  alarm: AlarmReply,
  end: z.strictObject({ code: z.string(), text: z.string() }),
};

function parsed(block: string): LiveEvent | null {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'mu').exec(block)?.[1];
  const [id, event, data] = [field('id'), field('event'), field('data')];
  if (event === undefined || data === undefined) return null;
  const shape = shapes[event];
  assert.ok(shape, `an event ${event} is not declared`);
  const content = JSON.parse(data) as Record<string, unknown>;
  shape.parse(content);
  return { id: id === undefined ? null : Number(id), event, data: content };
}

/** Waits until something holds, at most so long, in ms. */
async function until(holds: () => boolean, what: string, deadlineMs = 5_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!holds()) {
    assert.ok(performance.now() < endMs, `waited in vain until ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}

/** A browser's side of the stream, over a real connection. */
class Browser {
  readonly events: LiveEvent[] = [];
  readonly response: IncomingMessage;
  ended = false;
  #rest = '';

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      const blocks = (this.#rest + text).split('\n\n');
      this.#rest = blocks.pop() ?? '';
      this.events.push(...blocks.map(parsed).filter((event) => event !== null));
    });
    response.on('close', () => {
      this.ended = true;
    });
    response.on('error', () => undefined);
  }

  static async open(server: Server, as: SignedIn, lastEventId?: number): Promise<Browser> {
    const { port } = server.address() as AddressInfo;
    const headers = {
      Cookie: as.cookie,
      ...(lastEventId === undefined ? {} : { 'Last-Event-ID': String(lastEventId) }),
    };
    const asked = request({ port, host: '127.0.0.1', path: '/api/v1/live', headers, agent: false }).end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return new Browser(response);
  }

  of(event: string): LiveEvent[] {
    return this.events.filter((one) => one.event === event);
  }

  leave(): void {
    this.response.destroy();
  }
}

async function ended(browser: Browser): Promise<unknown> {
  await until(() => browser.ended, 'the stream has ended');
  return browser.events.at(-1)?.data['code'];
}

const good = (value: number): { value: number; quality: 'Good'; sourceTimeMs: number } => ({
  value,
  quality: 'Good',
  sourceTimeMs: 1_763_000_000_500,
});

describe('the live stream', () => {
  let plant: Plant;
  let server: Server;
  let operator: SignedIn;
  const browsers: Browser[] = [];
  const errors: unknown[] = [];

  beforeEach(async () => {
    errors.length = 0;
    plant = await Plant.open({
      log: { info: () => undefined, warn: () => undefined, error: (details) => errors.push(details) },
    });
    server = plant.api.app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    operator = await plant.signIn('operator');
  });
  afterEach(async () => {
    for (const browser of browsers.splice(0)) browser.leave();
    await plant.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    assert.deepEqual(errors, []);
  });

  async function open(lastEventId?: number): Promise<Browser> {
    const browser = await Browser.open(server, operator, lastEventId);
    browsers.push(browser);
    return browser;
  }

  it('is for who is signed in', async () => {
    const stranger = await Browser.open(server, { cookie: '', csrfToken: '' });
    assert.equal(stranger.response.statusCode, 401);
    stranger.leave();
  });

  it('begins with the whole image and goes on with what changes, ids rising by one', async () => {
    plant.machine.alarms = [estop];
    const browser = await open();
    assert.equal(browser.response.headers['content-type'], 'text/event-stream; charset=utf-8');
    await until(() => browser.of('snapshot').length === 1, 'the snapshot is there');
    const [snapshot] = browser.events;
    assert.ok(snapshot);
    assert.deepEqual(
      (snapshot.data['signals'] as { id: string; value: unknown }[]).map(({ id, value }) => [id, value]),
      [
        ['temperature.zone1', 201.5],
        ['heater.zone1.setpoint', 200],
        ['fan.on', null],
        ['machine.heartbeat', 1],
      ],
    );
    assert.equal((snapshot.data['alarms'] as unknown[]).length, 1);
    plant.machine.read('temperature.zone1', good(202));
    plant.machine.read('temperature.zone1', good(203));
    plant.machine.read('machine.heartbeat', good(2));
    plant.machine.ring({ atMs: 1, transition: 'raised', occurrence: estop, actor: null });
    plant.machine.turn({ state: 'ALARM' });
    await until(() => browser.of('state').length === 1, 'the state is there');
    assert.deepEqual(
      browser.events.map(({ event }) => event),
      ['snapshot', 'delta', 'alarm', 'state'],
    );
    assert.deepEqual(browser.events[1]?.data['signals'], [
      { id: 'temperature.zone1', value: 203, quality: 'Good', sourceTime: '2025-11-13T02:13:20.500Z', simulated: true },
      { id: 'machine.heartbeat', value: 2, quality: 'Good', sourceTime: '2025-11-13T02:13:20.500Z', simulated: false },
    ]);
    assert.equal(browser.events[2]?.data['occurrenceId'], 'ESTOP-7');
    assert.equal(browser.events[3]?.data['state'], 'ALARM');
    const ids = browser.events.map(({ id }) => id);
    assert.deepEqual(
      ids,
      ids.map((_, i) => (ids[0] ?? 0) + i),
    );
  });

  it('goes on where it broke off, without a snapshot, when the last event is still held', async () => {
    const first = await open();
    await until(() => first.events.length === 1, 'the snapshot is there');
    plant.machine.ring({ atMs: 1, transition: 'raised', occurrence: estop, actor: null });
    await until(() => first.events.length === 2, 'the alarm is there');
    const lastId = first.events[1]?.id ?? 0;
    first.leave();
    for (const value of [205, 206]) {
      plant.machine.read('temperature.zone1', good(value));
      plant.machine.ring({ atMs: 2, transition: 'tripped', occurrence: estop, actor: null });
    }
    const again = await open(lastId);
    await until(() => again.events.length === 4, 'what was missed is there');
    assert.deepEqual(
      again.events.map(({ id, event }) => [(id ?? 0) - lastId, event]),
      [
        [1, 'delta'],
        [2, 'alarm'],
        [3, 'delta'],
        [4, 'alarm'],
      ],
    );
    const current = await open(again.events[3]?.id ?? 0);
    plant.machine.turn({ heating: false });
    await until(() => current.events.length === 1, 'the next event is there');
    assert.deepEqual([current.events[0]?.event, current.events[0]?.id], ['state', lastId + 5]);
  });

  it('begins anew with a snapshot where the last event is unknown', async () => {
    for (const lastId of [1, 9_000_000_000_000]) {
      const browser = await open(lastId);
      await until(() => browser.events.length === 1, 'the snapshot is there');
      assert.equal(browser.events[0]?.event, 'snapshot');
    }
  });

  it('speaks at least every second although nothing changes', async () => {
    const browser = await open();
    await until(() => browser.events.length === 1, 'the snapshot is there');
    plant.nowMs += 1_000;
    await until(() => browser.of('delta').length === 1, 'an empty delta is there');
    assert.deepEqual(browser.of('delta')[0]?.data['signals'], []);
    plant.nowMs -= 5_000;
    await until(() => browser.of('delta').length === 2, 'a delta is there although the clock was set back');
  });

  it('says at once when the control process has gone silent', async () => {
    const browser = await open();
    plant.machine.controlAlive = false;
    await until(() => browser.of('state').length === 1, 'the state is there');
    const { controlAlive, startPermitted } = browser.of('state')[0]?.data ?? {};
    assert.deepEqual([controlAlive, startPermitted], [false, false]);
  });

  it('leaves a slow browser with the newest image, not with a queue of all it missed', async () => {
    const browser = await open();
    await until(() => browser.events.length === 1, 'the snapshot is there');
    browser.response.pause();
    const long = 'x'.repeat(50_000);
    const rung = 1_000;
    for (let i = 0; i < rung; i++) {
      plant.machine.ring({ atMs: i, transition: 'raised', occurrence: { ...estop, text: long }, actor: null });
      if (i % 20 === 0) await new Promise(setImmediate);
    }
    plant.machine.alarms = [estop];
    plant.machine.read('temperature.zone1', good(250));
    browser.response.resume();
    await until(() => JSON.stringify(browser.events.at(-1)?.data['signals'] ?? '').includes('250'), 'it is up to date');
    assert.ok(browser.of('alarm').length < rung, 'events were left out');
    assert.ok(browser.of('snapshot').length > 1, 'the whole image came in their place');
    const ids = browser.events.map(({ id }) => id ?? 0);
    const skips = browser.events.filter(
      ({ event }, i) => i > 0 && event !== 'snapshot' && ids[i] !== (ids[i - 1] ?? 0) + 1,
    );
    assert.deepEqual(skips, [], 'but for a snapshot the ids rise by one');
  });

  it('ends with the session, and says so', async () => {
    const signedOut = await open();
    await plant.send('delete', '/api/v1/session', { as: operator });
    assert.equal(await ended(signedOut), 'SESSION_ENDED');
    assert.equal(signedOut.events.at(-1)?.id, null, 'it has no number of its own');

    operator = await plant.signIn('operator');
    const disabled = await open();
    await plant.store.accounts.setDisabled('operator', true);
    plant.nowMs += 5_000;
    assert.equal(await ended(disabled), 'SESSION_ENDED');

    operator = await plant.signIn('engineer');
    const idle = await open();
    for (let minutes = 0; minutes < 30; minutes += 5) {
      assert.equal(idle.ended, false);
      plant.nowMs += 5 * 60_000;
      await until(() => idle.of('delta').length > minutes / 5, 'the feed has looked at its clock');
    }
    assert.equal(await ended(idle), 'SESSION_ENDED', 'that it runs on is no use of the session');
  });

  it('ends when the server stops, and says so', async () => {
    const browser = await open();
    await until(() => browser.events.length === 1, 'the snapshot is there');
    await plant.api.close();
    await until(() => browser.ended, 'the stream has ended');
    assert.equal(browser.events.at(-1)?.data['code'], 'SERVER_STOPS');
  });

  it('leaves nothing behind when a browser goes away', async () => {
    const opened = [await open(), await open()];
    const streams = async (): Promise<string | undefined> =>
      /^tve_live_streams (\d+)$/mu.exec((await plant.send('get', '/metrics')).text)?.[1];
    assert.equal(await streams(), '2');
    for (const browser of opened) browser.leave();
    const deadlineMs = performance.now() + 5_000;
    while ((await streams()) !== '0') assert.ok(performance.now() < deadlineMs, 'streams were left behind');
    const head = await plant.send('get', '/api/v1/machine', { as: operator });
    assert.equal(head.status, 200);
  });
});

const idOf = (text: string | undefined): number => Number(/^id: (\d+)/u.exec(text ?? '')?.[1]);

describe('the live feed', () => {
  class Ear implements Listener {
    readonly texts: string[] = [];
    readonly take = (text: string): void => void this.texts.push(text);
    readonly tick = (): void => undefined;
    readonly close = (): void => undefined;
  }

  it('holds a bounded past, and gives a snapshot to who asks for more', () => {
    const machine = new FakeMachine();
    const feed = new LiveFeed(machine, () => 1_000_000);
    feed.open();
    try {
      for (let i = 0; i < 2_500; i++) machine.turn({ heating: i % 2 === 0 });
      const within = new Ear();
      feed.join(within, String(1_000_000 + 2_500 - 2_000));
      assert.deepEqual(
        [within.texts.length, idOf(within.texts[0]), idOf(within.texts.at(-1))],
        [2_000, 1_000_501, 1_002_500],
      );
      const beyond = new Ear();
      feed.join(beyond, String(1_000_000 + 2_500 - 2_001));
      assert.match(beyond.texts.join(''), /^id: 1002500\nevent: snapshot\n/u);
      for (const strange of ['', '-1', 'x', '1e3', '99999999999999999999']) {
        const ear = new Ear();
        feed.join(ear, strange);
        assert.match(ear.texts.join(''), /event: snapshot/u, strange);
      }
    } finally {
      feed.close();
    }
    assert.equal(machine.listeners.size, 0);
  });

  it('never takes a number from before a restart for one of its own', () => {
    const machine = new FakeMachine();
    const before = new LiveFeed(machine, () => 1_000_000);
    before.open();
    for (let i = 0; i < 50; i++) machine.turn({ heating: i % 2 === 0 });
    const ear = new Ear();
    before.join(ear, '');
    before.close();
    const after = new LiveFeed(machine, () => 1_005_000);
    after.open();
    machine.turn({ heating: true });
    const back = new Ear();
    after.join(back, String(idOf(ear.texts[0])));
    after.close();
    assert.match(back.texts.join(''), /event: snapshot/u);
  });
});

function unread(): { machine: FakeMachine; feed: LiveFeed; stream: LiveStream; clock: { nowMs: number } } {
  const clock = { nowMs: 1_000_000 };
  const machine = new FakeMachine();
  const feed = new LiveFeed(machine, () => clock.nowMs);
  feed.open();
  const { nowMs } = clock;
  const stream = new LiveStream({
    feed,
    lastEventId: '',
    nowMs,
    isSignedIn: async () => true,
    onClose: () => undefined,
  });
  return { machine, feed, stream, clock };
}

describe('a stream that nobody reads', () => {
  it('holds little, and gives the newest image with its alarms when it is read again', async () => {
    const { machine, feed, stream } = unread();
    const long = { ...estop, text: 'x'.repeat(1_000) };
    let mostHeld = 0;
    for (let i = 0; i < 2_000; i++) {
      machine.ring({ atMs: i, transition: 'raised', occurrence: long, actor: null });
      mostHeld = Math.max(mostHeld, stream.body.readableLength + stream.body.writableLength);
    }
    assert.ok(mostHeld < 300_000, `${mostHeld} bytes`);
    machine.alarms = [estop];
    machine.read('temperature.zone1', good(250));
    let text = '';
    stream.body.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    await until(() => text.includes('"value":250'), 'the newest image is there');
    const last = text
      .split('\n\n')
      .map(parsed)
      .findLast((event) => event !== null);
    assert.equal(last?.event, 'snapshot');
    assert.equal((last.data['alarms'] as { id: string }[])[0]?.id, 'ESTOP');
    machine.turn({ heating: false });
    await until(() => text.includes('event: state'), 'it goes on');
    feed.close();
  });

  it('is not given up because its first image is large', () => {
    const machine = new FakeMachine();
    machine.alarms = Array.from({ length: 200 }, () => ({ ...estop, text: 'x'.repeat(1_000) }));
    const feed = new LiveFeed(machine, () => 1_000_000);
    const stream = new LiveStream({
      feed,
      lastEventId: '',
      nowMs: 1_000_000,
      isSignedIn: async () => true,
      onClose: () => undefined,
    });
    feed.tick();
    assert.equal(stream.body.destroyed, false);
    stream.sessionEnded();
    assert.equal(stream.body.destroyed, true, 'behind as it is, it is not left waiting when its session ends');
    feed.close();
  });

  it('is given up when nothing was taken for half a minute', () => {
    const { machine, feed, stream, clock } = unread();
    feed.tick();
    for (let i = 0; i < 200; i++)
      machine.ring({ atMs: i, transition: 'raised', occurrence: { ...estop, text: 'x'.repeat(1_000) }, actor: null });
    clock.nowMs += 29_000;
    feed.tick();
    assert.equal(stream.body.destroyed, false);
    clock.nowMs += 2_000;
    feed.tick();
    assert.equal(stream.body.destroyed, true);
    feed.close();
  });
});
