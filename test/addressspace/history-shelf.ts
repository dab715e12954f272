import assert from 'node:assert/strict';
import {
  type ClientSession,
  type DataValue,
  type HistoryData,
  HistoryReadRequest,
  type HistoryReadResult,
  TimestampsToReturn,
  resolveNodeId,
} from 'node-opcua';
import {
  type HistoryPoint,
  type HistoryQuery,
  type HistoryReader,
  HistoryUnavailableError,
} from '../../operations/ports/history.ts';

/** A history that the test fills; the same for every signal. */
export class Shelf implements HistoryReader {
  /** In order of time. */
  points: readonly HistoryPoint[] = [];
  isAway = false;
  queries = 0;
  /** Waits for it before each answer. */
  pause: (() => Promise<void>) | null = null;

  async query({ fromMs, toMs, limit, aggregate, intervalMs }: HistoryQuery): Promise<readonly HistoryPoint[]> {
    this.queries++;
    await this.pause?.();
    if (this.isAway) throw new HistoryUnavailableError('shelf', new Error('no answer'));
    const [first, end] = [this.#firstAt(fromMs), this.#firstAt(toMs)];
    if (aggregate === undefined) return this.points.slice(first, Math.min(end, first + limit));
    assert.equal(aggregate, 'count', 'figures are calculated from points');
    const width = intervalMs ?? 0;
    return Array.from({ length: Math.min(limit, Math.ceil((toMs - fromMs) / width)) }, (_, i): HistoryPoint => {
      const [a, b] = [this.#firstAt(fromMs + i * width), this.#firstAt(Math.min(toMs, fromMs + (i + 1) * width))];
      let good = 0;
      for (let point = a; point < b; point++) if (this.points[point]?.[2] === 'Good') good++;
      return [fromMs + i * width, good, 'Good'];
    });
  }

  #firstAt(atMs: number): number {
    let [low, high] = [0, this.points.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.points[middle]?.[0] ?? 0) < atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

type Details = NonNullable<ConstructorParameters<typeof HistoryReadRequest>[0]>['historyReadDetails'];

export interface NodeAsked {
  readonly node: string;
  readonly continuationPoint?: Buffer;
}

/** One HistoryRead as a client sends it. */
export async function historyRead(
  session: ClientSession,
  details: NonNullable<Details>,
  nodes: readonly NodeAsked[],
  more: { timestamps?: TimestampsToReturn; release?: boolean } = {},
): Promise<HistoryReadResult[]> {
  const request = new HistoryReadRequest({
    historyReadDetails: details,
    timestampsToReturn: more.timestamps ?? TimestampsToReturn.Both,
    releaseContinuationPoints: more.release ?? false,
    nodesToRead: nodes.map(({ node, continuationPoint }) => ({
      nodeId: resolveNodeId(node),
      ...(continuationPoint ? { continuationPoint } : {}),
    })),
  });
  const { results } = await session.historyRead(request);
  assert.equal(results?.length, nodes.length);
  return results;
}

export const valuesOf = (result: HistoryReadResult | undefined): DataValue[] =>
  (result?.historyData as HistoryData | null)?.dataValues ?? [];
