import assert from 'node:assert/strict';
import { AttributeIds, type ClientSession, DataType, LocalizedText } from 'node-opcua';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import { Listener, called, subscriptionSettings, type Told } from '../addressspace/alarm-client.ts';
import { Clients } from '../addressspace/clients.ts';
import { freePort } from '../free-port.ts';
import { startPlant, type Plant } from './plant.ts';
import { until } from './until.ts';

interface JournalPage {
  readonly items: readonly {
    readonly id: string;
    readonly at: string;
    readonly transition: string;
    readonly occurrenceId: string;
    readonly actor: string | null;
    readonly station: string | null;
    readonly comment: string | null;
    readonly active: boolean;
  }[];
}

interface AuditPage {
  readonly items: readonly { readonly action: string; readonly actor: string; readonly origin: string }[];
}

async function listening(session: ClientSession): Promise<{ listener: Listener; index: number; subscription: number }> {
  const index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  const subscription = await session.createSubscription2(subscriptionSettings);
  const listener = await new Listener(subscription, index).ready();
  return { listener, index, subscription: subscription.subscriptionId };
}

function known({ OccurrenceId, ...told }: Told): unknown[] {
  return [OccurrenceId, told['ActiveState.Id'], (told.Time as Date).toISOString(), told.ClientUserId];
}

describe('OPC UA alarms of the whole plant', function () {
  this.timeout(200_000);
  const clients = new Clients();
  let plant: Plant;

  before(async () => {
    // the same doors after a restart of the gateway
    const env = { TVE_OPCUA_PORT: String(await freePort()), TVE_HTTP_PORT: String(await freePort()) };
    plant = await startPlant({ env });
  });
  after(async () => {
    await clients.close();
    await plant?.stop();
  });

  const connect = async (user: string): Promise<ClientSession> =>
    clients.connect(plant.opcua, { user, password: plant.passwords.get(user) ?? '' });

  const journalOf = async (id: string): Promise<JournalPage['items']> =>
    (await plant.operator.get<JournalPage>(`/alarms/journal?limit=100&id=${id}`)).body.items.toReversed();

  it('tell each entry of the journal once, and their methods leave the same trace as REST', async () => {
    const session = await connect('operator');
    const { listener, index } = await listening(session);
    const pressed = await plant.fault('safety.estopClosed', 'estop');
    await until('the trip is told', 20_000, () =>
      listener.told.some(({ ConditionName, Trip }) => ConditionName === 'ESTOP' && Trip === true),
    );
    const trip = listener.told.findLast(({ ConditionName }) => ConditionName === 'ESTOP');
    const address = [`ns=${index};s=alarm.ESTOP`, `ns=${index};s=alarm.ESTOP-Acknowledge`] as const;
    const comment = [DataType.LocalizedText, new LocalizedText('pressed by me')] as const;
    assert.equal(await called(session, ...address, [DataType.ByteString, trip?.EventId], comment), 'Good');
    await plant.repair(pressed);
    await until(
      'its end is told',
      20_000,
      () =>
        listener.told.at(-1)?.ConditionName !== undefined &&
        listener.told.some((one) => one.ConditionName === 'ESTOP' && one['ActiveState.Id'] === false),
    );
    const entries = await journalOf('ESTOP');
    assert.deepEqual(
      listener.told.filter(({ ConditionName }) => ConditionName === 'ESTOP').map(known),
      entries.map(({ occurrenceId, active, at }, place) => [
        occurrenceId,
        active,
        at,
        entries.slice(0, place + 1).findLast(({ actor }) => actor !== null)?.actor ?? null,
      ]),
    );
    const acknowledged = entries.find(({ transition }) => transition === 'acknowledged');
    assert.deepEqual([acknowledged?.actor, acknowledged?.comment], ['operator', 'pressed by me']);
    const { body } = await plant.admin.get<AuditPage>('/audit?limit=20');
    const [entry] = body.items.filter(({ action }) => action === 'acknowledge');
    assert.deepEqual([entry?.actor, entry?.origin], ['operator', 'opcua']);
  });

  it('stand after a restart of the gateway as the machine has them, and what is old is not told anew', async () => {
    process.kill(plant.pid('gateway'), 'SIGKILL');
    const { value: session } = await until('the OPC UA server is back', 90_000, () =>
      connect('operator').catch(() => null),
    );
    const { listener, index, subscription } = await listening(session);
    const { value: standing } = await until('REST is back', 60_000, async () => {
      const alarms = await plant.alarms().catch(() => null);
      return alarms !== null && alarms.some(({ id }) => id === 'ESTOP') ? alarms : null;
    });
    for (const { id, active, acknowledged, latched, explanation } of standing) {
      const read = async (name: string): Promise<unknown> => {
        const nodeId = `ns=${index};s=alarm.${id}-${name}`;
        const content: unknown = (await session.read({ nodeId, attributeId: AttributeIds.Value })).value.value;
        return content instanceof LocalizedText ? content.text : content;
      };
      const names = ['ActiveState-Id', 'AckedState-Id', 'LatchedState-Id', 'Message', 'Retain'];
      const shown = await Promise.all(names.map(read));
      assert.deepEqual(shown, [active, acknowledged, latched, explanation, true], id);
    }
    assert.deepEqual(
      listener.told.filter(({ ConditionName }) => ConditionName === 'ESTOP'),
      [],
    );
    assert.equal(await called(session, 'i=2782', 'i=3875', [DataType.UInt32, subscription]), 'Good');
    await until('the refresh', 20_000, () => listener.told.some(({ ConditionName }) => ConditionName === 'ESTOP'));
  });

  it('tell at once that the control process is lost, and that it is back', async () => {
    const session = await connect('operator');
    const { listener } = await listening(session);
    const lost = (): readonly Told[] => listener.told.filter(({ ConditionName }) => ConditionName === 'CONTROL_LOST');
    process.kill(plant.pid('control'), 'SIGKILL');
    await until('CONTROL_LOST is told', 20_000, () => lost().some((one) => one['ActiveState.Id'] === true));
    await until('its end is told', 60_000, () => lost().some((one) => one['ActiveState.Id'] === false));
  });
});
