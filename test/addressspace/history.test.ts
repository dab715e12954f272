import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  AttributeIds,
  type ClientSession,
  type HistoryReadResult,
  ReadRawModifiedDetails,
  TimestampsToReturn,
} from 'node-opcua';
import { Continuations } from '../../addressspace/history/continuations.ts';
import type { Reading } from '../../addressspace/history/reading.ts';
import { type RawSpan, readPage } from '../../addressspace/history/raw-history.ts';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import type { HistoryPoint, HistoryReader } from '../../operations/ports/history.ts';
import { Clients, said } from './clients.ts';
import { Shelf, historyRead, valuesOf } from './history-shelf.ts';
import { type TestServer, startTestServer } from './plant.ts';

const noonMs = Date.UTC(2026, 10, 20, 12);

const at = (second: number) => new Date(noonMs + second * 1_000);
const texts = (result: HistoryReadResult) => valuesOf(result).map((value) => said(value));

function pageOf({ continuationPoint }: HistoryReadResult): Buffer {
  assert.ok(continuationPoint?.length > 0, 'more is to come');
  return continuationPoint;
}

async function readAll(history: HistoryReader, span: RawSpan, limit: number): Promise<HistoryPoint[]> {
  const read: HistoryPoint[] = [];
  for (let rest: RawSpan | null = span; rest;) {
    const page = await readPage(history, rest, limit);
    assert.ok(page.points.length <= limit);
    read.push(...page.points);
    rest = page.rest;
  }
  return read;
}

describe('OPC UA history, page by page', () => {
  it('gives every point of the span once, in either direction, whatever the page size', async () => {
    const times = fc.uniqueArray(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 40_000_000 })), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(
        times,
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        fc.nat(20_000_000),
        async (at, limit, newestFirst, fromMs) => {
          const shelf = new Shelf();
          shelf.points = at.toSorted((a, b) => a - b).map((atMs) => [atMs, atMs, 'Good'] as const);
          const span = { signal: 'any', fromMs, toMs: 39_000_000, newestFirst };
          const expected = shelf.points.filter(([atMs]) => atMs >= fromMs && atMs < 39_000_000);
          assert.deepEqual(await readAll(shelf, span, limit), newestFirst ? expected.toReversed() : expected);
        },
      ),
    );
  });

  it('finds the newest point of an empty shelf without asking for ever', async () => {
    const shelf = new Shelf();
    await readPage(shelf, { signal: 'any', fromMs: 0, toMs: noonMs, newestFirst: true }, 1);
    assert.ok(shelf.queries < 20, String(shelf.queries));
  });
});

describe('Continuation points of history', () => {
  const reading: Reading = { kind: 'atTime', times: [1], useSimpleBounds: false, next: 0 };

  it('are good for their node and session, until they are released', () => {
    const points = new Continuations();
    const [session, other] = [{}, {}];
    const point = points.keep(session, 'a', reading);
    assert.equal(points.find(session, 'a', point), reading);
    assert.equal(points.find(session, 'b', point), null);
    assert.equal(points.find(other, 'a', point), null);
    assert.equal(points.find(session, 'a', Buffer.alloc(16)), null);
    points.release(session, point);
    assert.equal(points.find(session, 'a', point), null);
  });

  it('give way, the oldest first, when a session leaves too many behind', () => {
    const points = new Continuations();
    const session = {};
    const kept = Array.from({ length: 201 }, () => points.keep(session, 'a', reading));
    assert.deepEqual(
      kept.map((point) => points.find(session, 'a', point) !== null),
      kept.map((_, i) => i > 0),
    );
  });
});

