import { deflateRawSync, inflateRawSync } from 'node:zlib';

export const minuteMs = 60_000;

/** A stored point of one signal. */
export interface StoredPoint {
  readonly atMs: number;
  readonly value: number | null;
  readonly state: string | null;
  /** OPC UA status code. */
  readonly quality: number;
}

/** What figures over a minute need, without unpacking its points; `total` is the sum of the good values. */
export interface ChunkSummary {
  readonly samples: number;
  readonly good: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly total: number | null;
  /** Status code of the newest sample that was not good; null: all were. */
  readonly bad: number | null;
}

/** No point has a time beyond the year 9999: its minute would not fit the id of a chunk. */
export const latestMs = Date.UTC(10_000, 0);

/** A chunk's id: minutes of one series lie side by side in the file. */
export function chunkId(series: number, minute: number): number {
  return series * 2 ** 32 + minute;
}

export function minuteOf(atMs: number): number {
  return Math.floor(atMs / minuteMs);
}

/** Booleans count as 0 and 1, so that a mean over them is a share; texts have no size. */
export function sizeOf(value: number | null, state: string | null): number | null {
  if (value !== null) return value;
  if (state === 'true') return 1;
  return state === 'false' ? 0 : null;
}

export function summaryOf(points: readonly StoredPoint[]): ChunkSummary {
  let good = 0;
  let low = Infinity;
  let high = -Infinity;
  let total = 0;
  let bad: number | null = null;
  for (const { value, state, quality } of points) {
    if (quality !== 0) {
      bad = quality;
      continue;
    }
    if (value === null && state === null) continue;
    good++;
    const size = sizeOf(value, state);
    if (size === null) continue;
    low = Math.min(low, size);
    high = Math.max(high, size);
    total += size;
  }
  const isSized = low <= high;
  return {
    samples: points.length,
    good,
    low: isSized ? low : null,
    high: isSized ? high : null,
    total: isSized ? total : null,
    bad,
  };
}

/** Points by time; of two at the same ms the later one in the list counts. */
export function inOrder(points: readonly StoredPoint[]): readonly StoredPoint[] {
  const sorted = points.toSorted((a, b) => a.atMs - b.atMs);
  return sorted.filter((point, i) => sorted[i + 1]?.atMs !== point.atMs);
}

/** Each point takes 8 bytes of value, 4 of quality and 2 of time (ms within the minute) before packing. */
const pointBytes = 14;
/** Layout 1: count, columns of value, quality, time, then the texts as JSON where a value is none. */
const layout = 1;
const headBytes = 8;

/** Packs the points of one minute, which are in order. NaN, which is never recorded, stands for "no number". */
export function packPoints(minute: number, points: readonly StoredPoint[]): Uint8Array {
  const n = points.length;
  const bytes = Buffer.alloc(headBytes + n * pointBytes);
  bytes.writeUInt32LE(layout, 0);
  bytes.writeUInt32LE(n, 4);
  const qualities = headBytes + n * 8;
  const times = qualities + n * 4;
  const texts: (string | null)[] = [];
  for (const [i, { atMs, value, state, quality }] of points.entries()) {
    bytes.writeDoubleLE(value ?? NaN, headBytes + i * 8);
    bytes.writeUInt32LE(quality, qualities + i * 4);
    bytes.writeUInt16LE(atMs - minute * minuteMs, times + i * 2);
    texts.push(state);
  }
  const tail = texts.some((text) => text !== null) ? Buffer.from(JSON.stringify(texts)) : Buffer.alloc(0);
  return deflateRawSync(Buffer.concat([bytes, tail]), { level: 1 });
}

export function unpackPoints(minute: number, packed: Uint8Array): readonly StoredPoint[] {
  const bytes = inflateRawSync(packed);
  if (bytes.readUInt32LE(0) !== layout) throw new Error(`Chunk layout ${bytes.readUInt32LE(0)} is not known`);
  const n = bytes.readUInt32LE(4);
  const qualities = headBytes + n * 8;
  const times = qualities + n * 4;
  const tail = headBytes + n * pointBytes;
  const texts = bytes.length > tail ? (JSON.parse(bytes.toString('utf8', tail)) as (string | null)[]) : [];
  return Array.from({ length: n }, (_, i) => {
    const value = bytes.readDoubleLE(headBytes + i * 8);
    return {
      atMs: minute * minuteMs + bytes.readUInt16LE(times + i * 2),
      value: Number.isNaN(value) ? null : value,
      state: texts[i] ?? null,
      quality: bytes.readUInt32LE(qualities + i * 4),
    };
  });
}
