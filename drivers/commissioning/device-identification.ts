import type { LineDeclaration } from '../declaration.ts';
import { Pause } from '../pause.ts';
import type { ByteLink } from '../wire/byte-link.ts';
import { linkOf } from '../wire/link-of.ts';
import { LineClosedError } from '../wire/errors.ts';
import { crc16, frameGapMs, withCrc } from '../wire/rtu-frames.ts';

/** What a device says of itself: MODBUS Application Protocol V1.1b3, 6.21, objects 0 to 6. */
export interface DeviceIdentification {
  readonly vendorName?: string;
  readonly productCode?: string;
  readonly revision?: string;
  readonly vendorUrl?: string;
  readonly productName?: string;
  readonly modelName?: string;
  readonly applicationName?: string;
}

const objectNames = [
  'vendorName',
  'productCode',
  'revision',
  'vendorUrl',
  'productName',
  'modelName',
  'applicationName',
] as const satisfies readonly (keyof DeviceIdentification)[];

const functionCode = 0x2b;
const meiType = 0x0e;
/** Objects 0 to 2, and 0 to 6: a device that has less should answer what it has, and some refuse the question instead. */
const basic = 1;
const regular = 2;
/** Silence after a question that was not answered, lest its late reply meets the next one, in ms. */
const drainMs = 25;
/** A device that has always more to say is not believed for ever. */
const mostReplies = 8;

/** Header of the objects in the reply: function, MEI type, read code, conformity, more follows, next object, count. */
const headerBytes = 7;

interface IdentificationReply {
  readonly objects: ReadonlyMap<number, string>;
  /** The object to go on with; null: that was all. */
  readonly next: number | null;
}

/** null: no reply to this question, or one that contradicts itself. */
export function parseIdentification(pdu: Uint8Array): IdentificationReply | null {
  const length = lengthOfIdentification(pdu);
  if (length === null || length !== pdu.length) return null;
  const objects = new Map<number, string>();
  let at = headerBytes;
  for (let n = 0; n < (pdu[6] ?? 0); n++) {
    const [id = 0, bytes = 0] = pdu.subarray(at, at + 2);
    objects.set(id, textOf(pdu.subarray(at + 2, at + 2 + bytes)));
    at += 2 + bytes;
  }
  return { objects, next: pdu[4] === 0xff ? (pdu[5] ?? 0) : null };
}

/** Bytes of a reply that begins here; null: not there yet, or none. */
function lengthOfIdentification(pdu: Uint8Array): number | null {
  if (pdu.length < headerBytes || pdu[0] !== functionCode || pdu[1] !== meiType) return null;
  let length = headerBytes;
  for (let n = 0; n < (pdu[6] ?? 0); n++) {
    const bytes = pdu[length + 1];
    if (bytes === undefined) return null;
    length += 2 + bytes;
  }
  return length <= pdu.length ? length : null;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e\xa0-\xff]+/g, ' ')
    .trim();
}

/**
 * Asks units what they are, by function 43/14, which the drivers do not use otherwise. The line must not be open elsewhere.
 *
 * @returns an entry for each unit that answered with at least one object; most modules do not know the function
 * @throws LineClosedError when the line can't be opened
 */
export async function identifyUnits(
  line: LineDeclaration,
  units: readonly number[],
): Promise<Map<number, DeviceIdentification>> {
  const found = new Map<number, DeviceIdentification>();
  let link = new IdentificationLink(line);
  await link.open();
  try {
    for (const unit of units) {
      if (!link.isOpen) {
        link = new IdentificationLink(line);
        await link.open();
      }
      const identification = await identify(link, unit);
      if (identification !== null) found.set(unit, identification);
    }
  } finally {
    await link.close();
  }
  return found;
}

