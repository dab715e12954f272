import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import { factoryMachine } from '../machine/factory.ts';
import { need, nodesetsDir } from '../needs.ts';
import { Clients } from './clients.ts';
import { bringToLife } from './extruder-plant.ts';
import { type TestServer, startTestServer } from './plant.ts';

const extruderFile = 'Opc.Ua.PlasticsRubber.Extrusion_v2.Extruder.NodeSet2.xml';
const plasticsFile = 'Opc.Ua.PlasticsRubber.GeneralTypes.NodeSet2.xml';

describe('Nodesets of OPC 40083 and OPC 40084', function () {
  this.timeout(30_000);
  const clients = new Clients();
  let folder: string;
  let images: string;

  before(function () {
    need(this, 'nodesets');
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tve-nodesets-'));
    images = mkdtempSync(join(tmpdir(), 'tve-images-'));
    cpSync(nodesetsDir ?? '', folder, { recursive: true });
  });
  afterEach(() => {
    for (const each of [folder, images]) rmSync(each, { recursive: true, force: true });
  });
  after(() => clients.close());

  function change(file: string, how: (text: string) => string): void {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    const changed = how(text);
    assert.notEqual(changed, text);
    rmSync(path);
    writeFileSync(path, changed);
  }

  const start = (): Promise<TestServer> =>
    startTestServer({ nodesetsDir: folder, nodesetImagesDir: images }, {}, factoryMachine());

  async function isExtruder({ endpointUrl, plant }: TestServer): Promise<boolean> {
    bringToLife(plant);
    const session = await clients.connectedAs(endpointUrl, null);
    const index = (await session.readNamespaceArray()).indexOf(namespaceUri);
    const read = (id: string) => session.read({ nodeId: `ns=${index};s=${id}` });
    const state = await read('machine-MachineryBuildingBlocks-MachineryItemState-CurrentState');
    assert.equal(state.value.value.text, 'NotExecuting');
    assert.equal((await read('temperature.zone1')).value.value, 199);
    const zone = await read('machine-TemperatureZones-TemperatureZone_001-ActualValue');
    await session.close();
    return zone.statusCode.name === 'Good';
  }

  for (const [what, file, damage] of [
    ['lacks its last lines', plasticsFile, (text) => text.slice(0, text.lastIndexOf('<UAVariable'))],
    ['is no XML', extruderFile, () => 'not found'],
    ['has nonsense for nodes', plasticsFile, (text) => text.replace('<UAObjectType', '<UAObjectType>><')],
    ['is older than the others want it', plasticsFile, (text) => text.replace('Version="1.03"', 'Version="1.02"')],
    ['lacks the type that it is for', extruderFile, (text) => text.replaceAll('Extruder_InterfaceType', 'OtherType')],
    ['lacks a part of its type', extruderFile, (text) => text.replaceAll('"1:MainDrive"', '"1:OtherDrive"')],
  ] as const satisfies readonly (readonly [string, string, (text: string) => string])[]) {
    it(`leave the machine served by OPC 40001-1 when one ${what}, and the log names it`, async () => {
      change(file, damage);
      const server = await start();
      try {
        assert.equal(await isExtruder(server), false);
      } finally {
        await server.dispose();
      }
      const complaints = server.said.filter(({ level }) => level !== 'info').map((said) => JSON.stringify(said));
      assert.ok(
        complaints.some((complaint) => complaint.includes(file)),
        complaints.join('\n'),
      );
    });
  }

  it('are not used without one that they require, and the log names what is missing', async () => {
    rmSync(join(folder, plasticsFile));
    const server = await start();
    try {
      assert.equal(await isExtruder(server), false);
    } finally {
      await server.dispose();
    }
    assert.match(JSON.stringify(server.said), /PlasticsRubber\/GeneralTypes\/ 1\.03/);
  });

  it('are parsed once and replayed from their images after that, which lie in the data directory', async () => {
    const before = readdirSync(folder);
    await (await start()).dispose();
    assert.deepEqual(readdirSync(folder), before);
    const made = readdirSync(images);
    assert.equal(made.length, 3);
    const times = (): number[] => made.map((name) => statSync(join(images, name)).mtimeMs);
    const firstTimes = times();
    const again = await start();
    try {
      assert.equal(await isExtruder(again), true);
    } finally {
      await again.dispose();
    }
    assert.deepEqual(times(), firstTimes);
  });

  it('are parsed anew when their images are broken', async () => {
    await (await start()).dispose();
    for (const name of readdirSync(images)) writeFileSync(join(images, name), 'broken', { mode: 0o600 });
    const again = await start();
    try {
      assert.equal(await isExtruder(again), true);
    } finally {
      await again.dispose();
    }
  });

  it('are used all the same when no image can be kept', async () => {
    rmSync(images, { recursive: true });
    writeFileSync(images, 'a file where the folder should be');
    const server = await start();
    try {
      assert.equal(await isExtruder(server), true);
    } finally {
      await server.dispose();
    }
  });
});
