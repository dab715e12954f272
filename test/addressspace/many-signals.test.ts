import assert from 'node:assert/strict';
import {
  type BrowseDescriptionOptions,
  BrowseDirection,
  type ClientSession,
  DataType,
  MessageSecurityMode,
  NodeClass,
  OPCUACertificateManager,
  OPCUAClient,
  OPCUAServer,
  SecurityPolicy,
  nodesets,
} from 'node-opcua';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SignalDeclaration } from '../../machine/signal.ts';
import { type TestServer, declaration, startTestServer } from './plant.ts';

const signalCount = 5_000;
/** Nodes of one Browse request. */
const atOnce = 500;
const rounds = 3;

/**
 * A signal brings its properties, its range and unit, and its permissions along: more nodes and references than a plain
 * variable. Beyond this many times the plain one, something grows with the square.
 */
const mostTimesPlain = 12;

/** Groups of ten, as zones and drives have them. */
const declarations = Array.from({ length: signalCount }, (_, number): SignalDeclaration => ({
  id: `part${Math.floor(number / 10)}.signal${number % 10}`,
  title: `Signal ${number}`,
  direction: 'input',
  type: 'Double',
  unit: '°C',
  span: [-20, 400],
  decimals: 1,
  enabled: true,
  simulated: false,
}));

describe('a machine of 5,000 signals', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'tve-many-'));
  let ours: TestServer;
  let plain: OPCUAServer;

  before(async () => {
    ours = await startTestServer(
      {},
      {},
      { ...declaration, signals: new Map(declarations.map((signal) => [signal.id, signal])) },
    );
    plain = await startPlainServer(folder);
  });
  after(async () => {
    await ours.dispose();
    await plain.shutdown(0);
    rmSync(folder, { recursive: true, force: true });
  });

  it('is browsed whole in little more time than as many plain variables', async () => {
    const times = { ours: Number.POSITIVE_INFINITY, plain: Number.POSITIVE_INFINITY };
    // side by side, the better of each: what else the computer does meanwhile strikes both
    for (let round = 0; round < rounds; round++) {
      const whole = await browsedFrom(ours.endpointUrl, 's=machine');
      const bare = await browsedFrom(plain.getEndpointUrl(), 's=all');
      assert.ok(whole.variables >= signalCount, `${whole.variables} variables found`);
      assert.equal(bare.variables, signalCount);
      times.ours = Math.min(times.ours, whole.tookMs);
      times.plain = Math.min(times.plain, bare.tookMs);
    }
    console.log(
      `  browsed: ${signalCount} signals ${Math.round(times.ours)} ms, plain variables ${Math.round(times.plain)} ms`,
    );
    assert.ok(
      times.ours < mostTimesPlain * times.plain,
      `${(times.ours / times.plain).toFixed(1)} times the plain one`,
    );
  });
});

async function startPlainServer(pki: string): Promise<OPCUAServer> {
  const server = new OPCUAServer({
    port: 0,
    hostname: '127.0.0.1',
    nodeset_filename: [nodesets.standard],
    serverCertificateManager: new OPCUACertificateManager({
      rootFolder: pki,
      automaticallyAcceptUnknownCertificate: true,
    }),
    serverCapabilities: { operationLimits: { maxNodesPerBrowse: 2_000 } },
  });
  await server.initialize();
  const { addressSpace } = server.engine;
  assert.ok(addressSpace);
  const namespace = addressSpace.getOwnNamespace();
  const all = namespace.addObject({ nodeId: 's=all', browseName: 'All', organizedBy: addressSpace.rootFolder.objects });
  let group = all;
  for (const [number, { id }] of declarations.entries()) {
    if (number % 10 === 0) group = namespace.addObject({ browseName: `Part${number / 10}`, componentOf: all });
    namespace.addVariable({ nodeId: `s=${id}`, browseName: id, dataType: DataType.Double, componentOf: group });
  }
  await server.start();
  return server;
}

/** Everything below a node of the server's own namespace, level by level. */
async function browsedFrom(endpointUrl: string, root: string): Promise<{ variables: number; tookMs: number }> {
  const client = OPCUAClient.create({
    securityMode: MessageSecurityMode.None,
    securityPolicy: SecurityPolicy.None,
    endpointMustExist: false,
  });
  await client.connect(endpointUrl);
  try {
    const session = await client.createSession();
    const index = await indexOf(session, root);
    const startMs = performance.now();
    let variables = 0;
    let level = [`ns=${index};${root}`];
    const seen = new Set(level);
    while (level.length > 0) {
      const next: string[] = [];
      for (let at = 0; at < level.length; at += atOnce) {
        const results = await session.browse(level.slice(at, at + atOnce).map(below));
        for (const { references } of results)
          for (const { nodeId, nodeClass } of references ?? []) {
            const id = nodeId.toString();
            if (seen.has(id)) continue;
            seen.add(id);
            if (isVariable(nodeClass)) variables++;
            next.push(id);
          }
      }
      level = next;
    }
    return { variables, tookMs: performance.now() - startMs };
  } finally {
    await client.disconnect();
  }
}

/** References carry their class as a plain number. */
function isVariable(nodeClass: number): boolean {
  const variable: number = NodeClass.Variable;
  return nodeClass === variable;
}

function below(nodeId: string): BrowseDescriptionOptions {
  return {
    nodeId,
    browseDirection: BrowseDirection.Forward,
    referenceTypeId: 'HierarchicalReferences',
    includeSubtypes: true,
    nodeClassMask: 0,
    resultMask: 63,
  };
}

/** The namespace that has the node. */
async function indexOf(session: ClientSession, root: string): Promise<number> {
  const namespaces = await session.readNamespaceArray();
  for (const index of namespaces.keys()) {
    const { statusCode } = await session.read({ nodeId: `ns=${index};${root}`, attributeId: 1 });
    if (statusCode.isGood()) return index;
  }
  throw new Error(`no namespace has ${root}`);
}
