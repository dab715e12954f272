import { randomBytes } from 'node:crypto';
import type { Reading } from './reading.ts';

/** Per session; a hundred nodes may be read at once. */
const mostPerSession = 200;

interface Kept {
  readonly node: string;
  readonly reading: Reading;
}

/**
 * Continuation points. Each is a random number that means something to its own session only, so that none can be forged
 * or used by another. They end with the session; the oldest gives way when a session leaves too many behind.
 */
export class Continuations {
  readonly #kept = new WeakMap<object, Map<string, Kept>>();

  keep(session: object, node: string, reading: Reading): Buffer {
    const points = this.#kept.get(session) ?? new Map<string, Kept>();
    this.#kept.set(session, points);
    const oldest = points.keys().next();
    if (points.size >= mostPerSession && !oldest.done) points.delete(oldest.value);
    const point = randomBytes(16);
    points.set(point.toString('hex'), { node, reading });
    return point;
  }

  /** null: there is no such point, it was released, or it belongs to another node. */
  find(session: object, node: string, point: Buffer): Reading | null {
    const kept = this.#kept.get(session)?.get(point.toString('hex'));
    return kept?.node === node ? kept.reading : null;
  }

  release(session: object, point: Buffer): void {
    this.#kept.get(session)?.delete(point.toString('hex'));
  }
}
