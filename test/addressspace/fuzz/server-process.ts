import { queryObjects } from 'node:v8';
import { MonitoredItem, ServerSecureChannelLayer, ServerSession, Subscription } from 'node-opcua';
import { Shelf } from '../history-shelf.ts';
import { startTestServer } from '../plant.ts';

/**
 * Run as a process: a server whose machine lives, so that clients outside see from its values whether it does. Nothing here
 * catches what is thrown by itself: an uncaught exception or unhandled rejection ends the process, which is how the test hears of it.
 */

export interface Question {
  readonly ask: 'figures' | 'held' | 'end';
}

export interface Figures {
  /** In use when all that can be collected was. */
  readonly heapBytes: number;
  readonly sessions: number;
  /** TCP connections that are open on the side of the server. */
  readonly connections: number;
}

/** Objects of the library that are still held by something, by what they stand for. To count them takes the server a second. */
export type Held = Readonly<Record<'sessions' | 'channels' | 'subscriptions' | 'items', number>>;

export type Told = { readonly endpointUrl: string } | Figures | Held;

const beatMs = 50;

const history = new Shelf();
// a point every second of the hour that the recorded requests ask for
history.points = Array.from({ length: 3_600 }, (_, second) => [
  Date.UTC(2026, 0, 1, 0, 0, second),
  second % 300,
  'Good',
]);
const server = await startTestServer({ maxSessions: Number(process.argv[2] ?? 60) }, { history });
let beat = 0;
const beating = setInterval(() => {
  server.plant.measure('machine.heartbeat', ++beat);
  server.plant.measure('temperature.zone1', 100 + (beat % 100));
}, beatMs);

process.on('message', (question: Question) => {
  if (question.ask === 'figures') process.send?.(figures());
  else if (question.ask === 'held') process.send?.(held());
  else
    void (async () => {
      clearInterval(beating);
      await server.dispose();
      // The library may keep a timer of a channel that was opened twice for as long as its token would last.
      process.exit(0);
    })();
});
process.send?.({ endpointUrl: server.endpointUrl } satisfies Told);

function figures(): Figures {
  const { gc } = globalThis;
  if (!gc) throw new Error('to be run with --expose-gc');
  for (let round = 0; round < 3; round++) gc();
  return {
    heapBytes: process.memoryUsage().heapUsed,
    sessions: server.sessions(),
    connections: process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length,
  };
}

function held(): Held {
  return {
    sessions: countOf(ServerSession),
    channels: countOf(ServerSecureChannelLayer),
    subscriptions: countOf(Subscription),
    items: countOf(MonitoredItem),
  };
}

function countOf(kind: abstract new (...args: never[]) => object): number {
  return queryObjects(kind, { format: 'count' });
}
