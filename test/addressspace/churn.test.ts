import assert from 'node:assert/strict';
import { churn, monitor, openSession, publish, stages, subscribe, takeOver } from './churn.ts';
import { until } from './clients.ts';
import type { Door } from './fuzz/hostile-connection.ts';
import { HonestClient } from './fuzz/honest-client.ts';
import type { Held } from './fuzz/server-process.ts';
import { Served } from './fuzz/served.ts';

const cycles = 1_000;
const vanishing = 300;
/** The server's limits, as addressspace/README.md tells them. */
const limits = { sessions: 60, subscriptionsPerSession: 10, itemsPerSubscription: 5_000 } as const;
/** Of the server's diagnostics (OPC 10000-5): present sessions and subscriptions. */
const presentSessions = 'i=2277';
const presentSubscriptions = 'i=2285';

describe('clients that come and go', function () {
  this.timeout(90_000);
  let served: Served;
  let door: Door;
  let honest: HonestClient;

  before(async () => {
    served = await Served.start({ maxSessions: limits.sessions });
    door = { endpointUrl: served.endpointUrl, port: served.port, userPolicyId: '' };
  });
  beforeEach(async () => {
    honest = await HonestClient.watching(served.endpointUrl);
  });
  afterEach(() => honest.leave());
  after(() => served?.kill());

  /** One session and one subscription are left, those of the client that watches; it lost nothing. */
  async function onlyTheWatcherIsLeft(): Promise<void> {
    await until(
      'all others are forgotten',
      async () =>
        (await honest.count(presentSessions)) === 1 &&
        (await honest.count(presentSubscriptions)) === 1 &&
        (await served.figures()).connections === 1,
      30_000,
    );
    await honest.assertServed();
    // what is forgotten is let go, to the last object: the size of the heap would hide a thousand small ones
    let held: Held | null = null;
    await until(
      'nothing is held',
      async () => {
        held = await served.held();
        return held.channels + held.items + held.sessions + held.subscriptions === 0;
      },
      20_000,
    ).catch(() => assert.fail(`${JSON.stringify(held)} are held`));
  }

  it(`leave nothing behind, ${cycles} times`, async () => {
    assert.equal((await churn(door, cycles / 2, () => 'closed', 10_000)).get('closed'), cycles / 2);
    const half = (await served.figures()).heapBytes;
    assert.equal((await churn(door, cycles / 2, () => 'closed', 10_000)).get('closed'), cycles / 2);
    await onlyTheWatcherIsLeft();
    const whole = (await served.figures()).heapBytes;
    console.log(`  heap after ${cycles / 2} and ${cycles} lives: ${half}, ${whole} bytes`);
    assert.ok(whole < half * 1.08, `the heap grew from ${half} to ${whole} bytes`);
  });

  it('and vanish at every stage are forgotten by and by', async () => {
    const vanished = stages.filter((stage) => stage !== 'closed');
    const lived = await churn(door, vanishing, (number) => vanished[number % vanished.length] ?? 'connected', 500);
    // who comes while too many are not forgotten yet is turned away, and rightly
    for (const stage of vanished) assert.ok((lived.get(stage) ?? 0) > 10, `${lived.get(stage)} left at ${stage}`);
    await onlyTheWatcherIsLeft();
  });

  it('and find their subscription again while it lives, which is gone with the one who took it over', async () => {
    const first = await openSession(served.endpointUrl, 'olga');
    const id = await subscribe(first.session, 6_000);
    await monitor(first.session, id, `ns=${honest.index};s=temperature.zone1`, 1);
    await first.session.close(false);
    await first.close();
    const second = await openSession(served.endpointUrl, 'olga');
    try {
      assert.equal((await takeOver(second.session, id))?.name, 'Good');
      assert.deepEqual(await publish(second.session), { subscriptionId: id, told: ['DataChangeNotification'] });
    } finally {
      await second.close();
    }
    await until('the watcher has seen enough to judge', () => honest.notifications > 20 && honest.reads > 10);
    await onlyTheWatcherIsLeft();
  });

  it('and stay without ever asking are told of the end of as many subscriptions as they may have, no more being kept', async () => {
    const silent = await openSession(served.endpointUrl);
    try {
      const ids: number[] = [];
      for (let round = 0; round < 2; round++) {
        for (let number = 0; number < limits.subscriptionsPerSession; number++)
          ids.push(await subscribe(silent.session, 5_000));
        await until('all ran out', async () => (await honest.count(presentSubscriptions)) === 1, 20_000);
      }
      const ended: number[] = [];
      for (let number = 0; number < limits.subscriptionsPerSession; number++) {
        const { subscriptionId, told } = await publish(silent.session);
        assert.deepEqual(told, ['StatusChangeNotification']);
        ended.push(subscriptionId);
      }
      assert.deepEqual(ended, ids.slice(limits.subscriptionsPerSession));
      await assert.rejects(publish(silent.session), /BadNoSubscription/);
    } finally {
      await silent.close();
    }
    await onlyTheWatcherIsLeft();
  });

  it('and take all that the limits allow are refused more, with the right words, and keep nobody else waiting', async () => {
    const nodeId = `ns=${honest.index};s=temperature.zone1`;
    const greedy = await openSession(served.endpointUrl);
    const ids: number[] = [];
    for (let number = 0; number < limits.subscriptionsPerSession; number++) ids.push(await subscribe(greedy.session));
    await assert.rejects(subscribe(greedy.session), /BadTooManySubscriptions/);
    for (const id of ids.slice(0, 2)) {
      const statuses = await monitor(greedy.session, id, nodeId, limits.itemsPerSubscription);
      assert.ok(statuses.every((status) => status.isGood()));
      const [beyond] = await monitor(greedy.session, id, nodeId, 1);
      assert.equal(beyond?.name, 'BadTooManyMonitoredItems');
    }
    await assert.rejects(
      monitor(greedy.session, ids[2] ?? 0, nodeId, limits.itemsPerSubscription + 1),
      /BadTooManyOperations/,
    );
    // 10,000 items whose notifications nobody fetches, and which change twenty times a second
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await greedy.close();
    await onlyTheWatcherIsLeft();
  });

  it('and are as many as may be are served, and one more is turned away', async () => {
    const open: Awaited<ReturnType<typeof openSession>>[] = [];
    try {
      // the watcher is one of them
      for (let number = 1; number < limits.sessions; number++) {
        const one = await openSession(served.endpointUrl);
        open.push(one);
        await subscribe(one.session);
      }
      await assert.rejects(openSession(served.endpointUrl), /BadTooManySessions/);
      assert.equal(await honest.count(presentSubscriptions), limits.sessions);
    } finally {
      await Promise.all(open.map((one) => one.close()));
    }
    await onlyTheWatcherIsLeft();
  });
});