async function identify(link: IdentificationLink, unit: number): Promise<DeviceIdentification | null> {
  const objects = new Map<number, string>();
  let level = regular;
  let next: number | null = 0;
  for (let replies = 0; next !== null && replies < mostReplies; replies++) {
    const reply = await link.ask(unit, Buffer.from([functionCode, meiType, level, next]));
    if (reply === 'silent') break;
    if (reply === 'refused') {
      if (level === basic || objects.size > 0) break;
      level = basic;
      continue;
    }
    for (const [id, text] of reply.objects) objects.set(id, text);
    next = reply.next;
  }
  const named = objectNames.flatMap((name, id) => {
    const text = objects.get(id);
    return text === undefined || text === '' ? [] : [[name, text] as const];
  });
  return named.length === 0 ? null : Object.fromEntries(named);
}

/** One connection on which one question at a time is asked. Used once. */
class IdentificationLink {
  readonly #line: LineDeclaration;
  readonly #link: ByteLink;
  readonly #pause = new Pause();
  #received: Buffer = Buffer.alloc(0);
  #transaction = 0;
  isOpen = false;

  constructor(line: LineDeclaration) {
    this.#line = line;
    this.#link = linkOf(line);
    this.#link.onBytes((bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#pause.end();
    });
    this.#link.onClosed(() => {
      this.isOpen = false;
      this.#pause.end();
    });
  }

  async open(): Promise<void> {
    try {
      await this.#link.open();
    } catch (cause) {
      throw new LineClosedError(this.#line.id, cause instanceof Error ? cause.message : String(cause), { cause });
    }
    this.isOpen = true;
  }

  async close(): Promise<void> {
    this.isOpen = false;
    await this.#link.close();
  }

  /** `refused`: an exception, or nonsense. */
  async ask(unit: number, pdu: Buffer): Promise<IdentificationReply | 'refused' | 'silent'> {
    // on a line without transactions only silence ends what came before
    if (!this.#isTcp) await this.#pause.wait(frameGapMs(this.#line) + this.#line.turnaroundMs);
    this.#received = Buffer.alloc(0);
    this.#transaction++;
    this.#link.write(this.#framed(unit, pdu));
    const deadlineMs = performance.now() + this.#line.timeoutMs;
    for (;;) {
      const reply = this.#reply(unit);
      if (reply !== undefined) return reply ?? 'refused';
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0 || !this.isOpen) break;
      await this.#pause.wait(leftMs);
    }
    await this.#pause.wait(drainMs);
    return 'silent';
  }

  get #isTcp(): boolean {
    return this.#line.transport === 'tcp';
  }

  #framed(unit: number, pdu: Buffer): Buffer {
    const body = Buffer.concat([Buffer.from([unit]), pdu]);
    if (!this.#isTcp) return withCrc(body);
    const header = Buffer.alloc(6);
    header.writeUInt16BE(this.#transaction, 0);
    header.writeUInt16BE(body.length, 4);
    return Buffer.concat([header, body]);
  }

  /** undefined: not there yet; null: refused. */
  #reply(unit: number): IdentificationReply | null | undefined {
    return this.#isTcp ? this.#tcpReply(unit) : this.#rtuReply(unit);
  }

  #tcpReply(unit: number): IdentificationReply | null | undefined {
    while (this.#received.length >= 6) {
      const length = this.#received.readUInt16BE(4);
      if (this.#received.length < 6 + length) return undefined;
      const transaction = this.#received.readUInt16BE(0);
      const body = this.#received.subarray(6, 6 + length);
      this.#received = this.#received.subarray(6 + length);
      if (transaction === this.#transaction && body[0] === unit) return parseIdentification(body.subarray(1));
    }
    return undefined;
  }

  #rtuReply(unit: number): IdentificationReply | null | undefined {
    for (let at = 0; at + 5 <= this.#received.length; at++) {
      if (this.#received[at] !== unit) continue;
      const rest = this.#received.subarray(at);
      const length = rest[1] === (functionCode | 0x80) ? 2 : lengthOfIdentification(rest.subarray(1));
      if (length === null || rest.length < length + 3) continue;
      const isSound = crc16(rest.subarray(0, length + 1)) === rest.readUInt16LE(length + 1);
      if (isSound) return parseIdentification(rest.subarray(1, length + 1));
    }
    return undefined;
  }
}
