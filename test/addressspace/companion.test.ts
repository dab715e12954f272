import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AttributeIds, BrowseDirection, type ClientSession } from 'node-opcua';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import type { MachineMode, MachineState } from '../../machine/control/state.ts';
import { factoryMachine } from '../machine/factory.ts';
import { Clients } from './clients.ts';
import { Crawler } from './crawl.ts';
import { bringToLife, driveSignal, setState } from './extruder-plant.ts';
import { type TestServer, startTestServer } from './plant.ts';

describe('OPC 40001-1, which needs no further nodesets', function () {
  this.timeout(20_000);
  const clients = new Clients();
  const absent = join(tmpdir(), 'tve-no-such-nodesets');
  let server: TestServer;
  let complaints: object[];
  let session: ClientSession;
  let index: number;

  before(async () => {
    server = await startTestServer({ nodesetsDir: absent }, {}, factoryMachine());
    complaints = server.said.filter(({ level }) => level !== 'info');
    session = await clients.connectedAs(server.endpointUrl, null);
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  beforeEach(() => bringToLife(server.plant));
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  const blocks = 'machine-MachineryBuildingBlocks';
  const read = async (id: string): Promise<unknown> => {
    const { value, statusCode } = await session.read({
      nodeId: `ns=${index};s=${id}`,
      attributeId: AttributeIds.Value,
    });
    return statusCode.name === 'Good' ? (value.value?.text ?? value.value) : statusCode.name;
  };
  const childrenOf = async (id: string): Promise<string[]> => {
    const { references } = await session.browse({
      nodeId: `ns=${index};s=${id}`,
      referenceTypeId: 'Aggregates',
      includeSubtypes: true,
      browseDirection: BrowseDirection.Forward,
      resultMask: 63,
    });
    return references?.map(({ browseName }) => browseName.name ?? '') ?? [];
  };

  it('starts without a word of complaint when the folder of nodesets is not there', () => {
    assert.deepEqual(complaints, []);
  });

  it('has the building blocks at the machine, complete and Good', async () => {
    assert.deepEqual(await childrenOf(blocks), ['Identification', 'MachineryItemState', 'MachineryOperationMode']);
    const { missing, notGood } = await new Crawler(session).crawl(`ns=${index};s=${blocks}-MachineryItemState`);
    assert.deepEqual([missing, notGood], [[], []]);
    assert.equal(await read('machine-Identification-Location'), 'factory');
    assert.equal(await read('machine-Identification-ComponentName'), 'INTAREMA TVEmicro');
  });

  it('lists zones, drives and modules as components, and invents no manufacturer for them', async () => {
    assert.deepEqual(await childrenOf('machine-Components'), [
      ...['zone1', 'zone2'].map((id) => `Zone_${id}`),
      ...['main', 'feed'].map((id) => `Drive_${id}`),
      ...['ai1', 'drive1', 'drive2', 'dio1', 'ssr1'].map((id) => `Module_${id}`),
    ]);
    const plate = 'machine-Components-Module_ai1-Identification';
    assert.equal(await read(`${plate}-DeviceClass`), 'Simulated I/O module');
    assert.equal(await read(`${plate}-SerialNumber`), null);
    const { value } = await session.read({ nodeId: `ns=${index};s=${plate}-Manufacturer` });
    assert.equal(value.value.text ?? null, null);
  });

  for (const [state, mode, itemState, operationMode] of [
    ['IDLE', 'AUTO', 'NotExecuting', 'Processing'],
    ['HEATING', 'AUTO', 'Executing', 'Processing'],
    ['READY', 'MANUAL', 'Executing', 'Maintenance'],
    ['RUNNING', 'AUTO', 'Executing', 'Processing'],
    ['STOPPING', 'AUTO', 'Executing', 'Processing'],
    ['ALARM', 'AUTO', 'OutOfService', 'Processing'],
  ] as const satisfies readonly [MachineState, MachineMode, string, string][]) {
    it(`is ${itemState} and ${operationMode} in ${state}, ${mode}`, async () => {
      setState(server.plant, state, mode);
      assert.equal(await read(`${blocks}-MachineryItemState-CurrentState`), itemState);
      assert.equal(await read(`${blocks}-MachineryOperationMode-CurrentState`), operationMode);
    });
  }

  it('is Executing when a drive turns in MANUAL with the heating off', async () => {
    setState(server.plant, 'IDLE', 'MANUAL');
    server.plant.measure(driveSignal(server.plant.declaration, 'main', 'running'), true);
    assert.equal(await read(`${blocks}-MachineryItemState-CurrentState`), 'Executing');
  });

  it('names the state and the last transition by nodes of its type', async () => {
    setState(server.plant, 'IDLE');
    setState(server.plant, 'ALARM');
    setState(server.plant, 'IDLE');
    const stateMachine = `${blocks}-MachineryItemState`;
    assert.equal(await read(`${stateMachine}-LastTransition`), 'FromOutOfServiceToNotExecuting');
    for (const [node, name] of [
      ['CurrentState-Id', 'NotExecuting'],
      ['LastTransition-Id', 'FromOutOfServiceToNotExecuting'],
    ]) {
      const { value } = await session.read({ nodeId: `ns=${index};s=${stateMachine}-${node}` });
      const named = await session.read({ nodeId: value.value, attributeId: AttributeIds.BrowseName });
      assert.equal(named.value.value.name, name);
    }
  });

  it('is NotAvailable, in no mode, when the control process is lost', async () => {
    setState(server.plant, 'RUNNING');
    server.plant.loseControl();
    assert.equal(await read(`${blocks}-MachineryItemState-CurrentState`), 'NotAvailable');
    assert.equal(await read(`${blocks}-MachineryOperationMode-CurrentState`), 'None');
    assert.equal(await read(`${blocks}-MachineryItemState-LastTransition`), 'FromExecutingToNotAvailable');
  });

  it('stays at that when the folder of nodesets has no extruder in it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tve-nodesets-'));
    const other = await startTestServer({ nodesetsDir: folder }, {}, factoryMachine());
    const seen = await clients.connectedAs(other.endpointUrl, null);
    const uris = await seen.readNamespaceArray();
    await other.dispose();
    rmSync(folder, { recursive: true });
    assert.ok(!uris.some((uri) => uri.includes('PlasticsRubber')));
  });
});
