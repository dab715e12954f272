import assert from 'node:assert/strict';
import {
  AttributeIds,
  BrowseDirection,
  type ClientSession,
  DataType,
  NodeClass,
  type NodeId,
  type ReferenceDescription,
  ServerState,
} from 'node-opcua';
import { namespaceUri } from '../../../addressspace/start-address-space.ts';
import { serverProfiles } from '../../../addressspace/server-profiles.ts';
import { Clients } from '../clients.ts';
import { type TestServer, startTestServer } from '../plant.ts';

describe('OPC UA base information', function () {
  this.timeout(40_000);
  const clients = new Clients();
  let server: TestServer;
  let session: ClientSession;
  let admin: ClientSession;
  let index: number;

  before(async () => {
    server = await startTestServer();
    session = await clients.connectedAs(server.endpointUrl, null);
    admin = await clients.connectedAs(server.endpointUrl, 'anton');
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  after(async () => {
    await clients.close();
    await server?.dispose();
  });

  async function valueOf(nodeId: string, by = session): Promise<unknown> {
    const { statusCode, value } = await by.read({ nodeId, attributeId: AttributeIds.Value });
    assert.equal(statusCode.name, 'Good', nodeId);
    return value.value;
  }
  async function along(
    nodeId: NodeId | string,
    referenceTypeId: string,
    browseDirection = BrowseDirection.Forward,
  ): Promise<ReferenceDescription[]> {
    const description = {
      nodeId,
      referenceTypeId,
      browseDirection,
      includeSubtypes: true,
      nodeClassMask: 0,
      resultMask: 63,
    };
    return (await session.browse(description)).references ?? [];
  }

  it('has the Server object with its status, and the folders of the standard', async () => {
    const status = (await valueOf('i=2256')) as { state: ServerState; startTime: Date; currentTime: Date };
    assert.equal(status.state, ServerState.Running);
    assert.ok(status.startTime <= status.currentTime);
    assert.equal(await valueOf('i=2267'), 255, 'ServiceLevel');
    assert.deepEqual([...((await valueOf('i=2254')) as string[])].length, 1, 'ServerArray');
    const namespaces = [...((await valueOf('i=2255')) as string[])];
    assert.equal(namespaces[0], 'http://opcfoundation.org/UA/');
    assert.equal(namespaces[1], [...((await valueOf('i=2254')) as string[])][0]);
    assert.ok(namespaces.includes(namespaceUri));
    for (const [folder, parts] of [
      ['i=84', ['Objects', 'Types', 'Views']],
      ['i=85', ['Server', 'Machines']],
      ['i=86', ['ObjectTypes', 'VariableTypes', 'DataTypes', 'ReferenceTypes', 'EventTypes']],
      ['i=2253', ['ServerStatus', 'ServerCapabilities', 'ServerDiagnostics', 'ServerRedundancy', 'VendorServerInfo']],
    ] as const) {
      const names = (await along(folder, 'HierarchicalReferences')).map(({ browseName }) => browseName.name);
      for (const part of parts) assert.ok(names.includes(part), part);
    }
  });

  it('tells its capabilities and limits as they are', async () => {
    assert.deepEqual(
      [...((await valueOf('i=2269')) as string[])],
      serverProfiles({ allowUnsecured: true, allowAnonymous: true, hasHistory: false }),
    );
    assert.deepEqual([...((await valueOf('i=2271')) as string[])], ['en']);
    for (const [nodeId, least] of [
      ['i=2735', 10], // MaxBrowseContinuationPoints
      ['i=11702', 1], // MaxArrayLength
      ['i=11703', 1], // MaxStringLength
      ['i=11705', 100], // OperationLimits/MaxNodesPerRead
      ['i=11707', 100], // …Write
      ['i=11709', 10], // …MethodCall
      ['i=11710', 100], // …Browse
      ['i=11714', 500], // MaxMonitoredItemsPerCall
      ['i=24095', 50], // MaxSessions
      ['i=24098', 5], // MaxSubscriptionsPerSession
      ['i=24104', 500], // MaxMonitoredItemsPerSubscription
      ['i=31916', 5], // MaxMonitoredItemsQueueSize
    ] as const) {
      assert.ok(((await valueOf(nodeId)) as number) >= least, nodeId);
    }
    assert.equal(await valueOf('i=2272'), 0, 'MinSupportedSampleRate');
  });

  it('counts sessions and subscriptions for diagnosis', async () => {
    assert.equal(await valueOf('i=2294', admin), true, 'EnabledFlag');
    type Summary = { currentSessionCount: number; cumulatedSessionCount: number; currentSubscriptionCount: number };
    const before = (await valueOf('i=2275', admin)) as Summary;
    const other = await clients.connectedAs(server.endpointUrl, 'olga');
    await other.createSubscription2({ requestedPublishingInterval: 1_000 });
    const during = (await valueOf('i=2275', admin)) as Summary;
    assert.equal(during.currentSessionCount, before.currentSessionCount + 1);
    assert.equal(during.cumulatedSessionCount, before.cumulatedSessionCount + 1);
    assert.equal(during.currentSubscriptionCount, before.currentSubscriptionCount + 1);
    const sessions = [
      ...((await valueOf('i=3707', admin)) as { clientDescription: { applicationName: { text: string } } }[]),
    ];
    assert.equal(sessions.length, during.currentSessionCount);
    assert.ok(
      sessions.every(({ clientDescription }) => clientDescription.applicationName.text === 'TVEmicro test client'),
    );
    await other.close();
  });

  it('shows every type that a node of the machine has, with all its supertypes', async () => {
    const pending: NodeId[] = (await along('i=85', 'Organizes'))
      .filter(({ nodeId }) => nodeId.namespace === index)
      .map(({ nodeId }) => nodeId);
    const seen = new Set<string>();
    const types = new Set<string>();
    for (let node = pending.pop(); node; node = pending.pop()) {
      if (seen.has(node.toString())) continue;
      seen.add(node.toString());
      for (const child of await along(node, 'HierarchicalReferences')) {
        if (NodeClass[child.nodeClass] === 'Object' || NodeClass[child.nodeClass] === 'Variable') {
          types.add(child.typeDefinition.toString());
          if (child.nodeId.namespace === index) pending.push(child.nodeId);
        }
        if (NodeClass[child.nodeClass] === 'Variable') {
          const { value } = await session.read({ nodeId: child.nodeId, attributeId: AttributeIds.DataType });
          types.add(value.value.toString());
        }
      }
    }
    assert.ok(seen.size > 15 && types.size >= 8, `${seen.size} nodes, ${types.size} types`);
    const roots = new Set(['ns=0;i=58', 'ns=0;i=62', 'ns=0;i=24']);
    for (const type of types) {
      let at = type;
      for (let steps = 0; !roots.has(at); steps++) {
        const [supertype] = await along(at, 'HasSubtype', BrowseDirection.Inverse);
        assert.ok(supertype && steps < 10, `${type} has no way to a base type`);
        at = supertype.nodeId.toString();
      }
    }
  });

  it('gives measured values a definition of their unit that clients can resolve', async () => {
    const unit = (await valueOf(`ns=${index};s=temperature.zone1/EngineeringUnits`)) as Record<string, unknown>;
    assert.equal(unit['namespaceUri'], 'http://www.opcfoundation.org/UA/units/un/cefact');
    assert.equal(unit['unitId'], 4_408_652);
    const range = (await valueOf(`ns=${index};s=temperature.zone1/EURange`)) as { low: number; high: number };
    assert.ok(range.low < range.high);
    const { value } = await session.read({
      nodeId: `ns=${index};s=temperature.zone1`,
      attributeId: AttributeIds.DataType,
    });
    assert.equal(value.value.value, DataType.Double);
  });
});
