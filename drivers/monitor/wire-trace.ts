/** Records and bytes of one line that are kept; older ones make room. */
const capacityRecords = 8_192;
const capacityBytes = 256 * 1_024;
/** What comes in pieces is one record, up to this many bytes. */
const longestPiece = 1_024;

/**
 * What a record tells: bytes that went or came, that the line was opened, or how the request before it ended: answered,
 * silent (given up), refused (its reply was not what was asked), or lost with the connection.
 */
export const traceKinds = ['sent', 'received', 'opened', 'answered', 'silent', 'refused', 'lost'] as const;
export type TraceKind = (typeof traceKinds)[number];

export interface TraceRecord {
  /** Counts all records since the start. */
  readonly number: number;
  readonly kind: TraceKind;
  /** Of the first byte, ms since 1970 with fractions. */
  readonly wallMs: number;
  /** Of the first and the last byte, on the monotonic clock. */
  readonly atMs: number;
  readonly untilMs: number;
  readonly bytes: Uint8Array;
  /** Of an end: which request it ends. */
  readonly ends: EndedRequest;
}

/** Names a request by what is known when it begins. */
export interface EndedRequest {
  /** It is in this record or a later one. */
  readonly since: number;
  /** Its unit, function and address: see `requestKey`. */
  readonly key: number;
}

/** Unit, function and address in one number. */
export function requestKey(unit: number, functionCode: number, address: number): number {
  return (unit * 0x100 + functionCode) * 0x1_0000 + address;
}

const nothing: EndedRequest = { since: 0, key: 0 };

/** Records side by side, number by number from the first, and their bytes one after the other. */
export interface PackedTrace {
  readonly firstNumber: number;
  readonly kinds: Uint8Array;
  readonly wallMs: Float64Array;
  readonly atMs: Float64Array;
  readonly untilMs: Float64Array;
  readonly lengths: Uint16Array;
  readonly since: Float64Array;
  readonly keys: Float64Array;
  readonly bytes: Uint8Array;
}

export function recordsOf({
  firstNumber,
  kinds,
  wallMs,
  atMs,
  untilMs,
  lengths,
  since,
  keys,
  bytes,
}: PackedTrace): TraceRecord[] {
  let from = 0;
  return Array.from(kinds, (kind, index) => {
    const endsAt = from + (lengths[index] ?? 0);
    const record: TraceRecord = {
      number: firstNumber + index,
      kind: traceKinds[kind] ?? 'lost',
      wallMs: wallMs[index] ?? 0,
      atMs: atMs[index] ?? 0,
      untilMs: untilMs[index] ?? 0,
      bytes: bytes.subarray(from, endsAt),
      ends: { since: since[index] ?? 0, key: keys[index] ?? 0 },
    };
    from = endsAt;
    return record;
  });
}

/**
 * The last that went over one line, as it was on the wire. Always on: a note costs less than a microsecond, and its memory
 * is taken once. What it means is found out by whoever asks.
 */
export class WireTrace {
  readonly #capacityRecords: number;
  readonly #kinds: Uint8Array;
  readonly #wallMs: Float64Array;
  readonly #atMs: Float64Array;
  readonly #untilMs: Float64Array;
  /** Where the bytes of each record begin, counted over all bytes since the start, and how many there are. */
  readonly #begins: Float64Array;
  readonly #lengths: Uint16Array;
  readonly #since: Float64Array;
  readonly #keys: Float64Array;
  readonly #bytes: Buffer;
  /** Records and bytes since the start. */
  #records = 0;
  #written = 0;
  #first = 0;

  constructor(
    limits: { readonly records: number; readonly bytes: number } = { records: capacityRecords, bytes: capacityBytes },
  ) {
    this.#capacityRecords = limits.records;
    this.#kinds = new Uint8Array(limits.records);
    this.#wallMs = new Float64Array(limits.records);
    this.#atMs = new Float64Array(limits.records);
    this.#untilMs = new Float64Array(limits.records);
    this.#begins = new Float64Array(limits.records);
    this.#lengths = new Uint16Array(limits.records);
    this.#since = new Float64Array(limits.records);
    this.#keys = new Float64Array(limits.records);
    this.#bytes = Buffer.alloc(limits.bytes);
  }

