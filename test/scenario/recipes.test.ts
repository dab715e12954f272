import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DataType, Variant } from 'node-opcua';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import { Clients } from '../addressspace/clients.ts';
import { killServer, startPlant, type Plant } from './plant.ts';
import { until } from './until.ts';

interface LoadedMachine {
  readonly state: string;
  readonly recipe: string | null;
  readonly recipeVersion: number | null;
  readonly recipeModified: boolean;
}

interface Preview {
  readonly changes: readonly { readonly path: string; readonly to: number }[];
  readonly reasons: readonly { readonly code: string }[];
}

interface AuditPage {
  readonly items: readonly {
    readonly action: string;
    readonly actor: string;
    readonly origin: string;
    readonly result: string;
    readonly args: Readonly<Record<string, unknown>>;
    readonly before: unknown;
    readonly after: unknown;
    readonly reasons: readonly { readonly code: string }[];
  }[];
}

const pet = {
  zones: { zone1: { setpointC: 250, minimumC: 220, gains: { kp: 4, ki: 0.05, kd: 12 } }, zone2: { setpointC: 255 } },
  drives: { main: { speedRpm: 900, maximumRpm: 1_000 } },
};

describe('recipes on the whole plant', function () {
  this.timeout(200_000);
  const clients = new Clients();
  let dataDir: string;
  let plant: Plant;

  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'tve-recipes-'));
    plant = await startPlant({ dataDir });
  });
  after(async () => {
    await clients.close();
    await plant.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const loadedMachine = async (): Promise<LoadedMachine> => (await plant.operator.get<LoadedMachine>('/machine')).body;

  async function callLoadRecipe(user: string, name: string): Promise<readonly unknown[]> {
    const session = await clients.connect(plant.opcua, { user, password: plant.passwords.get(user) ?? '' });
    const index = (await session.readNamespaceArray()).indexOf(namespaceUri);
    const { statusCode, outputArguments } = await session.call({
      objectId: `ns=${index};s=machine`,
      methodId: `ns=${index};s=method.loadRecipe`,
      inputArguments: [new Variant({ dataType: DataType.String, value: name })],
    });
    await session.close();
    return [statusCode.name, ...(outputArguments ?? []).map(({ value }) => value as unknown)];
  }

  it('are saved by an engineer, looked at, and loaded by an operator', async () => {
    assert.equal((await plant.engineer.post('/recipes', { name: 'PET', ...pet })).status, 201);
    assert.equal((await plant.operator.post('/recipes', { name: 'PP' })).status, 403);
    const { body } = await plant.operator.post<Preview>('/recipes/PET/preview');
    assert.deepEqual(body.reasons, []);
    assert.equal((await plant.operator.post('/recipes/PET/load')).status, 200);
    for (const { path: changed, to } of body.changes.filter(({ path: each }) => each.endsWith('setpointC'))) {
      const [, zone] = changed.split('.');
      assert.equal((await plant.signal(`heater.${zone}.setpoint`)).value, to);
    }
    assert.equal((await plant.signal('motor.main.setpoint')).value, 900);
    assert.equal((await plant.operator.put('/signals/motor.main.setpoint', { value: 1_001 })).status, 422);
    const { recipe, recipeVersion, recipeModified } = await loadedMachine();
    assert.deepEqual([recipe, recipeVersion, recipeModified], ['PET', 1, false]);
    const again = await plant.operator.post<Preview>('/recipes/PET/preview');
    assert.deepEqual(again.body.changes, [], 'what is in force already changes nothing');
  });

  it('are loaded by OPC UA through the same gate, and leave the same audit', async () => {
    assert.deepEqual(await callLoadRecipe('operator', 'pet'), ['Good', true, []]);
    assert.deepEqual(await callLoadRecipe('operator', 'PVC'), ['Good', false, ['UNKNOWN_RECIPE']]);
    assert.equal((await plant.operator.post('/recipes/PVC/load')).status, 404);
    const { body } = await plant.admin.get<AuditPage>('/audit?action=loadRecipe');
    assert.deepEqual(
      body.items.map(({ actor, origin, args, before, after, result }) => [
        actor,
        origin,
        args['recipe'],
        args['version'] ?? null,
        before,
        after,
        result,
      ]),
      [
        ['operator', 'rest', 'PVC', null, null, null, 'refused'],
        ['operator', 'opcua', 'PVC', null, null, null, 'refused'],
        ['operator', 'opcua', 'PET', 1, 'PET 1', 'PET 1', 'accepted'],
        ['operator', 'rest', 'PET', 1, null, 'PET 1', 'accepted'],
      ],
    );
    assert.deepEqual(JSON.parse(String(body.items[3]?.args['content'])), pet);
    assert.deepEqual(body.items[0]?.reasons, body.items[1]?.reasons);
  });

  it('stay in force over a power cut of the server', async () => {
    assert.equal((await plant.operator.put('/signals/motor.main.setpoint', { value: 800 })).status, 200);
    await until('the change is told', 5_000, async () => (await loadedMachine()).recipeModified);
    await killServer(plant.server);
    await plant.simulator.end();
    plant = await startPlant({ dataDir });
    const { recipe, recipeVersion, recipeModified } = await loadedMachine();
    assert.deepEqual([recipe, recipeVersion, recipeModified], ['PET', 1, true]);
    assert.equal((await plant.operator.put('/signals/motor.main.setpoint', { value: 1_001 })).status, 422);
    const { body } = await plant.operator.post<Preview>('/recipes/PET/preview');
    assert.deepEqual(
      body.changes.map(({ path: changed, to }) => [changed, to]),
      [['drives.main.speedRpm', 900]],
    );
  });
});
