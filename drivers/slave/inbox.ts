/** A socket hands over at most this at once; less means that nothing more lay in it. */
const fullChunkBytes = 65_536;

interface Chunk {
  readonly bytes: Buffer;
  readonly cameMs: number;
}

/** Bytes of one client that are not cut into requests yet, with the time at which they came. */
export class Inbox {
  readonly #nowMs: () => number;
  readonly #chunks: Chunk[] = [];
  /** Since when the socket is not read: what comes next may have lain in it for as long. */
  #heldBackSinceMs: number | null = null;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** The socket is not read from now on. */
  holdBack(): void {
    this.#heldBackSinceMs ??= this.#nowMs();
  }

  /** It is read again, and what lay in it has come. */
  letIn(): void {
    this.#heldBackSinceMs = null;
  }

  put(bytes: Buffer): void {
    this.#chunks.push({ bytes, cameMs: this.#heldBackSinceMs ?? this.#nowMs() });
    if (bytes.length < fullChunkBytes) this.#heldBackSinceMs = null;
  }

  /** The next bytes, which came together, but no more than this many; null when there are none. */
  take(atMost: number): Chunk | null {
    const [first] = this.#chunks;
    if (first === undefined) return null;
    const { bytes, cameMs } = first;
    if (bytes.length <= atMost) this.#chunks.shift();
    else this.#chunks[0] = { bytes: bytes.subarray(atMost), cameMs };
    return { bytes: bytes.subarray(0, atMost), cameMs };
  }

  clear(): void {
    this.#chunks.length = 0;
  }
}
