import type { Dice } from '../../drivers/campaign/dice.ts';
import type { HostileConnection } from './hostile-connection.ts';
import { bottomless, huge } from './monstrous-values.ts';
import type { RecordedRequest } from './recorded-requests.ts';
import {
  chunk,
  hello,
  message,
  numericId,
  openMessage,
  openRequest,
  policyNone,
  requestHeader,
  text,
  uint32,
} from './ua-wire.ts';

/** How far the connection has come before the attack. */
export type Stage = 'connected' | 'greeted' | 'channel' | 'session';

export interface Attack {
  readonly name: string;
  readonly stage: Stage;
  /** The bytes to be sent. */
  bytes(dice: Dice, connection: HostileConnection, requests: readonly RecordedRequest[]): Uint8Array;
}

const largestChunk = 65_536;
/** Numbers that lengths and counts are tempted by. */
const temptations = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x1_0000, 0xff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

function bodyOf(connection: HostileConnection, { beforeToken, afterToken }: RecordedRequest): Buffer {
  return Buffer.concat([beforeToken, connection.authenticationToken, afterToken]);
}

const createSessionType = 461;
/** Its last parameters: how long the session is to last, ms, and the largest answer. */
const lastOfCreateSession = Buffer.alloc(12);
lastOfCreateSession.writeDoubleLE(3_000);

/** A session that nobody closes lasts as long as was asked for, so that this alone stays as it is. */
function withShortSession(request: RecordedRequest, body: Buffer, change: (body: Buffer) => Buffer): Buffer {
  if (request.typeId !== createSessionType) return change(body);
  return Buffer.concat([change(body.subarray(0, body.length - lastOfCreateSession.length)), lastOfCreateSession]);
}

type Change = (body: Buffer, dice: Dice, requests: readonly RecordedRequest[]) => Buffer;

/** A recorded request in a right frame, its body changed. */
function changed(name: string, change: Change): Attack {
  return {
    name,
    stage: 'session',
    bytes(dice, connection, requests) {
      const request = dice.choose(requests);
      const body = withShortSession(request, bodyOf(connection, request), (right) => change(right, dice, requests));
      return chunk('MSG', 'F', connection.nextHeader(), body.subarray(0, largestChunk - 24));
    },
  };
}

/** A recorded request, right, in a frame that is wrong. */
function framed(name: string, frame: (body: Buffer, dice: Dice, connection: HostileConnection) => Buffer): Attack {
  return {
    name,
    stage: 'session',
    bytes(dice, connection, requests) {
      const request = dice.choose(requests);
      const body = withShortSession(request, bodyOf(connection, request), (right) => right);
      return frame(body, dice, connection);
    },
  };
}

const changes: readonly Attack[] = [
  changed('a right request', (body) => body),
  changed('flipped bytes', (body, dice) => {
    const flipped = Buffer.from(body);
    for (let count = dice.between(1, 8); count > 0; count--)
      flipped[dice.between(0, body.length - 1)] = dice.between(0, 255);
    return flipped;
  }),
  changed('a truncated body', (body, dice) => body.subarray(0, dice.between(0, body.length - 1))),
  changed('bytes too many', (body, dice) => Buffer.concat([body, dice.bytes(dice.between(1, 500))])),
  changed('a piece left out', (body, dice) => {
    const from = dice.between(0, body.length - 1);
    return Buffer.concat([body.subarray(0, from), body.subarray(from + dice.between(1, 8))]);
  }),
  changed('a piece doubled', (body, dice) => {
    const from = dice.between(0, body.length - 1);
    return Buffer.concat([
      body.subarray(0, from),
      body.subarray(from, from + dice.between(1, 60)),
      body.subarray(from),
    ]);
  }),
  changed('a length or count that tempts', (body, dice) => {
    const tempted = Buffer.from(body);
    tempted.writeUInt32LE(dice.choose(temptations), dice.between(0, Math.max(0, body.length - 4)));
    return tempted;
  }),
  changed('the type of another request', (body, dice, requests) =>
    Buffer.concat([numericId(dice.choose(requests).typeId), body.subarray(4)]),
  ),
  changed('the type of a response, or of nothing', (body, dice) =>
    Buffer.concat([numericId(dice.between(0, 0xffff)), body.subarray(4)]),
  ),
  changed('halves of two requests', (body, dice, requests) => {
    const other = dice.choose(requests).afterToken;
    return Buffer.concat([body.subarray(0, dice.between(4, body.length)), other.subarray(dice.between(0, 30))]);
  }),
  changed('the token of nobody', (body, dice) => {
    const forged = Buffer.from(body);
    dice.bytes(12).copy(forged, Math.min(8, forged.length));
    return forged;
  }),
];

