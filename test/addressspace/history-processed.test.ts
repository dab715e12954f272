import assert from 'node:assert/strict';
import {
  AggregateConfiguration,
  AggregateFunction,
  type ClientSession,
  DataType,
  type HistoryReadResult,
  ReadAtTimeDetails,
  ReadProcessedDetails,
  makeNodeId,
} from 'node-opcua';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import type { HistoryPoint } from '../../operations/ports/history.ts';
import { Clients, said } from './clients.ts';
import { Shelf, type NodeAsked, historyRead, valuesOf } from './history-shelf.ts';
import { type TestServer, startTestServer } from './plant.ts';

const noonMs = Date.UTC(2026, 10, 20, 12);
const at = (second: number) => new Date(noonMs + second * 1_000);
const texts = (result: HistoryReadResult | undefined) => valuesOf(result).map((value) => said(value));

describe('OPC UA history, calculated', function () {
  this.timeout(20_000);
  const clients = new Clients();
  const shelf = new Shelf();
  let server: TestServer;
  let session: ClientSession;
  let zone1: string;

  before(async () => {
    server = await startTestServer({}, { history: shelf });
    session = await clients.connectedAs(server.endpointUrl, null);
    zone1 = `ns=${(await session.readNamespaceArray()).indexOf(namespaceUri)};s=temperature.zone1`;
  });
  beforeEach(() => {
    shelf.isAway = false;
    // A ramp of 1 °C/s with a point every 5 s, failed from 40 s on, good again at 60 s, silent after 120 s.
    shelf.points = Array.from({ length: 25 }, (_, i): HistoryPoint =>
      i >= 8 && i < 12
        ? [noonMs + i * 5_000, null, 'BadSensorFailure']
        : [noonMs + i * 5_000, i * 5, i === 15 ? 'UncertainLastUsableValue' : 'Good'],
    );
  });
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  interface Asked {
    from?: Date;
    to?: Date;
    everyMs?: number;
    configuration?: Partial<AggregateConfiguration>;
    nodes?: readonly NodeAsked[];
    aggregates?: readonly (keyof typeof AggregateFunction)[];
  }
  async function processed(aggregate: keyof typeof AggregateFunction, asked: Asked): Promise<HistoryReadResult[]> {
    const nodes = asked.nodes ?? [{ node: zone1 }];
    const details = new ReadProcessedDetails({
      startTime: asked.from ?? at(0),
      endTime: asked.to ?? at(40),
      processingInterval: asked.everyMs ?? 20_000,
      aggregateType: (asked.aggregates ?? nodes.map(() => aggregate)).map((name) =>
        makeNodeId(AggregateFunction[name]),
      ),
      aggregateConfiguration: new AggregateConfiguration({
        useServerCapabilitiesDefaults: asked.configuration === undefined,
        ...asked.configuration,
      }),
    });
    return await historyRead(session, details, nodes);
  }
  const told = async (aggregate: keyof typeof AggregateFunction, asked: Asked = {}) =>
    texts((await processed(aggregate, asked))[0]);

  const typed = async (aggregate: keyof typeof AggregateFunction) =>
    valuesOf((await processed(aggregate, {}))[0]).map(({ value, sourceTimestamp }) => [
      DataType[value.dataType],
      ((sourceTimestamp?.getTime() ?? 0) - noonMs) / 1_000,
    ]);
  const atTimes = async (seconds: readonly number[], useSimpleBounds = false) =>
    (
      await historyRead(session, new ReadAtTimeDetails({ reqTimes: seconds.map(at), useSimpleBounds }), [
        { node: zone1 },
      ])
    )[0];

  for (const [aggregate, expected] of [
    ['Average', ['Good#HistorianCalculated 7.5', 'Good#HistorianCalculated 27.5']],
    ['Minimum', ['Good 0', 'Good 20']],
    ['Maximum', ['Good#HistorianCalculated 15', 'Good#HistorianCalculated 35']],
    ['Count', ['Good#HistorianCalculated 4', 'Good#HistorianCalculated 4']],
    ['TimeAverage', ['Good#HistorianCalculated 10', 'UncertainDataSubNormal#HistorianCalculated 30']],
    ['Interpolative', ['Good 0', 'Good 20']],
    ['Start', ['Good 0', 'Good 20']],
    ['End', ['Good 15', 'Good 35']],
    ['Range', ['Good#HistorianCalculated 15', 'Good#HistorianCalculated 15']],
    ['PercentGood', ['Good#HistorianCalculated 100', 'Good#HistorianCalculated 100']],
  ] as const) {
    it(`is answered as ${aggregate}, with the bits that say where the figure comes from`, async () => {
      assert.deepEqual(await told(aggregate), expected);
    });
  }

  it('stamps each interval with its begin, and types a figure by what it is', async () => {
    assert.deepEqual(await typed('Average'), [
      ['Double', 0],
      ['Double', 20],
    ]);
    assert.deepEqual(await typed('Count'), [
      ['Int32', 0],
      ['Int32', 20],
    ]);
    assert.deepEqual(await typed('WorstQuality'), [
      ['StatusCode', 0],
      ['StatusCode', 20],
    ]);
    assert.deepEqual(await typed('End'), [
      ['Double', 15],
      ['Double', 35],
    ]);
  });

  it('takes no bad sample into a mean and says BadNoData where nothing was recorded', async () => {
    assert.deepEqual(await told('Average', { from: at(40), to: at(200) }), [
      'BadNoData',
      'UncertainDataSubNormal#HistorianCalculated 65',
      'Good#HistorianCalculated 87.5',
      'Good#HistorianCalculated 107.5',
      'Good#HistorianCalculated 120',
      'BadNoData',
      'BadNoData',
      'BadNoData',
    ]);
  });

  it('is one interval over everything when none is given', async () => {
    assert.deepEqual(await told('Count', { everyMs: 0 }), ['Good#HistorianCalculated 8']);
  });

  it('goes backwards when the end lies before the begin', async () => {
    assert.deepEqual(await told('Maximum', { from: at(30), to: at(0), everyMs: 10_000 }), [
      'Good 30',
      'Good 20',
      'Good 10',
    ]);
  });

  it('heeds the configuration that comes with the request', async () => {
    const over = { from: at(20), to: at(60), everyMs: 40_000 };
    const strict = {
      treatUncertainAsBad: true,
      percentDataBad: 100,
      percentDataGood: 100,
      useSlopedExtrapolation: false,
    };
    assert.deepEqual(await told('Average', over), ['UncertainDataSubNormal#HistorianCalculated 27.5']);
    assert.deepEqual(
      await told('Average', { ...over, configuration: { ...strict, percentDataGood: 50, percentDataBad: 60 } }),
      ['Good#HistorianCalculated 27.5'],
    );
    assert.deepEqual(await told('Average', { ...over, configuration: { ...strict, percentDataBad: 50 } }), [
      'BadNoData',
    ]);
    assert.equal(
      (await processed('Average', { configuration: { ...strict, percentDataGood: 0, percentDataBad: 80 } }))[0]
        ?.statusCode.name,
      'BadAggregateInvalidInputs',
    );
  });

  it('gives each node its own aggregate', async () => {
    const nodes = [{ node: zone1 }, { node: zone1 }];
    const results = await processed('Average', { nodes, aggregates: ['Minimum', 'End'], everyMs: 0 });
    assert.deepEqual(results.flatMap(texts), ['Good 0', 'Good 35']);
  });

  for (const [what, asked, status] of [
    ['an aggregate that is not calculated here', { aggregates: ['AnnotationCount'] }, 'BadAggregateNotSupported'],
    ['aggregates that do not match the nodes', { aggregates: ['Average', 'Average'] }, 'BadAggregateListMismatch'],
    ['intervals finer than history is', { everyMs: 0.5 }, 'BadAggregateInvalidInputs'],
    ['a span without width', { from: at(0), to: at(0) }, 'BadInvalidArgument'],
    ['a span without end', { to: new Date(Date.UTC(1601, 0, 1)) }, 'BadInvalidArgument'],
  ] as const) {
    it(`refuses ${what} with ${status}`, async () => {
      assert.equal((await processed('Average', asked))[0]?.statusCode.name, status);
    });
  }

  it('says that the store is away, rather than that nothing was recorded', async () => {
    shelf.isAway = true;
    assert.equal((await processed('Average', {}))[0]?.statusCode.name, 'BadResourceUnavailable');
  });

  describe('at given times', () => {
    it('is what was recorded then, or lies between, in the order asked for', async () => {
      const result = await atTimes([12, 10, 45, 42, 62, -5, 130, 600]);
      assert.deepEqual(texts(result), [
        'Good#HistorianInterpolated 12',
        'Good 10',
        'BadSensorFailure',
        'UncertainDataSubNormal#HistorianInterpolated 42',
        'Good#HistorianInterpolated 62',
        'BadNoData',
        'UncertainDataSubNormal#HistorianInterpolated 120',
        'BadNoData',
      ]);
      assert.deepEqual(
        valuesOf(result).map(({ sourceTimestamp }) => ((sourceTimestamp?.getTime() ?? 0) - noonMs) / 1_000),
        [12, 10, 45, 42, 62, -5, 130, 600],
      );
    });

    it('goes no farther than the samples beside it with simple bounds', async () => {
      assert.deepEqual(texts(await atTimes([12, 38, 42], true)), [
        'Good#HistorianInterpolated 12',
        'UncertainDataSubNormal#HistorianInterpolated 35',
        'BadNoData',
      ]);
    });

    it('answers many times at once', async () => {
      const seconds = Array.from({ length: 9_000 }, (_, i) => (i % 30) + 0.5);
      const result = await atTimes(seconds);
      assert.deepEqual(
        texts(result),
        seconds.map((second) => `Good#HistorianInterpolated ${second}`),
      );
    });

    it('refuses a request without times', async () => {
      assert.equal((await atTimes([]))?.statusCode.name, 'BadInvalidArgument');
    });
  });
});
