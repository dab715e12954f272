import { Dice } from '../../drivers/campaign/dice.ts';
import { type Attack, type Stage, drawAttack, drawBeginning } from './attacks.ts';
import { type Door, HostileConnection } from './hostile-connection.ts';
import type { RecordedRequest } from './recorded-requests.ts';

export interface AttackFigures {
  readonly messages: number;
  readonly connections: number;
  /** Attacks that struck in a session, behind every door. */
  readonly inSessions: number;
  readonly answers: number;
  /** Connections that the server has closed. */
  readonly closed: number;
  readonly byName: ReadonlyMap<string, number>;
}

interface Counting {
  messages: number;
  connections: number;
  inSessions: number;
  answers: number;
  closed: number;
  readonly byName: Map<string, number>;
}

const lanes = 24;
/** What an attack waits for its answer before the next one comes: most are answered within a millisecond. */
const answerMs = 40;
/** Sessions of attackers that vanish end by themselves after this time. */
const sessionTimeoutMs = 3_000;
const channelLifetimeMs = 20_000;
/** A connection that is still open after so many attacks is left for a new one. */
const attacksPerConnection = 50;

/**
 * Attacks the server with so many messages, side by side over several connections. What is sent follows from the seed; how the
 * lanes take turns does not.
 */
export async function attack(
  door: Door,
  requests: readonly RecordedRequest[],
  seed: number,
  count: number,
  onProgress: (messages: number) => Promise<void> | void = () => undefined,
): Promise<AttackFigures> {
  const counting: Counting = { messages: 0, connections: 0, inSessions: 0, answers: 0, closed: 0, byName: new Map() };
  const dice = new Dice(seed);
  const lane = async (): Promise<void> => {
    while (counting.messages < count) {
      await attackOnOneConnection(door, requests, new Dice(dice.between(0, 2 ** 31)), count, counting);
      await onProgress(counting.messages);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return counting;
}

async function attackOnOneConnection(
  door: Door,
  requests: readonly RecordedRequest[],
  dice: Dice,
  count: number,
  counting: Counting,
): Promise<void> {
  const connection = await HostileConnection.to(door);
  counting.connections++;
  const isBeginning = dice.chance(0.15);
  let next = isBeginning ? drawBeginning(dice) : drawAttack(dice);
  const reached = await advance(connection, next.stage, dice);
  const most = isBeginning ? 1 : attacksPerConnection;
  for (let struck = 0; connection.isOpen && struck < most && counting.messages < count; struck++) {
    connection.forget();
    connection.send(next.bytes(dice, connection, requests));
    counting.messages++;
    counting.byName.set(next.name, (counting.byName.get(next.name) ?? 0) + 1);
    if (reached === 'session') counting.inSessions++;
    if (await connection.answer(answerMs)) counting.answers++;
    next = drawAttack(dice);
  }
  if (!connection.isOpen) counting.closed++;
  connection.destroy();
}

/** One attack on a connection of its own. @returns the connection, still open or not */
export async function strikeOnce(
  door: Door,
  requests: readonly RecordedRequest[],
  one: Attack,
  seed: number,
): Promise<HostileConnection> {
  const dice = new Dice(seed);
  const connection = await HostileConnection.to(door);
  const reached = await advance(connection, one.stage, dice);
  if (reached !== one.stage) throw new Error(`${one.name}: came only as far as ${reached}`);
  connection.send(one.bytes(dice, connection, requests));
  await connection.answer(answerMs);
  return connection;
}

/** Brings a new connection to the stage. @returns how far it came */
async function advance(connection: HostileConnection, stage: Stage, dice: Dice): Promise<Stage> {
  if (stage === 'connected' || !(await connection.sayHello())) return 'connected';
  if (stage === 'greeted' || !(await connection.openChannel(channelLifetimeMs))) return 'greeted';
  if (stage === 'channel') return 'channel';
  const user = dice.chance(0.3) ? 'erna' : null;
  return (await connection.openSession(sessionTimeoutMs, user)) ? 'session' : 'channel';
}
