import assert from 'node:assert/strict';
import { until } from '../clients.ts';
import { type AttackFigures, attack } from './campaign.ts';
import { type Door, HostileConnection } from './hostile-connection.ts';
import { HonestClient } from './honest-client.ts';
import { type RecordedRequest, recordRequests } from './recorded-requests.ts';
import type { Figures } from './server-process.ts';
import { Served } from './served.ts';

/** A mutilated request may by chance ask for a session that lasts: it is entitled to it, with the limit on sessions. */
const mayLast = 3;

/** Only the honest client is left, if that. */
export async function untilQuiet(served: Served): Promise<Figures> {
  let figures = await served.figures();
  await until(
    'all attackers are forgotten',
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      figures = await served.figures();
      return figures.sessions <= 1 + mayLast && figures.connections <= 1;
    },
    30_000,
  );
  return figures;
}

/** A server in a process of its own, besieged. */
export class Siege {
  readonly served: Served;
  readonly door: Door;
  readonly requests: readonly RecordedRequest[];

  private constructor(served: Served, door: Door, requests: readonly RecordedRequest[]) {
    this.served = served;
    this.door = door;
    this.requests = requests;
  }

  static async lay(): Promise<Siege> {
    const served = await Served.start({ maxSessions: 100 });
    try {
      const { requests, userPolicyId } = await recordRequests(served.endpointUrl);
      return new Siege(served, { endpointUrl: served.endpointUrl, port: served.port, userPolicyId }, requests);
    } catch (cause) {
      served.kill();
      throw cause;
    }
  }

  /**
   * Sends so many messages in equal parts, with an honest client beside them.
   *
   * @returns the figures of the attacks, and what was on the heap after each part, when all that attacked was gone
   */
  async withstand(
    seed: number,
    parts: number,
    perPart: number,
  ): Promise<{ figures: AttackFigures[]; heaps: number[] }> {
    const honest = await HonestClient.watching(this.door.endpointUrl);
    const figures: AttackFigures[] = [];
    const heaps: number[] = [];
    try {
      for (let part = 0; part < parts; part++) {
        figures.push(await attack(this.door, this.requests, seed + part, perPart));
        heaps.push((await untilQuiet(this.served)).heapBytes);
      }
      await honest.assertServed();
      return { figures, heaps };
    } finally {
      await honest.leave();
    }
  }

  /** Connections that stop half-way and say no more, by where they stopped. */
  async loiterers(): Promise<ReadonlyMap<string, HostileConnection>> {
    const silent = await HostileConnection.to(this.door);
    const greeted = await HostileConnection.to(this.door);
    assert.ok(await greeted.sayHello());
    const halfHello = await HostileConnection.to(this.door);
    halfHello.send(Buffer.from('HELF'));
    const opened = await HostileConnection.to(this.door);
    assert.ok((await opened.sayHello()) && (await opened.openChannel(5_000)));
    return new Map([
      ['before the hello', silent],
      ['in the hello', halfHello],
      ['before the channel', greeted],
      ['with a channel whose token has run out', opened],
    ]);
  }
}

/** One line of the record that a run leaves. */
export function wordingOf(figures: readonly AttackFigures[]): string {
  const sum = (of: (one: AttackFigures) => number): number => figures.reduce((total, one) => total + of(one), 0);
  return `  ${sum(({ messages }) => messages)} messages on ${sum(({ connections }) => connections)} connections, ${sum(({ inSessions }) => inSessions)} in sessions; ${sum(({ answers }) => answers)} answered, ${sum(({ closed }) => closed)} connections closed by the server`;
}
