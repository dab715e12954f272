import assert from 'node:assert/strict';
import { AttributeIds, ClientSubscription, DataType, TimestampsToReturn, type Variant } from 'node-opcua';
import { constructEventFilter, ofType } from 'node-opcua';
import { modelUris } from '../../addressspace/companion/models.ts';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import { Clients } from '../addressspace/clients.ts';
import { need, nodesetsDir } from '../needs.ts';
import { startPlant, type Plant } from './plant.ts';
import { until } from './until.ts';

const zone = 'machine-TemperatureZones-TemperatureZone_001';

describe('The extruder of OPC 40084-3 on the whole plant', function () {
  this.timeout(120_000);
  const clients = new Clients();
  let plant: Plant;

  before(async function () {
    need(this, 'nodesets');
    plant = await startPlant({ env: { TVE_NODESETS: nodesetsDir } });
  });
  after(async () => {
    await clients.close();
    await plant?.stop();
  });

  it('takes a setpoint on its zone, and its logbook names who changed it, whichever way it came', async () => {
    const session = await clients.connect(plant.opcua, {
      user: 'engineer',
      password: plant.passwords.get('engineer') ?? '',
    });
    const uris = await session.readNamespaceArray();
    const index = uris.indexOf(namespaceUri);
    const plastics = uris.indexOf(modelUris.plastics);
    const subscription = ClientSubscription.create(session, {
      requestedPublishingInterval: 100,
      requestedMaxKeepAliveCount: 20,
      requestedLifetimeCount: 100,
      publishingEnabled: true,
    });
    const fields = ['ParameterId', 'OldValue', 'NewValue'].map((name) => `${plastics}:${name}`);
    const item = await subscription.monitor(
      { nodeId: `ns=${index};s=machine`, attributeId: AttributeIds.EventNotifier },
      {
        queueSize: 100,
        filter: constructEventFilter([...fields, `${plastics}:User.${plastics}:Id`], ofType(`ns=${plastics};i=1010`)),
      },
      TimestampsToReturn.Both,
    );
    const seen: unknown[][] = [];
    item.on('changed', (values: Variant[]) => seen.push(values.map(({ value }) => value as unknown)));

    const written = await session.write({
      nodeId: `ns=${index};s=${zone}-SetValue`,
      attributeId: AttributeIds.Value,
      value: { value: { dataType: DataType.Double, value: 190 } },
    });
    assert.equal(written.name, 'Good');
    assert.equal((await plant.signal('heater.zone1.setpoint')).value, 190);
    await plant.operator.put('/signals/heater.zone1.setpoint', { value: 195 });
    await until('the logbook has both', 10_000, () => seen.length >= 2);
    assert.deepEqual(seen, [
      ['heater.zone1.setpoint', 0, 190, 'engineer'],
      ['heater.zone1.setpoint', 190, 195, 'operator'],
    ]);
    const view = await session.read({ nodeId: `ns=${index};s=${zone}-SetValue` });
    assert.deepEqual([view.statusCode.name, view.value.value], ['Good', 195]);
    const actual = await session.read({ nodeId: `ns=${index};s=${zone}-ActualValue` });
    assert.equal(actual.statusCode.name, 'Good');
    const gains = await session.read({ nodeId: `ns=${index};s=${zone}-ClosedLoopControl-PIDParameters` });
    assert.equal(gains.statusCode.name, 'Good');
  });
});
