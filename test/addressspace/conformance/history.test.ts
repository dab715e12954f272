import assert from 'node:assert/strict';
import {
  type ClientSession,
  type HistoryData,
  HistoryReadRequest,
  type HistoryReadResponse,
  type HistoryReadResult,
  ReadRawModifiedDetails,
  TimestampsToReturn,
} from 'node-opcua';
import { namespaceUri } from '../../../addressspace/start-address-space.ts';
import { Clients } from '../clients.ts';
import { Shelf } from '../history-shelf.ts';
import { type TestServer, startTestServer } from '../plant.ts';
import { ask } from './asking.ts';

const noonMs = Date.UTC(2026, 10, 20, 12);
/** MaxNodesPerHistoryReadData. */
const mostNodes = 100;

describe('OPC UA history of many nodes', function () {
  this.timeout(40_000);
  const clients = new Clients();
  const shelf = new Shelf();
  let server: TestServer;
  let session: ClientSession;
  let nodeId: string;

  before(async () => {
    shelf.points = Array.from({ length: 6 }, (_, second) => [noonMs + second * 1_000, second, 'Good'] as const);
    server = await startTestServer({}, { history: shelf });
    session = await clients.connectedAs(server.endpointUrl, null);
    nodeId = `ns=${(await session.readNamespaceArray()).indexOf(namespaceUri)};s=temperature.zone1`;
  });
  after(async () => {
    await clients.close();
    await server?.dispose();
  });

  async function read(points: readonly (Buffer | undefined)[]): Promise<HistoryReadResult[]> {
    const request = new HistoryReadRequest({
      timestampsToReturn: TimestampsToReturn.Both,
      historyReadDetails: new ReadRawModifiedDetails({
        isReadModified: false,
        startTime: new Date(noonMs),
        endTime: new Date(noonMs + 60_000),
        numValuesPerNode: 2,
      }),
      nodesToRead: points.map((continuationPoint) => ({ nodeId, ...(continuationPoint && { continuationPoint }) })),
    });
    return (await ask<HistoryReadResponse>(session, request)).results ?? [];
  }

  it('leads on from as many nodes at once as a request may name', async () => {
    assert.equal((await session.read({ nodeId: 'i=12165' })).value.value, mostNodes);
    const seen = Array.from({ length: mostNodes }, (): number[] => []);
    let points: (Buffer | undefined)[] = Array.from({ length: mostNodes }, () => undefined);
    for (const page of [1, 2, 3]) {
      const results = await read(points);
      for (const [node, { statusCode, historyData }] of results.entries()) {
        assert.match(statusCode.name, /^Good/, `page ${page} of ${node}`);
        const values = (historyData as HistoryData).dataValues ?? [];
        seen[node]?.push(...values.map(({ value }) => value.value as number));
      }
      points = results.map(({ continuationPoint }) => continuationPoint);
    }
    for (const values of seen) assert.deepEqual(values, [0, 1, 2, 3, 4, 5]);
  });
});