const frames: readonly Attack[] = [
  framed('a wrong sequence number', (body, dice, connection) =>
    chunk('MSG', 'F', { ...connection.nextHeader(), sequenceNumber: dice.choose(temptations) }, body),
  ),
  framed('a wrong channel', (body, dice, connection) =>
    chunk('MSG', 'F', { ...connection.nextHeader(), channelId: dice.choose(temptations) }, body),
  ),
  framed('a wrong token of the channel', (body, dice, connection) =>
    chunk('MSG', 'F', { ...connection.nextHeader(), tokenId: dice.choose(temptations) }, body),
  ),
  framed('a length that lies', (body, dice, connection) =>
    chunk(
      'MSG',
      'F',
      connection.nextHeader(),
      body,
      dice.choose([...temptations, 7, 8, 12, 24, body.length, body.length + 25]),
    ),
  ),
  framed('an unknown flag', (body, dice, connection) =>
    chunk('MSG', String.fromCodePoint(dice.between(0, 127)), connection.nextHeader(), body),
  ),
  framed('an unknown type of message', (body, dice, connection) =>
    chunk(dice.choose(['XYZ', 'RHE', 'ACK', 'ERR', 'HEL', 'msg', '\0\0\0', 'OPN']), 'F', connection.nextHeader(), body),
  ),
  framed('a request in many chunks, each with the next number', (body, dice, connection) => {
    const { requestId, ...header } = connection.nextHeader();
    const pieces = dice.between(2, 20);
    const size = Math.ceil(body.length / pieces);
    const numbers = dice.chance(0.5)
      ? Array.from({ length: pieces }, (_, n) => n)
      : dice.some(
          Array.from({ length: pieces }, (_, n) => n),
          pieces,
        );
    connection.sequenceNumber += pieces - 1;
    return Buffer.concat(
      numbers.map((number, at) =>
        chunk(
          'MSG',
          at === pieces - 1 ? dice.choose(['F', 'F', 'C', 'A']) : 'C',
          {
            ...header,
            requestId: dice.chance(0.95) ? requestId : requestId + 1,
            sequenceNumber: header.sequenceNumber + at,
          },
          body.subarray(number * size, (number + 1) * size),
        ),
      ),
    );
  }),
  framed('a request given up half-way', (body, _dice, connection) => {
    const header = connection.nextHeader();
    const next = { ...header, sequenceNumber: ++connection.sequenceNumber };
    const why = Buffer.concat([uint32(0x8000_0000), text('changed my mind')]);
    return Buffer.concat([chunk('MSG', 'C', header, body.subarray(0, 20)), chunk('MSG', 'A', next, why)]);
  }),
  framed('more chunks than may be', (_body, dice, connection) => {
    const piece = Buffer.alloc(dice.choose([0, 1, 100, 8_000]), 0x41);
    return Buffer.concat(
      Array.from({ length: 80 }, () => chunk('MSG', 'C', { ...connection.nextHeader(), requestId: 7 }, piece)),
    );
  }),
  framed('a thousand of the smallest chunks at once', (_body, dice, connection) =>
    Buffer.concat(
      Array.from({ length: 1_000 }, () =>
        chunk(dice.choose(['MSG', 'CLO']), 'C', connection.nextHeader(), Buffer.alloc(0)),
      ),
    ),
  ),
  framed('a header and no more', (_body, dice, connection) =>
    chunk('MSG', 'F', connection.nextHeader(), Buffer.alloc(0), dice.between(25, largestChunk)),
  ),
  framed('a renewal of the channel', (_body, dice, connection) => {
    const { channelId, sequenceNumber, requestId } = connection.nextHeader();
    return openMessage(
      dice.chance(0.7) ? channelId : dice.choose(temptations),
      sequenceNumber,
      requestId,
      openRequest(dice.choose([0, 1_000, 60_000, 0xffff_ffff]), { renew: dice.chance(0.7), mode: dice.between(0, 5) }),
      dice.choose([
        policyNone,
        policyNone,
        'http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256',
        'x'.repeat(500),
      ]),
    );
  }),
  framed('a farewell that is none', (_body, dice, connection) =>
    chunk('CLO', dice.choose(['F', 'C', 'A']), connection.nextHeader(), dice.bytes(dice.between(0, 60))),
  ),
];

/** Requests whose contents are monstrous, each in the place where its service takes it. */
const monsters: readonly Attack[] = Object.entries({ ...bottomless, ...huge }).map(([name, value]): Attack => ({
  name,
  stage: 'session',
  bytes(dice, connection) {
    const { typeId, parameters } = value(dice);
    const body = Buffer.concat([numericId(typeId), requestHeader(connection.authenticationToken), parameters]);
    return inChunks(connection, body);
  },
}));

