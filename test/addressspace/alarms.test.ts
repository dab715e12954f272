import assert from 'node:assert/strict';
import {
  AttributeIds,
  ClientMonitoredItem,
  type ClientSession,
  type ClientSubscription,
  type DataType,
  LocalizedText,
  NodeClass,
  ReferenceTypeIds,
  StatusCodes,
  TimestampsToReturn,
  resolveNodeId,
} from 'node-opcua';
import { eventIdOf } from '../../addressspace/event-id.ts';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import { type Told, Listener, subscriptionSettings } from './alarm-client.ts';
import { AlarmGate, AlarmPlant, now } from './alarm-plant.ts';
import { Clients, until } from './clients.ts';
import { type TestServer, startTestServer } from './plant.ts';

describe('OPC UA alarms', function () {
  this.timeout(20_000);
  const clients = new Clients();
  let plant: AlarmPlant;
  let server: TestServer;
  let session: ClientSession;
  let subscription: ClientSubscription;
  let index: number;

  before(async () => {
    plant = new AlarmPlant();
    server = await startTestServer({}, { machine: plant, gate: new AlarmGate(plant) });
    session = await clients.connectedAs(server.endpointUrl, 'otto');
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  beforeEach(async () => {
    subscription = await session.createSubscription2(subscriptionSettings);
  });
  afterEach(async () => {
    await subscription.terminate();
    plant.controlAlive = true;
    plant.comeToRest();
  });
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  async function read(node: string): Promise<unknown> {
    const { value, statusCode } = await session.read({
      nodeId: `ns=${index};s=${node}`,
      attributeId: AttributeIds.Value,
    });
    assert.equal(statusCode.name, 'Good', node);
    const content: unknown = value.value;
    return content instanceof LocalizedText ? content.text : content;
  }

  const listening = async (nodeId?: string): Promise<Listener> => new Listener(subscription, index, nodeId).ready();

  it('are one condition each, on the machine, which the Server notifies of', async () => {
    const references = async (nodeId: string, referenceTypeId: number): Promise<string[]> => {
      const { references: found } = await session.browse({
        nodeId,
        referenceTypeId: resolveNodeId(referenceTypeId),
        nodeClassMask: NodeClass.Object,
        resultMask: 63,
      });
      return (found ?? []).map(({ nodeId: id }) => id.toString());
    };
    const ids = plant.declaration.alarms.map(({ id }) => `ns=${index};s=alarm.${id}`);
    assert.deepEqual(await references(`ns=${index};s=machine`, ReferenceTypeIds.HasCondition), ids);
    assert.ok((await references('i=2253', ReferenceTypeIds.HasNotifier)).includes(`ns=${index};s=machine`));
    const notifier = await session.read({ nodeId: `ns=${index};s=machine`, attributeId: AttributeIds.EventNotifier });
    assert.equal(notifier.value.value, 1);
  });

  it('show at rest what they are about, and never a severity of 0', async () => {
    const shown = async (...names: string[]): Promise<unknown[]> =>
      Promise.all(names.map((name) => read(`alarm.MOTOR_WARM-${name}`)));
    assert.deepEqual(await shown('Message', 'Severity', 'Retain', 'ConditionName', 'SourceName', 'HelpText'), [
      'Main motor is warm',
      500,
      false,
      'MOTOR_WARM',
      'INTAREMA TVEmicro',
      'Mend it. The barrel stands.',
    ]);
    assert.deepEqual(
      await shown('EnabledState-Id', 'ActiveState-Id', 'AckedState-Id', 'ConfirmedState-Id', 'SuppressedOrShelved'),
      [true, false, true, true, false],
    );
    assert.deepEqual(
      await shown('OnDelay', 'OffDelay', 'MaxTimeShelved', 'HighLimit', 'LowLimit', 'HighDeadband', 'HighState-Id'),
      [2_000, 1_500, 480 * 60_000, 60, 5, 3, false],
    );
    assert.equal(await read('alarm.MOTOR_WARM-ShelvingState-CurrentState'), 'Unshelved');
    assert.equal(String(await read('alarm.MOTOR_WARM-InputNode')), `ns=${index};s=temperature.zone1`);
    for (const [id, severity] of [
      ['ESTOP', 900],
      ['AI1_COMMS_LOST', 700],
      ['DISK_LOW', 300],
    ]) {
      assert.equal(await read(`alarm.${id}-Severity`), severity);
    }
  });

  it('have a Good value of the declared type in every variable', async () => {
    plant.report(['ESTOP', true, { trips: true }]);
    const variables: string[] = [];
    const crawl = async (nodeId: string): Promise<void> => {
      const { references } = await session.browse({
        nodeId,
        referenceTypeId: 'Aggregates',
        includeSubtypes: true,
        resultMask: 63,
      });
      for (const { nodeId: child, nodeClass } of references ?? []) {
        if (NodeClass[nodeClass] === 'Variable') variables.push(child.toString());
        await crawl(child.toString());
      }
    };
    for (const node of ['alarm.ESTOP', 'alarm.MOTOR_WARM', 'alarms/metrics']) await crawl(`ns=${index};s=${node}`);
    assert.ok(variables.length > 120);
    const wrong: string[] = [];
    for (const nodeId of variables) {
      const { statusCode, value } = await session.read({ nodeId, attributeId: AttributeIds.Value });
      const builtIn: DataType = await session.getBuiltInDataType(resolveNodeId(nodeId));
      if (!statusCode.equals(StatusCodes.Good) || value.dataType !== builtIn)
        wrong.push(`${nodeId} ${statusCode.name} ${String(value)}`);
    }
    assert.deepEqual(wrong, []);
  });

  it('tell each entry of the journal once, in order, with the time of the machine', async () => {
    const onServer = await listening();
    const onMachine = await listening(`ns=${index};s=machine`);
    const from = plant.journal.length;
    plant.report(['PROBE_FAILED', true]);
    plant.report(['ESTOP', true, { trips: true }]);
    plant.report(['PROBE_FAILED', false]);
    const entries = plant.journal.slice(from);
    assert.deepEqual(
      entries.map(({ transition }) => transition),
      ['raised', 'raised', 'tripped', 'returned'],
    );
    for (const listener of [onServer, onMachine]) {
      await listener.first(entries.length);
      await read('machine.state').catch(() => undefined);
      assert.deepEqual(
        listener.told.map(({ ConditionName, Time, Message, OccurrenceId }) => [
          ConditionName,
          (Time as Date).getTime(),
          Message,
          OccurrenceId,
        ]),
        entries.map(({ atMs, occurrence }) => [
          occurrence.id,
          Math.floor(atMs),
          occurrence.explanation,
          occurrence.occurrenceId,
        ]),
      );
    }
    const ids = onServer.told.map(({ EventId }) => (EventId as Buffer).toString('hex'));
    assert.equal(new Set(ids).size, entries.length, 'each event has an id of its own');
    const historic = entries.map((entry) => eventIdOf(entry).toString('hex'));
    assert.deepEqual(ids, historic, 'and the same one in history');
  });

  it('tell what stands, what tripped first, what it latches, and what explains it', async () => {
    const listener = await listening();
    plant.report(['ESTOP', true, { trips: true }], ['AI1_COMMS_LOST', true]);
    plant.report(['PROBE_FAILED', true, { cause: 'AI1_COMMS_LOST' }]);
    await listener.first(4);
    const last = (name: string): Told => listener.told.findLast(({ ConditionName }) => ConditionName === name) as Told;
    const estop = last('ESTOP');
    assert.deepEqual(
      [estop['ActiveState.Id'], estop['AckedState.Id'], estop['LatchedState.Id'], estop.FirstInGroupFlag, estop.Trip],
      [true, false, true, true, true],
    );
    assert.deepEqual([estop.Retain, estop.Severity, String(estop.SourceNode)], [true, 900, `ns=${index};s=machine`]);
    assert.equal(String(estop.ConditionId), `ns=${index};s=alarm.ESTOP`);
    const probe = last('PROBE_FAILED');
    assert.deepEqual(
      [probe['SuppressedState.Id'], probe.SuppressedBy, probe.SuppressedOrShelved, probe.Retain],
      [true, 'AI1_COMMS_LOST', true, true],
    );
    assert.equal(last('AI1_COMMS_LOST').FirstInGroupFlag, false);
    for (const { id, ...is } of plant.alarms) {
      assert.deepEqual(
        [
          await read(`alarm.${id}-ActiveState-Id`),
          await read(`alarm.${id}-AckedState-Id`),
          await read(`alarm.${id}-LatchedState-Id`),
          await read(`alarm.${id}-SuppressedBy`),
          await read(`alarm.${id}-Message`),
        ],
        [is.active, is.acknowledged, is.latched, is.suppressedBy, is.explanation],
      );
    }
  });

  it('are no longer retained once they are gone and acknowledged, and rest', async () => {
    const listener = await listening();
    plant.report(['DISK_LOW', true]).report(['DISK_LOW', false]);
    plant.engine.acknowledge('DISK_LOW', undefined, { name: 'otto', comment: 'emptied' }, now());
    plant.publish();
    const told = await listener.first(3);
    assert.deepEqual(
      told.map((one) => [one['ActiveState.Id'], one['AckedState.Id'], one.Retain, one.Comment, one.ClientUserId]),
      [
        [true, false, true, null, null],
        [false, false, true, null, null],
        [false, true, false, 'emptied', 'otto'],
      ],
    );
    assert.deepEqual(
      [await read('alarm.DISK_LOW-Message'), await read('alarm.DISK_LOW-Retain')],
      ['Alarm DISK_LOW', false],
    );
  });

  it('that ring anew are another occurrence, without branches', async () => {
    const listener = await listening();
    plant.report(['ESTOP', true, { trips: true }]).report(['ESTOP', false]);
    plant.engine.clear(now(), { name: 'otto' });
    plant.publish();
    plant.report(['ESTOP', true, { trips: true }]);
    const told = await listener.first(7);
    assert.equal(new Set(told.map(({ OccurrenceId }) => OccurrenceId)).size, 2);
    assert.ok(told.every(({ BranchId }) => String(BranchId) === 'ns=0;i=0'));
    assert.deepEqual(
      told.map((one) => one.Retain),
      [true, true, true, true, false, true, true],
      'what was superseded is not retained',
    );
  });

  it('hold on a value that is not Good, and say so by their quality', async () => {
    const listener = await listening();
    plant.measure('temperature.zone1', 61);
    plant.report(['MOTOR_WARM', true, { value: 61 }]);
    assert.equal(plant.of('MOTOR_WARM'), undefined, 'its delay runs');
    await new Promise((resolve) => setTimeout(resolve, 2_050));
    plant.settle();
    await listener.first(1);
    assert.equal(await read('alarm.MOTOR_WARM-HighState-Id'), true);
    assert.equal(await read('alarm.MOTOR_WARM-LowState-Id'), false);
    plant.measure('temperature.zone1', null, 'BadSensorFailure');
    plant.report(['MOTOR_WARM', null]);
    assert.equal(await read('alarm.MOTOR_WARM-ActiveState-Id'), true);
    assert.equal(String(await read('alarm.MOTOR_WARM-Quality')).split(' ')[0], 'BadSensorFailure');
    plant.loseControl();
    assert.equal(String(await read('alarm.MOTOR_WARM-Quality')).split(' ')[0], 'BadCommunicationError');
    assert.equal(String(await read('alarm.PROBE_FAILED-Quality')).split(' ')[0], 'BadCommunicationError');
    assert.equal(String(await read('alarm.DISK_LOW-Quality')).split(' ')[0], 'Good', 'the gateway knows its own');
    assert.equal(await read('alarm.MOTOR_WARM-ActiveState-Id'), true);
    assert.equal(listener.told.length, 1, 'no event comes of it');
    plant.report(['MOTOR_WARM', false]);
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    plant.settle();
  });

  it('send nothing else to who monitors the Server', async () => {
    const listener = await listening();
    plant.report(['DISK_LOW', true]).report(['DISK_LOW', false]);
    await listener.first(2);
    await until('a read', async () => (await read('alarm.DISK_LOW-ActiveState-Id')) === false);
    assert.deepEqual(
      listener.told.map(({ ConditionName, Message }) => [ConditionName, typeof Message]),
      [
        ['DISK_LOW', 'string'],
        ['DISK_LOW', 'string'],
      ],
    );
  });

  it('tell a change of a state to who monitors its variable', async () => {
    const seen: unknown[] = [];
    const item = ClientMonitoredItem.create(
      subscription,
      { nodeId: `ns=${index};s=alarm.DISK_LOW-ActiveState-Id`, attributeId: AttributeIds.Value },
      { samplingInterval: 0, queueSize: 10 },
      TimestampsToReturn.Both,
    );
    item.on('changed', (dataValue) => seen.push((dataValue as { value: { value: unknown } }).value.value));
    await until('the first value', () => seen.length > 0);
    plant.report(['DISK_LOW', true]).report(['DISK_LOW', false]);
    await until('its changes', () => seen.length >= 3);
    assert.deepEqual(seen, [false, true, false]);
  });

  it('have a metric of how often operators were called', async () => {
    const before = Number(await read('alarms/metrics-AlarmCount'));
    plant.report(['DISK_LOW', true], ['PROBE_FAILED', true]);
    assert.equal(await read('alarms/metrics-AlarmCount'), before + 2);
    assert.ok(Number(await read('alarms/metrics-CurrentAlarmRate')) >= 2);
    assert.equal(await read('alarms/metrics-CurrentAlarmRate-Rate'), 10);
    plant.report(['DISK_LOW', false]);
    const { clearedAtMs, raisedAtMs = 0 } = plant.of('DISK_LOW') ?? {};
    assert.ok(Number(await read('alarms/metrics-MaximumActiveState')) >= (clearedAtMs ?? Infinity) - raisedAtMs);
    assert.ok(Number(await read('alarms/metrics-MaximumUnAck')) > 0);
  });
});
