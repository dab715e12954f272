import assert from 'node:assert/strict';
import {
  AggregateConfiguration,
  AggregateFunction,
  AttributeIds,
  BrowseDirection,
  type ClientSession,
  type EventFilter,
  ReadProcessedDetails,
  makeBrowsePath,
  makeNodeId,
} from 'node-opcua';
import { aggregates } from '../../addressspace/history/aggregates/functions.ts';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import { Clients, said } from './clients.ts';
import { Shelf, historyRead, valuesOf } from './history-shelf.ts';
import { type TestServer, declaration, signals, startTestServer } from './plant.ts';

const noonMs = Date.UTC(2026, 10, 20, 12);
const standard = {
  capabilities: 'i=11192',
  functions: 'i=2997',
  historyFunctions: 'i=11201',
  defaults: 'i=32637',
  server: 'i=2253',
} as const;

const history = { deadband: 0.1, atLeastEverySeconds: 10 };
/** A machine that records everything. */
const recording = { ...declaration, signals: new Map(signals.map((signal) => [signal.id, { ...signal, history }])) };

describe('OPC UA nodes about history', function () {
  this.timeout(20_000);
  const clients = new Clients();
  const shelf = new Shelf();
  let server: TestServer;
  let session: ClientSession;
  let index: number;

  before(async () => {
    const alarmJournal = {
      append: async () => undefined,
      list: async () => ({ items: [], next: null }),
      beginMs: async () => null,
    };
    server = await startTestServer({}, { history: shelf, alarmJournal }, recording);
    session = await clients.connectedAs(server.endpointUrl, null);
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  /** Value of the node at the path from another; undefined: there is no such node. */
  async function valueAt(from: string, path: string): Promise<unknown> {
    const nodeId = await nodeAt(from, path);
    if (nodeId === undefined) return undefined;
    return (await session.read({ nodeId, attributeId: AttributeIds.Value })).value.value as unknown;
  }
  async function nodeAt(from: string, path: string): Promise<string | undefined> {
    const { targets } = await session.translateBrowsePath(makeBrowsePath(from, path));
    return targets?.[0]?.targetId.toString();
  }
  async function namesBelow(nodeId: string, referenceTypeId = 'Organizes'): Promise<string[]> {
    const { references } = await session.browse({
      nodeId,
      referenceTypeId,
      browseDirection: BrowseDirection.Forward,
      includeSubtypes: true,
      resultMask: 63,
      nodeClassMask: 0,
    });
    return (references ?? []).map(({ browseName }) => browseName.name ?? '').toSorted();
  }
  const configurationOf = async (signal: string) => {
    const { references } = await session.browse({
      nodeId: `ns=${index};s=${signal}`,
      referenceTypeId: 'HasHistoricalConfiguration',
      browseDirection: BrowseDirection.Forward,
      includeSubtypes: true,
      resultMask: 63,
      nodeClassMask: 0,
    });
    const [only] = references ?? [];
    assert.equal(references?.length, 1, signal);
    assert.equal(only?.browseName.name, 'HA Configuration');
    return only.nodeId.toString();
  };

  it('claim what is answered, and nothing else', async () => {
    const claims = {
      AccessHistoryDataCapability: true,
      AccessHistoryEventsCapability: true,
      MaxReturnDataValues: 10_000,
      MaxReturnEventValues: 1_000,
      InsertDataCapability: false,
      ReplaceDataCapability: false,
      UpdateDataCapability: false,
      DeleteRawCapability: false,
      DeleteAtTimeCapability: false,
      InsertEventCapability: false,
      ReplaceEventCapability: false,
      UpdateEventCapability: false,
      DeleteEventCapability: false,
      InsertAnnotationCapability: false,
      ServerTimestampSupported: false,
    };
    for (const [name, value] of Object.entries(claims)) {
      assert.equal(await valueAt(standard.capabilities, `.${name}`), value, name);
    }
  });

  it('list the aggregates that are calculated', async () => {
    const names = aggregates.map(({ name }) => name as string).toSorted();
    assert.deepEqual(await namesBelow(standard.functions), names);
    assert.deepEqual(await namesBelow(standard.historyFunctions), names);
  });

  it('tell the configuration that aggregates have by default', async () => {
    for (const object of [standard.defaults, await configurationOf('temperature.zone1')]) {
      assert.equal(await valueAt(object, '/AggregateConfiguration.TreatUncertainAsBad'), true);
      assert.equal(await valueAt(object, '/AggregateConfiguration.PercentDataBad'), 100);
      assert.equal(await valueAt(object, '/AggregateConfiguration.PercentDataGood'), 100);
      assert.equal(await valueAt(object, '/AggregateConfiguration.UseSlopedExtrapolation'), false);
    }
    assert.equal(await valueAt(standard.defaults, '.StartOfArchive'), undefined, 'unknown and not claimed');
  });

  it('tell how each signal is recorded', async () => {
    const zone = await configurationOf('temperature.zone1');
    assert.equal(await valueAt(zone, '.Stepped'), false);
    assert.equal(await valueAt(zone, '.ExceptionDeviation'), 0.1);
    assert.equal(await valueAt(zone, '.ExceptionDeviationFormat'), 0);
    assert.equal(await valueAt(zone, '.MaxTimeInterval'), 10_000);
    assert.equal(await valueAt(await configurationOf('heater.zone1.setpoint'), '.Stepped'), true);
    assert.equal(await configurationOf('motor.main.speed'), zone, 'signals that are recorded alike share it');
  });

  it('list for each signal the aggregates that mean something for it, and no other is answered', async () => {
    shelf.points = [[noonMs, true, 'Good']];
    for (const [signal, what] of [
      ['temperature.zone1', ['Average', 'Minimum', 'Range']],
      ['heater.enabled', ['Average']],
      ['machine.state', []],
    ] as const) {
      const folder = await nodeAt(await configurationOf(signal), '/AggregateFunctions');
      const listed = await namesBelow(folder ?? '');
      assert.deepEqual(
        ['Average', 'Minimum', 'Range'].filter((name) => listed.includes(name)),
        what,
        signal,
      );
      assert.ok(listed.includes('Interpolative') && listed.includes('Count'));
      for (const { name } of aggregates) {
        const details = new ReadProcessedDetails({
          startTime: new Date(noonMs),
          endTime: new Date(noonMs + 1_000),
          processingInterval: 0,
          aggregateType: [makeNodeId(AggregateFunction[name])],
          aggregateConfiguration: new AggregateConfiguration({ useServerCapabilitiesDefaults: true }),
        });
        const [result] = await historyRead(session, details, [{ node: `ns=${index};s=${signal}` }]);
        const expected = listed.includes(name) ? 'Good' : 'BadAggregateNotSupported';
        assert.equal(result?.statusCode.name, expected, `${name} of ${signal}`);
        if (signal === 'heater.enabled' && name === 'Start')
          assert.equal(said(valuesOf(result)[0] ?? assert.fail()), 'Good#HistorianPartial true');
      }
    }
  });

  it('say which events are kept, of machine and server', async () => {
    for (const object of [standard.server, `ns=${index};s=machine`]) {
      const filter = (await valueAt(object, '.HistoricalEventFilter')) as EventFilter;
      const fields = (filter.selectClauses ?? []).map(({ browsePath }) =>
        (browsePath ?? []).map(({ name }) => name).join('.'),
      );
      for (const field of ['EventId', 'Message', 'Severity', 'ActiveState.Id', 'Comment'])
        assert.ok(fields.includes(field), field);
      assert.equal(filter.whereClause.elements?.length, 1);
    }
  });
});

describe('OPC UA nodes without history', function () {
  this.timeout(20_000);

  it('claim none', async () => {
    const clients = new Clients();
    const server = await startTestServer();
    const session = await clients.connectedAs(server.endpointUrl, null);
    try {
      for (const name of ['AccessHistoryDataCapability', 'AccessHistoryEventsCapability']) {
        const { targets } = await session.translateBrowsePath(makeBrowsePath(standard.capabilities, `.${name}`));
        const nodeId = targets?.[0]?.targetId ?? assert.fail(name);
        assert.equal((await session.read({ nodeId, attributeId: AttributeIds.Value })).value.value, false);
      }
    } finally {
      await clients.close();
      await server.dispose();
    }
  });
});
