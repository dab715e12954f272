import assert from 'node:assert/strict';
import { attacks } from './attacks.ts';
import { strikeOnce } from './campaign.ts';
import { HonestClient } from './honest-client.ts';
import type { HostileConnection } from './hostile-connection.ts';
import { Siege, untilQuiet, wordingOf } from './siege.ts';

const seed = 20_261_120;
const messages = 5_000;
/** The library's patience with connections that do not get on, and then some. */
const loiteringMs = 30_000;

describe('the OPC UA server under attack', function () {
  this.timeout(90_000);
  let siege: Siege;
  let loiterers: ReadonlyMap<string, HostileConnection>;
  let honest: HonestClient | null = null;

  before(async () => {
    siege = await Siege.lay();
    loiterers = await siege.loiterers();
  });
  afterEach(async () => {
    await honest?.leave();
    honest = null;
  });
  after(() => {
    for (const connection of loiterers?.values() ?? []) connection.destroy();
    siege?.served.kill();
  });

  it(`goes on serving others while it is struck by each of ${attacks.length} kinds of wrong message`, async () => {
    honest = await HonestClient.watching(siege.door.endpointUrl);
    for (const one of attacks) {
      for (let variant = 0; variant < 4; variant++) {
        (await strikeOnce(siege.door, siege.requests, one, seed + variant)).destroy();
        siege.served.assertAlive();
      }
    }
    await honest.assertServed();
  });

  it('closes connections that stop half-way', async () => {
    for (const [where, connection] of loiterers)
      assert.ok(await connection.untilClosed(loiteringMs), `a connection that stopped ${where} is open`);
    await untilQuiet(siege.served);
  });

  it(`goes on serving others through ${messages} messages, and keeps nothing of them`, async () => {
    const { figures, heaps } = await siege.withstand(seed, 2, messages / 2);
    console.log(wordingOf(figures));
    const [half = 0, whole = 0] = heaps;
    assert.ok(whole < half * 1.05, `the heap grew from ${half} to ${whole} bytes`);
    const inSessions = figures.reduce((sum, one) => sum + one.inSessions, 0);
    assert.ok(inSessions > messages / 2, `only ${inSessions} came as far as a session`);
  });

  it('ends in order, and has written nothing to standard output, where only the ready line belongs', async () => {
    assert.equal(await siege.served.end(), '');
  });
});
