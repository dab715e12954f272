import assert from 'node:assert/strict';
import {
  AttributeIds,
  BrowseDirection,
  type BrowseDescriptionOptions,
  BrowseNextRequest,
  type BrowseNextResponse,
  BrowseRequest,
  type BrowseResponse,
  type BrowseResult,
  type ClientSession,
  NodeClass,
  NodeId,
  RegisterNodesRequest,
  type RegisterNodesResponse,
  ResultMask,
  TranslateBrowsePathsToNodeIdsRequest,
  type TranslateBrowsePathsToNodeIdsResponse,
  UnregisterNodesRequest,
  type UnregisterNodesResponse,
  makeBrowsePath,
  resolveNodeId,
} from 'node-opcua';
import { namespaceUri } from '../../../addressspace/start-address-space.ts';
import { Clients } from '../clients.ts';
import { type TestServer, startTestServer } from '../plant.ts';
import { ask, refusalOf } from './asking.ts';

const forward = { browseDirection: BrowseDirection.Forward, includeSubtypes: true, nodeClassMask: 0, resultMask: 63 };
const hierarchical = resolveNodeId('HierarchicalReferences');
const nothing = Buffer.alloc(0);

const from = (nodeId: NodeId, more: BrowseDescriptionOptions = {}) => ({
  ...forward,
  nodeId,
  referenceTypeId: hierarchical,
  ...more,
});

const targets = (result: BrowseResult | undefined) => (result?.references ?? []).map(({ nodeId }) => nodeId.toString());