describe('OPC UA history', function () {
  this.timeout(20_000);
  const clients = new Clients();
  const shelf = new Shelf();
  let server: TestServer;
  let session: ClientSession;
  let index: number;

  before(async () => {
    server = await startTestServer({}, { history: shelf });
    session = await clients.connectedAs(server.endpointUrl, null);
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  beforeEach(() => {
    shelf.isAway = false;
    shelf.points = Array.from({ length: 25_000 }, (_, second) =>
      second % 10 === 3
        ? ([noonMs + second * 1_000, null, 'BadSensorFailure'] as const)
        : ([noonMs + second * 1_000, second, 'Good'] as const),
    );
  });
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  interface Asked {
    from?: Date;
    to?: Date;
    number?: number;
    bounds?: boolean;
    signal?: string;
    continuationPoint?: Buffer;
    timestamps?: TimestampsToReturn;
    modified?: boolean;
    release?: boolean;
    node?: string;
    by?: ClientSession;
  }
  async function read(asked: Asked): Promise<HistoryReadResult> {
    const details = new ReadRawModifiedDetails({
      isReadModified: asked.modified ?? false,
      startTime: asked.from ?? new Date(Date.UTC(1601, 0, 1)),
      endTime: asked.to ?? new Date(Date.UTC(1601, 0, 1)),
      numValuesPerNode: asked.number ?? 0,
      returnBounds: asked.bounds ?? false,
    });
    const node = asked.node ?? `ns=${index};s=${asked.signal ?? 'temperature.zone1'}`;
    const { continuationPoint, timestamps, release } = asked;
    const [result] = await historyRead(
      asked.by ?? session,
      details,
      [{ node, ...(continuationPoint ? { continuationPoint } : {}) }],
      { ...(timestamps === undefined ? {} : { timestamps }), ...(release === undefined ? {} : { release }) },
    );
    assert.ok(result);
    return result;
  }

  const attribute = async (signal: string, attributeId: AttributeIds) =>
    (await session.read({ nodeId: `ns=${index};s=${signal}`, attributeId })).value.value as unknown;

  it('is offered for recorded signals only, and only where there is a history', async () => {
    assert.equal(await attribute('temperature.zone1', AttributeIds.Historizing), true);
    assert.equal(await attribute('temperature.zone1', AttributeIds.UserAccessLevel), 0b101);
    assert.equal(await attribute('heater.power', AttributeIds.Historizing), false);
    assert.equal(await attribute('heater.power', AttributeIds.UserAccessLevel), 0b001);
    assert.equal(
      (await read({ from: at(0), to: at(5), signal: 'heater.power' })).statusCode.name,
      'BadHistoryOperationUnsupported',
    );
    assert.equal((await read({ from: at(0), to: at(5), signal: 'no.such' })).statusCode.name, 'BadNodeIdUnknown');
  });

  it('gives the points of a span with quality and time, a failed reading without a number', async () => {
    const result = await read({ from: at(0), to: at(5) });
    assert.equal(result.statusCode.name, 'Good');
    assert.deepEqual(texts(result), ['Good 0', 'Good 1', 'Good 2', 'BadSensorFailure', 'Good 4']);
    assert.deepEqual(
      valuesOf(result).map(({ sourceTimestamp }) => sourceTimestamp?.getTime()),
      [0, 1, 2, 3, 4].map((second) => at(second).getTime()),
    );
  });

  for (const [what, asked, expected] of [
    ['backwards when the end lies before the begin', { from: at(2), to: at(0) }, ['Good 2', 'Good 1']],
    ['as many as wanted from the begin', { from: at(0), number: 2 }, ['Good 0', 'Good 1']],
    ['as many as wanted up to the end, newest first', { to: at(2), number: 2 }, ['Good 2', 'Good 1']],
    ['the one point at a moment', { from: at(2), to: at(2) }, ['Good 2']],
    [
      'with bounds, the next points outside',
      { from: new Date(noonMs + 500), to: new Date(noonMs + 1_500), bounds: true },
      ['Good 0', 'Good 1', 'Good 2'],
    ],
    ['with bounds that are points themselves', { from: at(1), to: at(2), bounds: true }, ['Good 1', 'Good 2']],
    [
      'with bounds that nobody recorded',
      { from: at(-2), to: at(1), bounds: true },
      ['BadBoundNotFound', 'Good 0', 'Good 1'],
    ],
    [
      'backwards with bounds',
      { from: new Date(noonMs + 1_500), to: new Date(noonMs + 500), bounds: true },
      ['Good 2', 'Good 1', 'Good 0'],
    ],
    ['nothing of a time before the machine', { from: at(-9), to: at(-5) }, []],
  ] as const) {
    it(`gives ${what}`, async () => {
      const result = await read(asked);
      assert.deepEqual(texts(result), expected);
      assert.equal(result.statusCode.name, expected.length > 0 ? 'Good' : 'GoodNoData');
    });
  }

  for (const newestFirst of [false, true]) {
    it(`gives a long span in pages, ${newestFirst ? 'backwards' : 'forwards'}, without loss`, async () => {
      const span = newestFirst ? { from: at(24_999), to: at(-1) } : { from: at(0), to: at(25_000) };
      const seconds: number[] = [];
      let pages = 0;
      for (let continuationPoint: Buffer | undefined = Buffer.alloc(0); continuationPoint; pages++) {
        const result = await read({ ...span, ...(continuationPoint.length > 0 ? { continuationPoint } : {}) });
        assert.ok(valuesOf(result).length <= 10_000);
        seconds.push(
          ...valuesOf(result).map(({ sourceTimestamp }) => ((sourceTimestamp?.getTime() ?? 0) - noonMs) / 1_000),
        );
        continuationPoint = result.continuationPoint?.length ? result.continuationPoint : undefined;
      }
      const all = Array.from({ length: 25_000 }, (_, second) => second);
      assert.deepEqual(seconds, newestFirst ? all.toReversed() : all);
      assert.equal(pages, 3);
    });
  }

  for (const [what, asked, status] of [
    ['a span without two of begin, end and number', { from: at(0) }, 'BadHistoryOperationInvalid'],
    [
      'a continuation point of somebody else',
      { from: at(0), to: at(1), continuationPoint: Buffer.from('{}') },
      'BadContinuationPointInvalid',
    ],
    ['modified values', { from: at(0), to: at(1), modified: true }, 'BadHistoryOperationUnsupported'],
    [
      'server times, which are not recorded',
      { from: at(0), to: at(1), timestamps: TimestampsToReturn.Server },
      'BadTimestampsToReturnInvalid',
    ],
  ] as const) {
    it(`refuses ${what} with ${status}`, async () => {
      assert.equal((await read(asked)).statusCode.name, status);
    });
  }

  it('says that the store is away, rather than that nothing was recorded', async () => {
    shelf.isAway = true;
    assert.equal((await read({ from: at(0), to: at(5) })).statusCode.name, 'BadResourceUnavailable');
  });

  it('gives as many in each answer as were asked for between two times, and leads on', async () => {
    const span = { from: at(0), to: at(5), number: 2 };
    const first = await read(span);
    assert.deepEqual(texts(first), ['Good 0', 'Good 1']);
    const second = await read({ ...span, continuationPoint: pageOf(first) });
    assert.deepEqual(texts(second), ['Good 2', 'BadSensorFailure']);
    const third = await read({ ...span, continuationPoint: pageOf(second) });
    assert.deepEqual(texts(third), ['Good 4']);
    assert.equal(third.continuationPoint?.length ?? 0, 0);
  });

  it('counts the bounds among them', async () => {
    const span = { from: new Date(noonMs + 500), to: new Date(noonMs + 1_500), bounds: true, number: 1 };
    const seen: string[] = [];
    let answer = await read(span);
    for (seen.push(...texts(answer)); answer.continuationPoint?.length; seen.push(...texts(answer))) {
      assert.equal(valuesOf(answer).length, 1);
      answer = await read({ ...span, continuationPoint: answer.continuationPoint });
    }
    assert.equal(valuesOf(answer).length, 1);
    assert.deepEqual(seen, ['Good 0', 'Good 1', 'Good 2']);
  });

  it('leaves nothing to come when only one time was given', async () => {
    const result = await read({ from: at(0), number: 2 });
    assert.equal(result.continuationPoint?.length ?? 0, 0);
  });

  it('takes a continuation point back, and knows it no more', async () => {
    const span = { from: at(0), to: at(25_000) };
    const continuationPoint = pageOf(await read(span));
    assert.equal((await read({ ...span, continuationPoint, release: true })).statusCode.name, 'Good');
    for (const release of [false, true]) {
      assert.equal(
        (await read({ ...span, continuationPoint, release })).statusCode.name,
        'BadContinuationPointInvalid',
      );
    }
  });

  it('takes a continuation point once, for its own node and from its own session', async () => {
    const span = { from: at(0), to: at(25_000) };
    const continuationPoint = pageOf(await read(span));
    const stranger = await clients.connectedAs(server.endpointUrl, 'olga');
    const refused = [
      await read({ ...span, continuationPoint, by: stranger }),
      await read({ ...span, continuationPoint, signal: 'heater.zone1.setpoint' }),
    ];
    assert.deepEqual(
      refused.map(({ statusCode }) => statusCode.name),
      ['BadContinuationPointInvalid', 'BadHistoryOperationUnsupported'],
    );
    assert.equal((await read({ ...span, continuationPoint })).statusCode.name, 'Good');
    assert.equal((await read({ ...span, continuationPoint })).statusCode.name, 'BadContinuationPointInvalid');
  });

  it('keeps a continuation point over a time in which the store is away', async () => {
    const span = { from: at(0), to: at(25_000) };
    const continuationPoint = pageOf(await read(span));
    shelf.isAway = true;
    assert.equal((await read({ ...span, continuationPoint })).statusCode.name, 'BadResourceUnavailable');
    shelf.isAway = false;
    assert.equal((await read({ ...span, continuationPoint })).statusCode.name, 'Good');
  });

  it('is not there for nodes that are no signals', async () => {
    assert.equal(
      (await read({ from: at(0), to: at(5), node: 'i=2258' })).statusCode.name,
      'BadHistoryOperationUnsupported',
    );
  });
});
