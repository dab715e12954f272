import assert from 'node:assert/strict';
import { need } from '../needs.ts';
import { AlarmGate, AlarmPlant } from './alarm-plant.ts';
import { until } from './clients.ts';
import { type TestServer, startTestServer } from './plant.ts';
import { PythonClient } from './python-client.ts';

const refreshStart = 2_787;
const refreshEnd = 2_788;

interface Told {
  readonly type: number | string;
  readonly message: string;
  readonly ConditionName: string;
  readonly active: boolean;
  readonly acknowledged: boolean;
  readonly Retain: boolean;
  readonly Severity: number;
  readonly comment: string | null;
  readonly ClientUserId: string | null;
  readonly time: string;
}

async function events(client: PythonClient, count: number): Promise<readonly Told[]> {
  return (await client.ask('events', String(count))) as readonly Told[];
}

describe('OPC UA alarms through asyncua, a client that shares no code with the server', function () {
  this.timeout(40_000);
  const open: PythonClient[] = [];
  let plant: AlarmPlant;
  let server: TestServer;

  before(async function () {
    need(this, 'asyncua');
    plant = new AlarmPlant();
    server = await startTestServer({}, { machine: plant, gate: new AlarmGate(plant) });
  });
  afterEach(async () => {
    for (const client of open.splice(0)) await client.end();
    plant.comeToRest();
  });
  after(() => server?.dispose());

  async function listening(user: string | null): Promise<PythonClient> {
    const client = new PythonClient('alarm_client.py', server.endpointUrl, user);
    open.push(client);
    assert.equal(await client.ask('listen'), 'listening');
    return client;
  }

  it('are told by one event for each entry of the journal', async () => {
    const client = await listening(null);
    plant.report(['ESTOP', true, { trips: true }]).report(['ESTOP', false]);
    const told = await events(client, 3);
    assert.deepEqual(
      told.map((one) => [one.ConditionName, one.active, one.acknowledged, one.Retain, one.Severity, one.message]),
      plant.journal
        .slice(-3)
        .map(({ occurrence }) => ['ESTOP', occurrence.active, false, true, 900, occurrence.explanation]),
    );
    assert.deepEqual(
      told.map(({ time }) => new Date(`${time}Z`.replace('+00:00Z', 'Z')).getTime()),
      plant.journal.slice(-3).map(({ atMs }) => Math.floor(atMs)),
    );
  });

  it('are acknowledged and commented on by the ids of the standard types', async () => {
    const client = await listening('otto');
    plant.report(['DISK_LOW', true]);
    await events(client, 1);
    assert.deepEqual(await client.ask('call', 'DISK_LOW', 'AddComment', '0', 'full of logs'), { status: 'Good' });
    assert.deepEqual(await client.ask('call', 'DISK_LOW', 'Acknowledge', '0', 'on it'), { status: 'Good' });
    const [, commented, acknowledged] = await events(client, 3);
    assert.deepEqual([commented?.comment, commented?.acknowledged], ['full of logs', false]);
    assert.deepEqual(
      [acknowledged?.comment, acknowledged?.acknowledged, acknowledged?.ClientUserId],
      ['on it', true, 'otto'],
    );
    for (const [method, number, status] of [
      ['Acknowledge', '0', 'BadConditionBranchAlreadyAcked'],
      ['Acknowledge', '-', 'BadEventIdUnknown'],
      ['AddComment', '-', 'BadEventIdUnknown'],
      ['Confirm', '0', 'BadConditionBranchAlreadyConfirmed'],
    ] as const) {
      assert.deepEqual(await client.ask('call', 'DISK_LOW', method, number, 'x'), { status }, method);
    }
    const watcher = await listening('olga');
    assert.deepEqual(await watcher.ask('call', 'DISK_LOW', 'Acknowledge', '-', 'x'), { status: 'BadUserAccessDenied' });
  });

  it('are shelved, for a time or once, and taken out of service', async () => {
    const client = await listening('erna');
    plant.report(['DISK_LOW', true]);
    const shelving = async (): Promise<unknown> =>
      ((await client.ask('state', 'DISK_LOW')) as { shelving: string }).shelving;
    assert.deepEqual(await client.ask('call', 'DISK_LOW', 'TimedShelve', '60000'), { status: 'Good' });
    assert.equal(await shelving(), 'TimedShelved');
    assert.deepEqual(await client.ask('call', 'DISK_LOW', 'Unshelve'), { status: 'Good' });
    assert.deepEqual(await client.ask('call', 'DISK_LOW', 'Unshelve'), { status: 'BadConditionNotShelved' });
    assert.deepEqual(await client.ask('call', 'DISK_LOW', 'OneShotShelve'), { status: 'Good' });
    assert.equal(await shelving(), 'OneShotShelved');
    assert.deepEqual(await client.ask('call', 'DISK_LOW', 'TimedShelve', '1e12'), {
      status: 'BadShelvingTimeOutOfRange',
    });
    assert.deepEqual(await client.ask('call', 'DISK_LOW', 'Disable'), { status: 'Good' });
    assert.deepEqual(await client.ask('call', 'DISK_LOW', 'Disable'), { status: 'BadConditionAlreadyDisabled' });
    assert.deepEqual(await client.ask('call', 'DISK_LOW', 'TimedShelve', '60000'), { status: 'BadConditionDisabled' });
    assert.deepEqual(await client.ask('call', 'DISK_LOW', 'Enable'), { status: 'Good' });
  });

  it('are told anew to a client that comes later and asks for it', async () => {
    plant.report(['ESTOP', true, { trips: true }]);
    await until('it stands', () => plant.of('ESTOP')?.trip === true);
    const client = await listening(null);
    assert.deepEqual(await client.ask('refresh'), { status: 'Good' });
    const told = await events(client, 3);
    assert.deepEqual([told[0]?.type, told[1]?.ConditionName, told[2]?.type], [refreshStart, 'ESTOP', refreshEnd]);
  });

  it('are of a type that says what they are', async () => {
    const client = await listening(null);
    const type = async (id: string): Promise<unknown> => ((await client.ask('state', id)) as { type: string }).type;
    assert.deepEqual(
      [await type('ESTOP'), await type('DISK_LOW'), await type('MOTOR_WARM')],
      ['MachineTripAlarmType', 'MachineAlarmType', 'MachineLevelAlarmType'],
    );
  });
});