describe('OPC UA view services', function () {
  this.timeout(40_000);
  const clients = new Clients();
  let server: TestServer;
  let session: ClientSession;
  let index: number;

  before(async () => {
    server = await startTestServer();
    session = await clients.connectedAs(server.endpointUrl, null);
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  after(async () => {
    await clients.close();
    await server?.dispose();
  });

  const idOf = (id: string) => resolveNodeId(`ns=${index};s=${id}`);
  async function browse(nodesToBrowse: BrowseDescriptionOptions[], most = 0): Promise<BrowseResult[]> {
    const request = new BrowseRequest({ nodesToBrowse, requestedMaxReferencesPerNode: most });
    return (await ask<BrowseResponse>(session, request)).results ?? [];
  }
  async function browseNext(points: readonly Buffer[], releases = false): Promise<BrowseResult[]> {
    const request = new BrowseNextRequest({ continuationPoints: [...points], releaseContinuationPoints: releases });
    return (await ask<BrowseNextResponse>(session, request)).results ?? [];
  }
  it('browse in both directions', async () => {
    const [down, up, both] = await browse(
      [BrowseDirection.Forward, BrowseDirection.Inverse, BrowseDirection.Both].map((browseDirection) =>
        from(idOf('machine'), { browseDirection }),
      ),
    );
    assert.ok(targets(down).includes(idOf('method.start').toString()));
    assert.ok(targets(up).includes('ns=0;i=85'));
    assert.deepEqual(targets(both).toSorted(), [...targets(down), ...targets(up)].toSorted());
    assert.ok(up?.references?.every(({ isForward }) => !isForward));
  });

  it('browse one type of reference, with its subtypes or without', async () => {
    const [all, none, methods] = await browse([
      from(idOf('machine')),
      from(idOf('machine'), { includeSubtypes: false }),
      from(idOf('machine'), { referenceTypeId: resolveNodeId('HasComponent'), includeSubtypes: false }),
    ]);
    assert.ok(targets(all).length > targets(methods).length);
    assert.deepEqual(targets(none), []);
    assert.ok(targets(methods).includes(idOf('method.start').toString()));
    assert.ok(methods?.references?.every(({ referenceTypeId }) => referenceTypeId.toString() === 'ns=0;i=47'));
  });

  it('browse nodes of the classes that are asked for', async () => {
    const [methods, rest, everything] = await browse([
      from(idOf('machine'), { nodeClassMask: 1 << 2 }),
      from(idOf('machine'), { nodeClassMask: 0xff & ~(1 << 2) }),
      from(idOf('machine')),
    ]);
    assert.ok(methods?.references?.every(({ nodeClass }) => NodeClass[nodeClass] === 'Method'));
    assert.equal(targets(methods).length + targets(rest).length, targets(everything).length);
    assert.ok(targets(methods).length >= 8);
  });

  it('tell of each reference what the mask asks for', async () => {
    const [named] = await browse([from(idOf('machine'), { resultMask: ResultMask.BrowseName })]);
    const [all] = await browse([from(idOf('machine'))]);
    const start = (result: BrowseResult | undefined) =>
      result?.references?.find(({ nodeId }) => nodeId.toString() === idOf('method.start').toString());
    assert.equal(start(named)?.browseName.name, start(all)?.browseName.name);
    assert.equal(start(named)?.displayName.text ?? null, null);
    assert.ok(start(named)?.typeDefinition.isEmpty());
    assert.ok(start(all)?.displayName.text);
    assert.equal(start(all)?.nodeClass, NodeClass.Method);
  });

  it('refuse by the node what makes no sense', async () => {
    const results = await browse([
      from(idOf('no.such.node')),
      from(idOf('machine'), { referenceTypeId: resolveNodeId('i=58') }),
      from(idOf('machine'), { referenceTypeId: resolveNodeId('i=999999') }),
      from(idOf('machine'), { browseDirection: BrowseDirection.Invalid }),
    ]);
    assert.deepEqual(
      results.map(({ statusCode }) => statusCode.name),
      ['BadNodeIdUnknown', 'BadReferenceTypeIdInvalid', 'BadReferenceTypeIdInvalid', 'BadBrowseDirectionInvalid'],
    );
    assert.equal(await refusalOf(session, new BrowseRequest({ nodesToBrowse: [] })), 'BadNothingToDo');
    const view = { viewId: resolveNodeId('i=85'), viewVersion: 0 };
    assert.equal(
      await refusalOf(session, new BrowseRequest({ view, nodesToBrowse: [from(idOf('machine'))] })),
      'BadViewIdUnknown',
    );
  });

  it('lead on by continuation points of five nodes at once, without loss', async () => {
    const nodes = [idOf('machine'), ...['i=85', 'i=86', 'i=2253', 'i=2268'].map((id) => resolveNodeId(id))];
    const whole = await browse(nodes.map((node) => from(node)));
    const pages = await browse(
      nodes.map((node) => from(node)),
      1,
    );
    const seen = pages.map((page) => targets(page));
    let open = pages.map(({ continuationPoint }, node) => ({ node, point: continuationPoint }));
    assert.equal(open.filter(({ point }) => point?.length > 0).length, 5);
    while (open.length > 0) {
      const next = await browseNext(open.map(({ point }) => point));
      for (const [at, result] of next.entries()) {
        assert.equal(result.statusCode.name, 'Good');
        assert.ok(targets(result).length <= 1);
        seen[open[at]?.node ?? -1]?.push(...targets(result));
      }
      open = open
        .map(({ node }, at) => ({ node, point: next[at]?.continuationPoint ?? nothing }))
        .filter(({ point }) => point.length > 0);
    }
    assert.deepEqual(
      seen,
      whole.map((result) => targets(result)),
    );
  });

  it('release continuation points, which are then known no more', async () => {
    const [page] = await browse([from(idOf('machine'))], 1);
    const point = page?.continuationPoint ?? nothing;
    const [released] = await browseNext([point], true);
    assert.equal(released?.statusCode.name, 'Good');
    assert.deepEqual(targets(released), []);
    const [again, made] = await browseNext([point, Buffer.from('made up')]);
    assert.equal(again?.statusCode.name, 'BadContinuationPointInvalid');
    assert.equal(made?.statusCode.name, 'BadContinuationPointInvalid');
    assert.equal(await refusalOf(session, new BrowseNextRequest({ continuationPoints: [] })), 'BadNothingToDo');
  });

  it('keep ten continuation points of a session and say so of the eleventh', async () => {
    const pages = await browse(
      Array.from({ length: 11 }, () => from(idOf('machine'))),
      1,
    );
    const held = pages.filter(({ continuationPoint }) => continuationPoint?.length > 0);
    assert.equal(held.length, 10);
    assert.equal(pages[10]?.statusCode.name, 'BadNoContinuationPoints');
    await browseNext(
      held.map(({ continuationPoint }) => continuationPoint),
      true,
    );
  });

  it('translate browse paths, over several steps and upwards', async () => {
    const own = (await session.read({ nodeId: idOf('machine'), attributeId: AttributeIds.BrowseName })).value.value
      .name;
    const paths = [
      makeBrowsePath('i=84', '/Objects/Server/ServerStatus/BuildInfo/ProductName'),
      makeBrowsePath('i=84', `/Objects/${index}:${own}/${index}:Temperature`),
      makeBrowsePath('i=2253', '<!HasComponent>Objects'),
      makeBrowsePath('i=2253', '<!Organizes>Objects'),
      makeBrowsePath('i=84', '/Objects/NoSuchThing'),
      makeBrowsePath('ns=0;i=99999', '/Objects'),
    ];
    const results = await translate(paths);
    assert.deepEqual(
      results.map(({ statusCode }) => statusCode.name),
      ['Good', 'Good', 'BadNoMatch', 'Good', 'BadNoMatch', 'BadNodeIdUnknown'],
    );
    assert.equal(results[0]?.targets?.[0]?.targetId.toString(), 'ns=0;i=2261');
    assert.equal(results[3]?.targets?.[0]?.targetId.toString(), 'ns=0;i=85');
  });

  async function translate(browsePaths: ReturnType<typeof makeBrowsePath>[]) {
    const request = new TranslateBrowsePathsToNodeIdsRequest({ browsePaths });
    return (await ask<TranslateBrowsePathsToNodeIdsResponse>(session, request)).results ?? [];
  }

  it('refuse browse paths that are none', async () => {
    const empty = makeBrowsePath('i=84', '/Objects');
    empty.relativePath.elements = [];
    const nameless = makeBrowsePath('i=84', '/Objects');
    const [element] = nameless.relativePath.elements ?? [];
    if (element) element.targetName = { namespaceIndex: 0, name: null } as never;
    const results = await translate([empty, nameless]);
    assert.deepEqual(
      results.map(({ statusCode }) => statusCode.name),
      ['BadNothingToDo', 'BadBrowseNameInvalid'],
    );
    const none = new TranslateBrowsePathsToNodeIdsRequest({ browsePaths: [] });
    assert.equal(await refusalOf(session, none), 'BadNothingToDo');
  });

  it('register nodes, whose ids serve all services until they are unregistered', async () => {
    server.plant.measure('temperature.zone1', 66);
    const nodesToRegister = [idOf('temperature.zone1'), idOf('motor.main.speed')];
    const { registeredNodeIds } = await ask<RegisterNodesResponse>(
      session,
      new RegisterNodesRequest({ nodesToRegister }),
    );
    const [zone, motor] = registeredNodeIds ?? [];
    assert.ok(zone && motor);
    assert.equal((await session.read({ nodeId: zone, attributeId: AttributeIds.Value })).value.value, 66);
    const { responseHeader } = await ask<UnregisterNodesResponse>(
      session,
      new UnregisterNodesRequest({ nodesToUnregister: [zone, motor] }),
    );
    assert.equal(responseHeader.serviceResult.name, 'Good');
    assert.equal((await session.read({ nodeId: idOf('temperature.zone1') })).value.value, 66);
    assert.equal(await refusalOf(session, new RegisterNodesRequest({ nodesToRegister: [] })), 'BadNothingToDo');
    assert.equal(await refusalOf(session, new UnregisterNodesRequest({ nodesToUnregister: [] })), 'BadNothingToDo');
  });
});
