import assert from 'node:assert/strict';
import { AttributeIds, type ClientSession, type ClientSubscription, DataType, LocalizedText } from 'node-opcua';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import { Listener, called, subscriptionSettings } from './alarm-client.ts';
import { AlarmGate, AlarmPlant } from './alarm-plant.ts';
import { Clients, until } from './clients.ts';
import { type TestServer, startTestServer } from './plant.ts';

const words = (text: string | null): readonly [DataType, unknown] => [
  DataType.LocalizedText,
  new LocalizedText(text === null ? null : { text, locale: 'en' }),
];
const eventId = (id: unknown): readonly [DataType, unknown] => [DataType.ByteString, id];
const duration = (ms: number): readonly [DataType, unknown] => [DataType.Double, ms];

async function may(session: ClientSession, nodeId: string): Promise<unknown> {
  return (await session.read({ nodeId, attributeId: AttributeIds.UserExecutable })).value.value;
}

/** Methods of the standard types, by their numbers. */
const standard = {
  Acknowledge: 'i=9111',
  Confirm: 'i=9113',
  AddComment: 'i=9029',
  Enable: 'i=9027',
  Disable: 'i=9028',
  TimedShelve: 'i=2949',
  Unshelve: 'i=2947',
  OneShotShelve: 'i=2948',
  alarmTimedShelve: 'i=9213',
  alarmUnshelve: 'i=9211',
  Suppress: 'i=16403',
  Silence: 'i=16402',
  Reset: 'i=18199',
} as const;

