import { constants, createPublicKey, publicEncrypt, randomBytes, X509Certificate } from 'node:crypto';
import { type Socket, connect } from 'node:net';
import { passwordOf } from '../plant.ts';
import {
  authenticationTokenOf,
  bodyAt,
  type ChunkHeader,
  chunk,
  hello,
  numericId,
  openMessage,
  openRequest,
  requestHeader,
  responseOf,
  split,
  text,
  uint32,
} from './ua-wire.ts';

/** What a sign-in needs to know of the server beforehand. */
export interface Door {
  readonly port: number;
  readonly endpointUrl: string;
  /** Policy id of user names whose passwords are encrypted by Basic256Sha256. */
  readonly userPolicyId: string;
}

const patienceMs = 10_000;

/** A client made of bytes: it keeps the protocol only as far as the test wants. */
export class HostileConnection {
  readonly socket: Socket;
  readonly #door: Door;
  #rest = Buffer.alloc(0);
  #isOpen = true;
  #hear: (() => void) | null = null;
  readonly #unread: Buffer[] = [];
  channelId = 0;
  tokenId = 0;
  sequenceNumber = 0;
  requestId = 0;
  authenticationToken: Buffer = Buffer.from([0, 0]);

  private constructor(door: Door, socket: Socket) {
    this.#door = door;
    this.socket = socket;
    socket.on('data', (bytes) => {
      const { messages, rest } = split(Buffer.concat([this.#rest, bytes]));
      this.#rest = Buffer.from(rest);
      this.#unread.push(...messages);
      this.#hear?.();
    });
    // A server that cuts a hostile client off is in its right: the end is what counts, not how it is told.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isOpen = false;
      this.#hear?.();
    });
  }

  static async to(door: Door): Promise<HostileConnection> {
    const socket = connect(door.port, '127.0.0.1');
    const connection = new HostileConnection(door, socket);
    await new Promise<void>((resolve) => socket.once('connect', resolve).once('close', () => resolve()));
    return connection;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(bytes: Uint8Array): void {
    if (this.#isOpen) this.socket.write(bytes);
  }

  /** The next message from the server; null: it has closed, or said nothing within the time. */
  async answer(withinMs = patienceMs): Promise<Buffer | null> {
    const endMs = performance.now() + withinMs;
    for (;;) {
      const message = this.#unread.shift();
      if (message) return message;
      const leftMs = endMs - performance.now();
      if (!this.#isOpen || leftMs <= 0) return null;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#hear = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#hear = null;
    }
  }

  async untilClosed(withinMs: number): Promise<boolean> {
    const endMs = performance.now() + withinMs;
    while (this.#isOpen && performance.now() < endMs) await this.answer(endMs - performance.now());
    return !this.#isOpen;
  }

  /** Answers that nobody has waited for are of no interest. */
  forget(): void {
    this.#unread.length = 0;
  }

  nextHeader(): ChunkHeader {
    this.sequenceNumber++;
    this.requestId++;
    const { channelId, tokenId, sequenceNumber, requestId } = this;
    return { channelId, tokenId, sequenceNumber, requestId };
  }

  async sayHello(): Promise<boolean> {
    this.send(hello(this.#door.endpointUrl));
    return (await this.answer())?.toString('latin1', 0, 3) === 'ACK';
  }

  /** @param lifetimeMs  of the channel's token */
  async openChannel(lifetimeMs: number): Promise<boolean> {
    this.sequenceNumber = 1;
    this.requestId = 1;
    this.send(openMessage(0, 1, 1, openRequest(lifetimeMs)));
    const answer = await this.answer();
    if (answer?.toString('latin1', 0, 3) !== 'OPN') return false;
    // policy uri, no certificate, no thumbprint, sequence header, type id, response header, protocol version, channel, token
    const sequenceAt = 12 + 4 + answer.readUInt32LE(12) + 8;
    const bodyStart = sequenceAt + 8;
    const tokenAt = bodyStart + 4 + 24 + 4;
    this.channelId = answer.readUInt32LE(tokenAt);
    this.tokenId = answer.readUInt32LE(tokenAt + 4);
    return true;
  }

  /** Sends one request of this session. */
  request(typeId: number, parameters: Uint8Array): void {
    const body = Buffer.concat([numericId(typeId), requestHeader(this.authenticationToken), parameters]);
    this.send(chunk('MSG', 'F', this.nextHeader(), body));
  }

  /**
   * @param user  null: anonymous
   * @returns whether the session is there; not when the server has too many
   */
  async openSession(timeoutMs: number, user: string | null): Promise<boolean> {
    this.request(461, createSession(this.#door.endpointUrl, timeoutMs));
    const created = await this.answer();
    if (!created || responseOf(created).typeId !== 464) return false;
    this.authenticationToken = Buffer.from(authenticationTokenOf(created));
    const identity = user === null ? nullObject : encryptedIdentity(created, this.#door.userPolicyId, user);
    this.request(467, Buffer.concat([none, none, none, none, identity, none, none]));
    const activated = await this.answer();
    return activated !== null && responseOf(activated).typeId === 470 && responseOf(activated).status === 0;
  }

  destroy(): void {
    this.socket.destroy();
  }
}

const none = uint32(0xffff_ffff);
const nullObject = Buffer.from([0, 0, 0]);

function createSession(endpointUrl: string, timeoutMs: number): Buffer {
  const timeout = Buffer.alloc(8);
  timeout.writeDoubleLE(timeoutMs);
  const applicationName = Buffer.from([0]);
  const client = Buffer.concat([text('urn:hostile'), text(''), applicationName, uint32(1), none, none, none]);
  const nonce = Buffer.concat([uint32(32), randomBytes(32)]);
  return Buffer.concat([client, none, text(endpointUrl), text('hostile'), nonce, none, timeout, uint32(0)]);
}

/** UserNameIdentityToken with the password as Basic256Sha256 wants it: its length, itself and the server's nonce by RSA-OAEP. */
function encryptedIdentity(created: Buffer, policyId: string, user: string): Buffer {
  const token = authenticationTokenOf(created);
  const tokenAt = created.indexOf(token, bodyAt);
  const nonceAt = tokenAt + token.length + 8;
  const nonce = created.subarray(nonceAt + 4, nonceAt + 4 + created.readUInt32LE(nonceAt));
  const certificateAt = nonceAt + 4 + nonce.length;
  const certificate = created.subarray(certificateAt + 4, certificateAt + 4 + created.readUInt32LE(certificateAt));
  const password = Buffer.from(passwordOf(user));
  const secret = publicEncrypt(
    {
      key: createPublicKey(new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' })),
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: 'sha1',
    },
    Buffer.concat([uint32(password.length + nonce.length), password, nonce]),
  );
  const body = Buffer.concat([
    text(policyId),
    text(user),
    uint32(secret.length),
    secret,
    text('http://www.w3.org/2001/04/xmlenc#rsa-oaep'),
  ]);
  return Buffer.concat([numericId(324), Buffer.from([1]), uint32(body.length), body]);
}
