import assert from 'node:assert/strict';
import type { AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import type { HistoryPoint, HistoryReader } from '../../operations/ports/history.ts';
import type { AlarmJournal } from '../../operations/ports/journal.ts';
import { need } from '../needs.ts';
import { type TestServer, startTestServer } from './plant.ts';
import { PythonClient } from './python-client.ts';

const history: HistoryReader = {
  query: async ({ fromMs, toMs, limit }) =>
    [0, 1, 2, 3, 4]
      .map((second): HistoryPoint => {
        const atMs = Date.UTC(2026, 10, 20, 12, 0, second);
        return second === 2 ? [atMs, null, 'BadSensorFailure'] : [atMs, 100 + second, 'Good'];
      })
      .filter(([atMs]) => atMs >= fromMs && atMs < toMs)
      .slice(0, limit),
};

const eventMs = Date.UTC(2026, 10, 20, 12, 0, 2);

const alarmJournal: AlarmJournal = {
  append: async () => undefined,
  beginMs: async () => eventMs,
  list: async ({ fromMs = 0, toMs = Infinity }) => {
    const occurrence = {
      id: 'MOTOR_WARM',
      occurrenceId: 'MOTOR_WARM-1',
      priority: 3,
      text: 'Motor warm',
      state: 'unacknowledged',
    };
    const record = {
      entry: 1,
      atMs: eventMs,
      transition: 'raised',
      occurrence: {
        ...occurrence,
        active: true,
        latched: false,
        acknowledged: false,
        shelf: null,
        quality: 'Good',
        explanation: '',
      } as Partial<AlarmOccurrence> as AlarmOccurrence,
      actor: null,
    } as const;
    return { items: eventMs >= fromMs && eventMs <= toMs ? [record] : [], next: null };
  },
};

const noon = (second: number) => `2026-11-20T12:00:0${second}+00:00`;

describe('OPC UA through asyncua, a client that shares no code with the server', function () {
  this.timeout(30_000);
  const open: PythonClient[] = [];
  let server: TestServer;

  before(async function () {
    need(this, 'asyncua');
    server = await startTestServer({}, { history, alarmJournal });
  });
  afterEach(async () => {
    for (const client of open.splice(0)) await client.end();
  });
  after(() => server?.dispose());

  function clientOf(user: string | null): PythonClient {
    const client = new PythonClient('client.py', server.endpointUrl, user);
    open.push(client);
    return client;
  }

  it('reads value, type, status, unit and source time', async () => {
    server.plant.measure('temperature.zone1', 187.25, 'Good', Date.UTC(2026, 0, 2, 3, 4, 5, 600));
    const client = clientOf(null);
    assert.deepEqual(await client.ask('read', 'temperature.zone1'), {
      status: 'Good',
      type: 'Double',
      value: 187.25,
      sourceTime: '2026-01-02T03:04:05.600000+00:00',
    });
    assert.deepEqual(await client.ask('unit', 'temperature.zone1'), { id: 4_408_652, name: '°C' });
    server.plant.measure('temperature.zone1', 187.25, 'BadSensorFailure', Date.UTC(2026, 0, 2));
    const failed = (await client.ask('read', 'temperature.zone1')) as { status: string; value: unknown };
    assert.deepEqual([failed.status, failed.value], ['BadSensorFailure', null]);
  });

  it('sees a failure that lasts no longer than a blink', async () => {
    server.plant.measure('temperature.zone1', 20);
    const client = clientOf('olga');
    assert.equal(await client.ask('watch', 'temperature.zone1', '1.5'), 'watching');
    await new Promise((resolve) => setTimeout(resolve, 300));
    server.plant.measure('temperature.zone1', 21);
    server.plant.measure('temperature.zone1', 21, 'BadSensorFailure');
    server.plant.measure('temperature.zone1', 21);
    const seen = (await client.answer()) as { status: string; value: unknown }[];
    assert.deepEqual(
      seen.map(({ status, value }) => [status, value]),
      [
        ['Good', 20],
        ['Good', 21],
        ['BadSensorFailure', null],
        ['Good', 21],
      ],
    );
  });

  it('writes a setpoint as an operator, and is told why not otherwise', async () => {
    server.plant.measure('heater.zone1.setpoint', 20);
    const operator = clientOf('otto');
    assert.deepEqual(await operator.ask('write', 'heater.zone1.setpoint', 'Double', '200.0'), { status: 'Good' });
    assert.equal(server.plant.samples.get('heater.zone1.setpoint')?.value, 200);
    assert.deepEqual(await operator.ask('write', 'heater.zone1.setpoint', 'Int64', '200'), {
      status: 'BadTypeMismatch',
    });
    assert.deepEqual(await operator.ask('write', 'temperature.zone1', 'Double', '1.0'), { status: 'BadNotWritable' });
    server.gate.refuse = { kind: 'invalid', code: 'OUT_OF_RANGE' };
    assert.deepEqual(await operator.ask('write', 'heater.zone1.setpoint', 'Double', '900.0'), {
      status: 'BadOutOfRange',
    });
    server.gate.refuse = null;
    assert.deepEqual(await clientOf('olga').ask('write', 'heater.zone1.setpoint', 'Double', '1.0'), {
      status: 'BadUserAccessDenied',
    });
  });

  it('reads raw history with its bounds', async () => {
    const client = clientOf('olga');
    const seen = await client.ask(
      'history',
      'temperature.zone1',
      '2026-11-20T12:00:01+00:00',
      '2026-11-20T12:00:03+00:00',
    );
    assert.deepEqual(
      (seen as { status: string; value: unknown; sourceTime: string }[]).map(({ status, value }) => [status, value]),
      [
        ['Good', 101],
        ['BadSensorFailure', null],
        ['Good', 103],
      ],
    );
  });

  it('reads raw history page by page', async () => {
    const pages = await clientOf('olga').ask('pages', 'temperature.zone1', noon(0), noon(5), '2');
    assert.deepEqual(
      (pages as { value: unknown }[][]).map((page) => page.map(({ value }) => value)),
      [[100, 101], [null, 103], [104]],
    );
  });

  it('reads calculated history with the bits that say where a figure comes from', async () => {
    const client = clientOf('olga');
    type Figures = { status: string; value: unknown; type: string; bits: number }[];
    const asked = async (...words: string[]) =>
      ((await client.ask(...words)) as Figures).map(({ status, type, value, bits }) => [status, type, value, bits]);
    assert.deepEqual(await asked('processed', 'temperature.zone1', 'Average', noon(0), noon(4), '2000'), [
      ['Good', 'Double', 100.5, 1],
      ['UncertainDataSubNormal', 'Double', 103, 1],
    ]);
    assert.deepEqual(await asked('processed', 'temperature.zone1', 'Count', noon(0), noon(5), '0'), [
      ['UncertainDataSubNormal', 'Int32', 4, 5],
    ]);
    assert.deepEqual(await asked('at', 'temperature.zone1', '2026-11-20T12:00:00.500+00:00', noon(1), noon(2)), [
      ['Good', 'Double', 100.5, 2],
      ['Good', 'Double', 101, 0],
      ['BadSensorFailure', 'Null', null, 0],
    ]);
  });

  it('reads the history of events with the filter that it makes itself', async () => {
    const client = clientOf('olga');
    assert.deepEqual(await client.ask('events', noon(0), noon(5)), [['Motor warm', 500, 'tvemicro']]);
    assert.deepEqual(await client.ask('events', noon(3), noon(5)), []);
  });

  it('cannot change history', async () => {
    assert.deepEqual(await clientOf('anton').ask('update', 'temperature.zone1'), { status: 'BadServiceUnsupported' });
  });

  it('calls methods and gets acceptance and reasons', async () => {
    const operator = clientOf('otto');
    assert.deepEqual(await operator.ask('call', 'heat', 'true'), [true, []]);
    server.gate.refuse = { kind: 'state', code: 'ESTOP_OPEN' };
    assert.deepEqual(await operator.ask('call', 'start'), [false, ['ESTOP_OPEN']]);
    server.gate.refuse = null;
    assert.deepEqual(await clientOf(null).ask('call', 'start'), { status: 'BadUserAccessDenied' });
  });
});