  /** Notes bytes that went or came, cut to pieces where there are more than a frame can have. */
  carry(kind: 'sent' | 'received', bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; from += longestPiece) {
      const piece = bytes.length <= longestPiece ? bytes : bytes.subarray(from, from + longestPiece);
      if (kind === 'received' && this.#continues(piece.length)) this.#append(piece);
      else this.#add(kind, piece);
    }
  }

  /** Number of the next record. */
  get next(): number {
    return this.#records;
  }

  /** @param ends  the request that has ended; `since` is `next` when it began */
  note(kind: Exclude<TraceKind, 'sent' | 'received'>, ends = nothing): void {
    this.#add(kind, null, ends);
  }

  /** The newest records, oldest first, as a copy that is cheap to make and to send. */
  newest(most: number): PackedTrace {
    const firstNumber = Math.max(this.#first, this.#records - most);
    const slots = Array.from(
      { length: this.#records - firstNumber },
      (_, index) => (firstNumber + index) % this.#capacityRecords,
    );
    const lengths = Uint16Array.from(slots, (slot) => this.#lengths[slot] ?? 0);
    const from = slots.length === 0 ? this.#written : this.#begin(firstNumber);
    const bytes = new Uint8Array(this.#written - from);
    const at = from % this.#bytes.length;
    const fits = Math.min(bytes.length, this.#bytes.length - at);
    bytes.set(this.#bytes.subarray(at, at + fits), 0);
    bytes.set(this.#bytes.subarray(0, bytes.length - fits), fits);
    return {
      firstNumber,
      kinds: Uint8Array.from(slots, (slot) => this.#kinds[slot] ?? 0),
      wallMs: Float64Array.from(slots, (slot) => this.#wallMs[slot] ?? 0),
      atMs: Float64Array.from(slots, (slot) => this.#atMs[slot] ?? 0),
      untilMs: Float64Array.from(slots, (slot) => this.#untilMs[slot] ?? 0),
      lengths,
      since: Float64Array.from(slots, (slot) => this.#since[slot] ?? 0),
      keys: Float64Array.from(slots, (slot) => this.#keys[slot] ?? 0),
      bytes,
    };
  }

  /** A reply on a serial line comes in pieces: nothing else happened since the last of them. */
  #continues(length: number): boolean {
    if (this.#records === this.#first) return false;
    const slot = (this.#records - 1) % this.#capacityRecords;
    return traceKinds[this.#kinds[slot] ?? 0] === 'received' && (this.#lengths[slot] ?? 0) + length <= longestPiece;
  }

  #append(piece: Uint8Array): void {
    const slot = (this.#records - 1) % this.#capacityRecords;
    this.#lengths[slot] = (this.#lengths[slot] ?? 0) + piece.length;
    this.#untilMs[slot] = performance.now();
    this.#store(piece);
  }

  #add(kind: TraceKind, piece: Uint8Array | null, { since, key } = nothing): void {
    const slot = this.#records % this.#capacityRecords;
    const nowMs = performance.now();
    this.#kinds[slot] = traceKinds.indexOf(kind);
    this.#wallMs[slot] = Date.now();
    this.#atMs[slot] = nowMs;
    this.#untilMs[slot] = nowMs;
    this.#begins[slot] = this.#written;
    this.#lengths[slot] = piece?.length ?? 0;
    this.#since[slot] = since;
    this.#keys[slot] = key;
    this.#records++;
    this.#first = Math.max(this.#first, this.#records - this.#capacityRecords);
    if (piece !== null) this.#store(piece);
  }

  /** Records whose bytes are overwritten are forgotten. */
  #store(piece: Uint8Array): void {
    const capacity = this.#bytes.length;
    const at = this.#written % capacity;
    const fits = Math.min(piece.length, capacity - at);
    this.#bytes.set(piece.subarray(0, fits), at);
    this.#bytes.set(piece.subarray(fits), 0);
    this.#written += piece.length;
    while (this.#first < this.#records && this.#begin(this.#first) < this.#written - capacity) this.#first++;
  }

  #begin(number: number): number {
    return this.#begins[number % this.#capacityRecords] ?? 0;
  }
}