describe('OPC UA methods of alarms', function () {
  this.timeout(20_000);
  const clients = new Clients();
  let plant: AlarmPlant;
  let gate: AlarmGate;
  let server: TestServer;
  let operator: ClientSession;
  let engineer: ClientSession;
  let observer: ClientSession;
  let subscription: ClientSubscription;
  let listener: Listener;
  let index: number;

  before(async () => {
    plant = new AlarmPlant();
    gate = new AlarmGate(plant);
    server = await startTestServer({}, { machine: plant, gate });
    operator = await clients.connectedAs(server.endpointUrl, 'otto');
    engineer = await clients.connectedAs(server.endpointUrl, 'erna');
    observer = await clients.connectedAs(server.endpointUrl, 'olga');
    index = (await operator.readNamespaceArray()).indexOf(namespaceUri);
  });
  beforeEach(async () => {
    gate.requests.length = 0;
    subscription = await operator.createSubscription2(subscriptionSettings);
    listener = await new Listener(subscription, index).ready();
  });
  afterEach(async () => {
    await subscription.terminate();
    plant.comeToRest();
  });
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  const condition = (alarm: string): string => `ns=${index};s=alarm.${alarm}`;
  const shelf = (alarm: string): string => `${condition(alarm)}-ShelvingState`;

  async function read(node: string): Promise<unknown> {
    const { value } = await operator.read({ nodeId: `ns=${index};s=${node}`, attributeId: AttributeIds.Value });
    const content: unknown = value.value;
    return content instanceof LocalizedText ? content.text : content;
  }

  /** Lets an alarm ring. @returns the id of the event that told it */
  async function ring(alarm: string): Promise<unknown> {
    const before = listener.told.length;
    plant.report([alarm, true]);
    await until(`${alarm} is told`, () => listener.told.length > before);
    return listener.told.at(-1)?.EventId;
  }

  const own = (alarm: string, method: string): [string, string] => [condition(alarm), `${condition(alarm)}-${method}`];
  const ownShelf = (alarm: string, method: string): [string, string] => [shelf(alarm), `${shelf(alarm)}-${method}`];
  const ofType = (alarm: string, method: keyof typeof standard): [string, string] => [
    condition(alarm),
    standard[method],
  ];

  it('acknowledge one occurrence through the gate, with who, from where and what was said', async () => {
    for (const [alarm, address] of [
      ['DISK_LOW', own('DISK_LOW', 'Acknowledge')],
      ['PROBE_FAILED', ofType('PROBE_FAILED', 'Acknowledge')],
    ] as const) {
      const id = await ring(alarm);
      const occurrenceId = plant.of(alarm)?.occurrenceId;
      assert.equal(await called(operator, ...address, eventId(id), words('seen')), 'Good');
      assert.equal(plant.of(alarm)?.state, 'acknowledged');
      assert.equal(await read(`alarm.${alarm}-AckedState-Id`), true, 'told when it is answered');
      const { action, origin, principal, station } = gate.requests.at(-1) ?? assert.fail();
      assert.deepEqual(action, { name: 'acknowledge', alarm, occurrenceId, comment: 'seen' });
      assert.deepEqual([origin, principal.name], ['opcua', 'otto']);
      assert.match(station ?? '', /@ .*127\.0\.0\.1/u);
      await until(
        'the event',
        () => listener.told.at(-1)?.ConditionName === alarm && listener.told.at(-1)?.['AckedState.Id'] === true,
      );
      const told = listener.told.at(-1) ?? assert.fail();
      assert.deepEqual([told.Comment, told.ClientUserId, told.Retain], ['seen', 'otto', true]);
    }
  });

  it('refuse an acknowledgement that was given already, or by the id of no event or of another alarm’s', async () => {
    const id = await ring('DISK_LOW');
    const other = await ring('PROBE_FAILED');
    const acknowledge = own('DISK_LOW', 'Acknowledge');
    for (const unknown of [Buffer.from('no such event'), null, other]) {
      assert.equal(await called(operator, ...acknowledge, eventId(unknown), words('x')), 'BadEventIdUnknown');
    }
    assert.equal(await called(observer, ...acknowledge, eventId(id), words('x')), 'BadUserAccessDenied');
    assert.equal(await called(observer, ...acknowledge, eventId(other), words('x')), 'BadUserAccessDenied');
    assert.equal(plant.of('DISK_LOW')?.state, 'unacknowledged');
    assert.equal(await called(operator, ...acknowledge, eventId(id), words(null)), 'Good');
    assert.equal(await called(operator, ...acknowledge, eventId(id), words(null)), 'BadConditionBranchAlreadyAcked');
    plant.report(['DISK_LOW', false]);
    assert.equal(plant.of('DISK_LOW'), undefined);
    assert.equal(await called(operator, ...acknowledge, eventId(id), words(null)), 'BadConditionBranchAlreadyAcked');
  });

  it('refuse the id of an event before the trip, and of an occurrence before this one', async () => {
    const warning = await ring('ESTOP');
    plant.report(['ESTOP', true, { trips: true }]);
    const acknowledge = own('ESTOP', 'Acknowledge');
    assert.equal(await called(operator, ...acknowledge, eventId(warning), words('')), 'BadEventIdUnknown');
    const trip = (await listener.first(2)).at(-1)?.EventId;
    plant.report(['ESTOP', false]);
    plant.engine.clear({ monotonicMs: performance.now(), wallMs: Date.now() }, { name: 'otto' });
    plant.publish().report(['ESTOP', true]);
    assert.equal(await called(operator, ...acknowledge, eventId(trip), words('')), 'BadEventIdUnknown');
    assert.equal(plant.of('ESTOP')?.acknowledged, false);
    const present = (await listener.first(6)).at(-1)?.EventId;
    assert.equal(await called(operator, ...acknowledge, eventId(present), words('')), 'Good');
  });

  it('take any event of the occurrence as it stands, not only the last', async () => {
    const rang = await ring('DISK_LOW');
    plant.report(['DISK_LOW', false]);
    assert.equal(await called(operator, ...own('DISK_LOW', 'Acknowledge'), eventId(rang), words('')), 'Good');
    assert.equal(plant.of('DISK_LOW'), undefined);
  });

  it('comment in the journal, by its words alone', async () => {
    const id = await ring('DISK_LOW');
    for (const address of [own('DISK_LOW', 'AddComment'), ofType('DISK_LOW', 'AddComment')]) {
      assert.equal(await called(operator, ...address, eventId(id), words('the fan was blocked')), 'Good');
    }
    const entry = plant.journal.at(-1);
    assert.deepEqual([entry?.transition, entry?.comment, entry?.actor], ['commented', 'the fan was blocked', 'otto']);
    const told = (await listener.first(3)).at(-1);
    assert.deepEqual([told?.Comment, told?.['AckedState.Id']], ['the fan was blocked', false]);
    const [object, method] = own('DISK_LOW', 'AddComment');
    assert.equal(await called(operator, object, method, eventId(Buffer.from('x')), words('y')), 'BadEventIdUnknown');
    assert.equal(await called(operator, object, method, eventId(id), words('')), 'BadInvalidArgument');
    assert.equal(await called(operator, object, method, eventId(id), words('x'.repeat(1_001))), 'BadInvalidArgument');
    assert.equal(await called(observer, object, method, eventId(id), words('y')), 'BadUserAccessDenied');
  });

  it('confirm nothing: there is no confirmation that is missing', async () => {
    const id = await ring('DISK_LOW');
    for (const address of [own('DISK_LOW', 'Confirm'), ofType('DISK_LOW', 'Confirm')]) {
      const status = await called(operator, ...address, eventId(id), words(''));
      assert.equal(status, 'BadConditionBranchAlreadyConfirmed');
    }
    assert.equal(await called(operator, ...own('DISK_LOW', 'Confirm'), eventId(null), words('')), 'BadEventIdUnknown');
    assert.equal(await called(observer, ...own('DISK_LOW', 'Confirm'), eventId(id), words('')), 'BadUserAccessDenied');
    assert.equal(plant.of('DISK_LOW')?.state, 'unacknowledged');
  });

  it('shelve for a time, which runs and ends by itself', async () => {
    await ring('DISK_LOW');
    assert.equal(await called(operator, ...ownShelf('DISK_LOW', 'TimedShelve'), duration(600)), 'Good');
    const told = (await listener.first(2)).at(-1);
    assert.deepEqual(
      [told?.['ShelvingState.CurrentState'], told?.SuppressedOrShelved, told?.Retain, told?.ClientUserId],
      ['TimedShelved', true, true, 'otto'],
    );
    const remaining = Number(await read('alarm.DISK_LOW-ShelvingState-UnshelveTime'));
    assert.ok(remaining > 0 && remaining <= 600, String(remaining));
    await until(
      'less is left',
      async () => Number(await read('alarm.DISK_LOW-ShelvingState-UnshelveTime')) < remaining,
    );
    await until('the shelf ends', () => plant.settle().of('DISK_LOW')?.state === 'unacknowledged');
    const ended = (await listener.first(3)).at(-1);
    assert.deepEqual([ended?.['ShelvingState.CurrentState'], ended?.SuppressedOrShelved], ['Unshelved', false]);
    assert.equal(await read('alarm.DISK_LOW-ShelvingState-UnshelveTime'), 0);
  });

  it('shelve and unshelve also with the condition as the object, by the ids of any type', async () => {
    for (const [method, ...inputs] of [
      ['TimedShelve', duration(60_000)],
      ['Unshelve'],
      ['alarmTimedShelve', duration(60_000)],
      ['alarmUnshelve'],
      ['OneShotShelve'],
      ['Unshelve'],
    ] as const) {
      assert.equal(await called(operator, ...ofType('PROBE_FAILED', method), ...inputs), 'Good', method);
    }
    assert.deepEqual(
      plant.journal.slice(-6).map(({ transition, occurrence }) => [transition, occurrence.shelf?.once ?? false]),
      [
        ['shelved', false],
        ['unshelved', false],
        ['shelved', false],
        ['unshelved', false],
        ['shelved', true],
        ['unshelved', false],
      ],
    );
    const [, method] = ownShelf('PROBE_FAILED', 'TimedShelve');
    assert.equal(await called(operator, condition('PROBE_FAILED'), method, duration(60_000)), 'Good');
  });

  it('shelve with a reason where the method has room for one, and say where it had none', async () => {
    await called(operator, ...ownShelf('DISK_LOW', 'TimedShelve2'), duration(60_000), words('filter is on order'));
    assert.equal(plant.of('DISK_LOW')?.shelf?.reason, 'filter is on order');
    await called(operator, ...ownShelf('DISK_LOW', 'TimedShelve'), duration(60_000));
    assert.equal(plant.of('DISK_LOW')?.shelf?.reason, 'no reason given with TimedShelve over OPC UA');
    await called(operator, ...ownShelf('DISK_LOW', 'OneShotShelve2'), words('only this once'));
    assert.equal(plant.of('DISK_LOW')?.shelf?.reason, 'only this once');
    assert.equal(await called(operator, ...ownShelf('DISK_LOW', 'Unshelve2'), words('done')), 'Good');
  });

  it('shelve once until the alarm is gone, and at most for the longest time', async () => {
    await ring('DISK_LOW');
    const oneShot = ownShelf('DISK_LOW', 'OneShotShelve');
    assert.equal(await called(operator, ...oneShot), 'Good');
    assert.equal(await read('alarm.DISK_LOW-ShelvingState-CurrentState'), 'OneShotShelved');
    assert.ok(Number(await read('alarm.DISK_LOW-ShelvingState-UnshelveTime')) > 479 * 60_000);
    assert.equal(await called(operator, ...oneShot), 'BadConditionAlreadyShelved');
    plant.report(['DISK_LOW', false]);
    assert.equal(plant.of('DISK_LOW')?.shelf, null);
  });

  it('refuse a shelf that is too long or none, the operator’s of priority 1, and to unshelve what is not shelved', async () => {
    for (const ms of [0, -1, 480 * 60_000 + 1, Number.NaN, Infinity]) {
      const status = await called(operator, ...ownShelf('DISK_LOW', 'TimedShelve'), duration(ms));
      assert.equal(status, 'BadShelvingTimeOutOfRange', String(ms));
    }
    assert.equal(await called(operator, ...ownShelf('ESTOP', 'TimedShelve'), duration(1_000)), 'BadUserAccessDenied');
    assert.equal(
      await called(observer, ...ownShelf('DISK_LOW', 'TimedShelve'), duration(1_000)),
      'BadUserAccessDenied',
    );
    assert.equal(await called(operator, ...ownShelf('DISK_LOW', 'Unshelve')), 'BadConditionNotShelved');
    assert.equal(await called(observer, ...ownShelf('DISK_LOW', 'Unshelve')), 'BadUserAccessDenied');
    plant.report(['ESTOP', true, { trips: true }]);
    assert.equal(await called(engineer, ...ownShelf('ESTOP', 'TimedShelve'), duration(1_000)), 'BadInvalidState');
    assert.equal(plant.of('ESTOP')?.shelf, null);
  });

  for (const [out, back, whenOut, whenBack] of [
    ['Disable', 'Enable', 'BadConditionAlreadyDisabled', 'BadConditionAlreadyEnabled'],
    ['RemoveFromService', 'PlaceInService', 'BadInvalidState', 'BadInvalidState'],
  ] as const) {
    it(`take an alarm out of service by ${out}, which disables it, and put it back by ${back}`, async () => {
      const id = await ring('DISK_LOW');
      assert.equal(await called(operator, ...own('DISK_LOW', out)), 'BadUserAccessDenied');
      assert.equal(await called(engineer, ...own('DISK_LOW', back)), whenBack);
      assert.equal(await called(engineer, ...own('DISK_LOW', out)), 'Good');
      assert.equal(plant.of('DISK_LOW')?.state, 'out-of-service');
      const disabled = (await listener.first(2)).at(-1);
      assert.deepEqual(
        [
          disabled?.['EnabledState.Id'],
          disabled?.['OutOfServiceState.Id'],
          disabled?.Retain,
          disabled?.SuppressedOrShelved,
        ],
        [false, true, false, true],
      );
      assert.equal(await called(engineer, ...own('DISK_LOW', out)), whenOut);
      for (const method of ['Acknowledge', 'AddComment', 'Confirm']) {
        const status = await called(operator, ...own('DISK_LOW', method), eventId(id), words('x'));
        assert.equal(status, 'BadConditionDisabled', method);
      }
      const shelved = await called(operator, ...ownShelf('DISK_LOW', 'TimedShelve'), duration(1_000));
      assert.equal(shelved, 'BadConditionDisabled');
      plant.report(['DISK_LOW', false]).report(['DISK_LOW', true]);
      assert.equal(await called(engineer, ...own('DISK_LOW', back)), 'Good');
      const enabled = (await listener.first(3)).at(-1);
      assert.deepEqual(
        [enabled?.['EnabledState.Id'], enabled?.['ActiveState.Id'], enabled?.Retain, enabled?.ClientUserId],
        [true, true, true, 'erna'],
      );
      assert.equal(listener.told.length, 3, 'while it is disabled nothing is told');
    });
  }

  it('refuse to take out of service what stops the machine', async () => {
    assert.equal(await called(engineer, ...own('ESTOP', 'Disable')), 'BadInvalidState');
    assert.equal(await called(engineer, ...own('ESTOP', 'RemoveFromService2'), words('x')), 'BadInvalidState');
    assert.equal(await read('alarm.ESTOP-EnabledState-Id'), true);
  });

  it('are not there where the machine has no such thing', async () => {
    for (const method of ['Suppress', 'Silence', 'Reset'] as const) {
      assert.equal(await called(engineer, ...ofType('DISK_LOW', method)), 'BadMethodInvalid', method);
    }
    const onType = await called(operator, 'i=2881', standard.Acknowledge, eventId(null), words(''));
    assert.equal(onType, 'BadNodeIdInvalid');
  });

  it('tell beforehand who may', async () => {
    const [, acknowledge] = own('DISK_LOW', 'Acknowledge');
    const [, disable] = own('DISK_LOW', 'Disable');
    assert.deepEqual(
      await Promise.all([observer, operator, engineer].flatMap((who) => [may(who, acknowledge), may(who, disable)])),
      [false, false, true, false, true, true],
    );
  });

  it('decide a list of acknowledgements side by side', async () => {
    const names = ['DISK_LOW', 'PROBE_FAILED', 'AI1_COMMS_LOST'];
    const ids: unknown[] = [];
    for (const name of names) ids.push(await ring(name));
    const results = await operator.call(
      names.map((name, at) => ({
        objectId: condition(name),
        methodId: standard.Acknowledge,
        inputArguments: [
          { dataType: DataType.ByteString, value: ids[at] },
          { dataType: DataType.LocalizedText, value: new LocalizedText('') },
        ],
      })),
    );
    assert.deepEqual(
      results.map(({ statusCode }) => statusCode.name),
      ['Good', 'Good', 'Good'],
    );
  });
});