/** As many chunks as it takes, all in order. */
function inChunks(connection: HostileConnection, body: Buffer): Buffer {
  const room = largestChunk - 24;
  const { requestId, ...first } = connection.nextHeader();
  const count = Math.max(1, Math.ceil(body.length / room));
  connection.sequenceNumber += count - 1;
  return Buffer.concat(
    Array.from({ length: count }, (_, at) =>
      chunk(
        'MSG',
        at === count - 1 ? 'F' : 'C',
        { ...first, requestId, sequenceNumber: first.sequenceNumber + at },
        body.subarray(at * room, (at + 1) * room),
      ),
    ),
  );
}

const beginnings: readonly Attack[] = [
  { name: 'anything at all', stage: 'connected', bytes: (dice) => dice.bytes(dice.between(1, 9_000)) },
  {
    name: 'a hello with impossible sizes',
    stage: 'connected',
    bytes: (dice) =>
      hello(
        'opc.tcp://127.0.0.1/TVEmicro',
        Array.from({ length: 5 }, () => dice.choose([...temptations, 8_191, 8_192])),
      ),
  },
  {
    name: 'a hello for too long an address',
    stage: 'connected',
    bytes: (dice) => hello('x'.repeat(dice.choose([4_096, 4_097, 30_000]))),
  },
  {
    name: 'half a hello',
    stage: 'connected',
    bytes: (dice) => {
      const whole = hello('opc.tcp://127.0.0.1/TVEmicro');
      return whole.subarray(0, dice.between(1, whole.length - 1));
    },
  },
  {
    name: 'a hello with flipped bytes',
    stage: 'connected',
    bytes(dice) {
      const whole = hello('opc.tcp://127.0.0.1/TVEmicro');
      whole[dice.between(0, whole.length - 1)] = dice.between(0, 255);
      return whole;
    },
  },
  {
    name: 'a request before everything',
    stage: 'connected',
    bytes: (dice, _connection, requests) => {
      const { beforeToken, afterToken } = dice.choose(requests);
      const header = { channelId: 1, tokenId: 1, sequenceNumber: 1, requestId: 1 };
      return chunk('MSG', 'F', header, Buffer.concat([beforeToken, Buffer.from([0, 0]), afterToken]));
    },
  },
  { name: 'a second hello', stage: 'greeted', bytes: () => hello('opc.tcp://127.0.0.1/TVEmicro') },
  { name: 'anything after the hello', stage: 'greeted', bytes: (dice) => dice.bytes(dice.between(1, 9_000)) },
  {
    name: 'an opening with wrong contents',
    stage: 'greeted',
    bytes(dice) {
      const body = openRequest(60_000, { renew: dice.chance(0.3), mode: dice.between(0, 4) });
      if (dice.chance(0.5)) body[dice.between(0, body.length - 1)] = dice.between(0, 255);
      return openMessage(dice.choose([0, ...temptations]), dice.choose(temptations), 1, body);
    },
  },
  {
    name: 'an opening with a certificate that is none',
    stage: 'greeted',
    bytes(dice) {
      const policy = `http://opcfoundation.org/UA/SecurityPolicy#${dice.choose(['Basic256Sha256', 'None', 'Aes256_Sha256_RsaPss', '?'])}`;
      const certificate = dice.bytes(dice.choose([0, 1, 20, 1_000]));
      const parts = [uint32(0), text(policy), uint32(certificate.length), certificate, uint32(20), dice.bytes(20)];
      return message('OPN', 'F', Buffer.concat([...parts, dice.bytes(dice.between(0, 600))]));
    },
  },
  {
    name: 'a request without a session',
    stage: 'channel',
    bytes(dice, connection, requests) {
      const request = dice.choose(requests);
      const { beforeToken, afterToken } = request;
      const token = dice.chance(0.5)
        ? Buffer.from([0, 0])
        : Buffer.concat([Buffer.from([5, 0, 0, 32, 0, 0, 0]), dice.bytes(32)]);
      const body = Buffer.concat([beforeToken, token, afterToken]);
      return chunk(
        'MSG',
        'F',
        connection.nextHeader(),
        withShortSession(request, body, (right) => right),
      );
    },
  },
];

export const attacks: readonly Attack[] = [...changes, ...frames, ...monsters, ...beginnings];

/** How a connection begins that is not to come as far as a session. */
export function drawBeginning(dice: Dice): Attack {
  return dice.choose(beginnings);
}

/** An attack from within a session: mostly one that gets as far as the services. */
export function drawAttack(dice: Dice): Attack {
  const share = dice.share();
  if (share < 0.75) return dice.choose(changes);
  return dice.choose(share < 0.92 ? frames : monsters);
}
