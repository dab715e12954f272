import assert from 'node:assert/strict';
import type { CommandOutcome, RefusalKind } from '../../machine/commands/command.ts';
import { estop } from './fake-machine.ts';
import { codeOf, Plant, type SignedIn } from './plant.ts';

const soaking = {
  code: 'SOAKING',
  text: 'Zone 1 soaks for 18 s more.',
  actual: 12,
  required: 30,
  unit: 's',
  etaSeconds: 18,
};

const refused = (kind: RefusalKind, reasons = [soaking]): CommandOutcome => ({
  accepted: false,
  commandId: 'c2',
  state: 'READY',
  kind,
  reasons,
});

describe('the machine over REST', () => {
  let plant: Plant;
  let operator: SignedIn;
  beforeEach(async () => {
    plant = await Plant.open();
    operator = await plant.signIn('operator');
  });
  afterEach(async () => {
    await plant.close();
  });

  it('passes every command to the gate with who asked and from where', async () => {
    const headers = { 'X-Forwarded-For': '10.0.0.7' };
    for (const [method, path, body, action] of [
      ['post', '/machine/heat', { on: true }, { name: 'heat', on: true }],
      ['post', '/machine/start', {}, { name: 'start' }],
      ['post', '/machine/start', undefined, { name: 'start' }],
      ['post', '/machine/stop', undefined, { name: 'stop' }],
      ['post', '/machine/emergency-stop', {}, { name: 'emergencyStop' }],
      ['post', '/machine/mode', { mode: 'MANUAL' }, { name: 'setMode', mode: 'MANUAL' }],
      [
        'post',
        '/machine/block-start',
        { blocked: true, reason: 'x' },
        { name: 'blockStart', blocked: true, reason: 'x' },
      ],
      ['post', '/machine/block-start', { blocked: false }, { name: 'blockStart', blocked: false, reason: '' }],
      ['post', '/alarms/clear', {}, { name: 'clearAlarms' }],
      ['post', '/alarms/ESTOP/acknowledge', undefined, { name: 'acknowledge', alarm: 'ESTOP' }],
      [
        'post',
        '/alarms/ESTOP/acknowledge',
        { occurrenceId: 'ESTOP-7', comment: 'seen' },
        { name: 'acknowledge', alarm: 'ESTOP', occurrenceId: 'ESTOP-7', comment: 'seen' },
      ],
      [
        'post',
        '/alarms/ESTOP/shelve',
        { minutes: 30, reason: ' filter is on order ' },
        { name: 'shelve', alarm: 'ESTOP', minutes: 30, reason: 'filter is on order' },
      ],
      [
        'post',
        '/alarms/ESTOP/comment',
        { comment: ' seen ', occurrenceId: 'ESTOP-7' },
        { name: 'comment', alarm: 'ESTOP', comment: 'seen', occurrenceId: 'ESTOP-7' },
      ],
      [
        'post',
        '/alarms/ESTOP/shelve',
        { minutes: 5, once: true, reason: 'x' },
        { name: 'shelve', alarm: 'ESTOP', minutes: 5, once: true, reason: 'x' },
      ],
      [
        'post',
        '/alarms/ESTOP/shelve',
        { minutes: 0.5, reason: 'x', occurrenceId: 'ESTOP-7' },
        { name: 'shelve', alarm: 'ESTOP', minutes: 0.5, reason: 'x', occurrenceId: 'ESTOP-7' },
      ],
      ['post', '/alarms/ESTOP/unshelve', undefined, { name: 'unshelve', alarm: 'ESTOP' }],
      [
        'post',
        '/alarms/ESTOP/unshelve',
        { occurrenceId: 'ESTOP-7' },
        { name: 'unshelve', alarm: 'ESTOP', occurrenceId: 'ESTOP-7' },
      ],
      [
        'put',
        '/signals/heater.zone1.setpoint',
        { value: 205.5, reason: 'PET' },
        { name: 'write', signal: 'heater.zone1.setpoint', value: 205.5, reason: 'PET' },
      ],
      ['put', '/signals/fan.on', { value: true }, { name: 'write', signal: 'fan.on', value: true }],
    ] as const) {
      plant.gate.requests.length = 0;
      const response = await plant.send(method, `/api/v1${path}`, { as: operator, body, headers });
      assert.equal(response.status, 200, `${path} ${response.text}`);
      assert.deepEqual(plant.gate.requests, [
        {
          action,
          principal: { name: 'operator', role: 'operator', kind: 'person' },
          station: '10.0.0.7',
          origin: 'rest',
        },
      ]);
    }
  });

  it('answers an accepted command with its number, the state, and what there is to say', async () => {
    plant.gate.outcome = {
      accepted: true,
      commandId: 'c9',
      state: 'READY',
      note: 'Nothing was running.',
      before: 1,
      after: 0,
    };
    const response = await plant.send('post', '/api/v1/machine/stop', { as: operator });
    assert.deepEqual(response.body, { accepted: true, commandId: 'c9', state: 'READY', note: 'Nothing was running.' });
  });

  it('passes an alarm out of service and back to the gate, asked by an engineer', async () => {
    const engineer = await plant.signIn('engineer');
    for (const [path, inService] of [
      ['out-of-service', false],
      ['in-service', true],
    ] as const) {
      plant.gate.requests.length = 0;
      const body = { reason: 'probe' };
      const response = await plant.send('post', `/api/v1/alarms/ZONE1_WARM/${path}`, { as: engineer, body });
      assert.equal(response.status, 200, response.text);
      assert.deepEqual(plant.gate.requests[0]?.action, {
        name: 'setInService',
        alarm: 'ZONE1_WARM',
        inService,
        reason: 'probe',
      });
      await plant.send('post', `/api/v1/alarms/ZONE1_WARM/${path}`, {
        as: engineer,
        body: { ...body, occurrenceId: 'W-2' },
      });
      const { action } = plant.gate.requests[1] ?? {};
      assert.equal(action?.name === 'setInService' ? action.occurrenceId : null, 'W-2');
    }
  });

  for (const [kind, status, code] of [
    ['permission', 403, 'NOT_PERMITTED'],
    ['unknown', 404, 'NOT_FOUND'],
    ['invalid', 422, 'INVALID_VALUE'],
    ['state', 409, 'REFUSED'],
    ['tooFast', 429, 'TOO_FAST'],
    ['unconfirmed', 502, 'WRITE_NOT_CONFIRMED'],
    ['unavailable', 503, 'CONTROL_UNAVAILABLE'],
  ] as const) {
    it(`answers a refusal of the kind ${kind} with ${status} and all its reasons, never with 200`, async () => {
      plant.gate.outcome = refused(kind);
      const response = await plant.send('post', '/api/v1/machine/start', { as: operator });
      assert.deepEqual([response.status, codeOf(response)], [status, code]);
      const problem = JSON.parse(response.text) as { reasons: unknown; detail: string };
      assert.deepEqual(problem.reasons, [soaking]);
      assert.equal(problem.detail, soaking.text);
      const waits: Record<string, string> = { tooFast: '18', unavailable: '1' };
      assert.equal(response.get('Retry-After'), waits[kind]);
    });
  }

  it('tells a relay that was switched just now by its own code', async () => {
    plant.gate.outcome = refused('tooFast', [{ code: 'RELAY_DEBOUNCE', text: 'Wait.', etaSeconds: 0.1 }] as never);
    const body = { value: true };
    const response = await plant.send('put', '/api/v1/signals/fan.on', { as: operator, body });
    assert.deepEqual([response.status, codeOf(response), response.get('Retry-After')], [429, 'RELAY_DEBOUNCE', '1']);
  });

  it('is told in one glance', async () => {
    const { body } = await plant.send('get', '/api/v1/machine', { as: operator });
    assert.deepEqual(
      [body.state, body.mode, body.startPermitted, body.blockers, body.simulated, body.at],
      ['READY', 'AUTO', true, [], true, '2025-11-13T02:13:20.000Z'],
    );
    assert.equal(body.scan.count, 10);
  });

  it('is never said to be ready for start while its control process is silent', async () => {
    plant.machine.controlAlive = false;
    const { body } = await plant.send('get', '/api/v1/machine', { as: operator });
    assert.deepEqual([body.controlAlive, body.startPermitted, body.blockers[0].code], [false, false, 'COMMS_LOST']);
  });

  it('shows each signal with quality, source time, age and what the declaration says', async () => {
    plant.nowMs = 1_763_000_002_500;
    const { body } = await plant.send('get', '/api/v1/signals/temperature.zone1', { as: operator });
    assert.deepEqual(body, {
      id: 'temperature.zone1',
      value: 201.5,
      unit: '°C',
      quality: 'Good',
      sourceTime: '2025-11-13T02:13:20.000Z',
      ageMs: 2_500,
      simulated: true,
      title: 'Barrel zone 1',
      direction: 'input',
      type: 'Double',
      span: [-20, 400],
      states: null,
      decimals: 1,
      role: null,
      freshnessMs: 2_000,
      limits: [
        { kind: 'trip', side: 'above', value: 280 },
        { kind: 'minimum', side: 'below', value: 170 },
        { kind: 'alarm', side: 'above', value: 250 },
      ],
    });
    const all = await plant.send('get', '/api/v1/signals', { as: operator });
    assert.deepEqual(
      (all.body as { id: string; role: string | null; ageMs: number | null }[]).map(({ id, role, ageMs }) => [
        id,
        role,
        ageMs,
      ]),
      [
        ['temperature.zone1', null, 2_500],
        ['heater.zone1.setpoint', 'operator', 1_000_002_500],
        ['fan.on', 'engineer', null],
        ['machine.heartbeat', null, 2_500],
      ],
    );
  });

  it('never shows a failed or broken reading as good', async () => {
    const zone = async (): Promise<[unknown, unknown, unknown]> => {
      const { body } = await plant.send('get', '/api/v1/signals/temperature.zone1', { as: operator });
      return [body.value, body.quality, body.sourceTime];
    };
    plant.machine.read('temperature.zone1', { value: 199, quality: 'BadSensorFailure', sourceTimeMs: 1_000 });
    assert.deepEqual(await zone(), [199, 'BadSensorFailure', '1970-01-01T00:00:01.000Z']);
    plant.machine.read('temperature.zone1', { value: Number.NaN, quality: 'Good', sourceTimeMs: 1_000 });
    assert.deepEqual(await zone(), [null, 'BadSensorFailure', '1970-01-01T00:00:01.000Z']);
    plant.machine.read('temperature.zone1', { value: null, quality: 'BadNotConnected', sourceTimeMs: 1_000 });
    assert.deepEqual(await zone(), [null, 'BadNotConnected', null]);
  });
});

describe('alarms over REST', () => {
  let plant: Plant;
  let operator: SignedIn;
  beforeEach(async () => {
    plant = await Plant.open();
    operator = await plant.signIn('operator');
  });
  afterEach(async () => {
    await plant.close();
  });

  it('lists what stands, most urgent first; the suppressed and shelved only when asked for', async () => {
    const warm = { ...estop, id: 'ZONE1_WARM', occurrenceId: 'Z-1', priority: 3 as const, raisedAtMs: 9, value: 251 };
    const shelf = { kind: 'shelved', by: 'olga', atMs: 0, untilMs: 1_000, reason: 'filter is on order' } as const;
    plant.machine.alarms = [
      { ...warm, occurrenceId: 'Z-2', state: 'normal', active: false },
      warm,
      { ...estop, id: 'AI1_SENSOR', state: 'suppressed', suppressedBy: 'AI1_COMMS_LOST', priority: 2 },
      { ...estop, id: 'FAN', state: 'shelved', shelf, priority: 4 },
      estop,
    ];
    const ids = async (query: string): Promise<string[]> => {
      const { body } = await plant.send('get', `/api/v1/alarms${query}`, { as: operator });
      return (body as { id: string }[]).map(({ id }) => id);
    };
    assert.deepEqual(await ids(''), ['ESTOP', 'ZONE1_WARM']);
    assert.deepEqual(await ids('?include=suppressed'), ['ESTOP', 'AI1_SENSOR', 'ZONE1_WARM']);
    assert.deepEqual(await ids('?include=suppressed,shelved'), ['ESTOP', 'AI1_SENSOR', 'ZONE1_WARM', 'FAN']);
    const { body } = await plant.send('get', '/api/v1/alarms?include=shelved', { as: operator });
    assert.deepEqual(
      [body[0].raisedAt, body[0].clearedAt, body[1].unit, body[2].shelvedUntil],
      ['2025-11-13T02:13:20.000Z', null, '°C', '1970-01-01T00:00:01.000Z'],
    );
    assert.equal((await plant.send('get', '/api/v1/alarms?include=all', { as: operator })).status, 422);
  });

  it('says who put an alarm aside, until when and why', async () => {
    const shelf = { kind: 'out-of-service', by: 'erik', atMs: 1_000, untilMs: null, reason: 'probe' } as const;
    plant.machine.alarms = [{ ...estop, id: 'FAN', state: 'out-of-service', shelf, count: 0 }];
    const { body } = await plant.send('get', '/api/v1/alarms?include=out-of-service', { as: operator });
    assert.deepEqual(
      [body[0].state, body[0].shelvedUntil, body[0].shelf, body[0].explanation],
      [
        'out-of-service',
        null,
        { kind: 'out-of-service', by: 'erik', at: '1970-01-01T00:00:01.000Z', reason: 'probe' },
        'The e-stop chain is open. Find out why, then release.',
      ],
    );
    assert.deepEqual((await plant.send('get', '/api/v1/alarms', { as: operator })).body, []);
  });

  it('acknowledges an alarm of the gateway’s own, which no configuration declares, while it stands', async () => {
    const path = '/api/v1/alarms/CONTROL_LOST/acknowledge';
    assert.equal((await plant.send('post', path, { as: operator, body: {} })).status, 404);
    plant.machine.alarms = [{ ...estop, id: 'CONTROL_LOST' }];
    assert.equal((await plant.send('post', path, { as: operator, body: {} })).status, 200);
  });

  it('tells the journal in pages, newest first, by time and alarm', async () => {
    for (let i = 1; i <= 5; i++) {
      const occurrence = { ...estop, occurrenceId: `ESTOP-${i}` };
      await plant.store.alarmJournal.append({ atMs: i * 60_000, transition: 'raised', occurrence, actor: null });
    }
    await plant.store.alarmJournal.append({
      atMs: 301_000,
      transition: 'acknowledged',
      occurrence: { ...estop, id: 'MOTOR_WARM' },
      actor: 'operator',
      station: '10.0.0.7',
      comment: 'seen',
    });
    const journal = async (query: string): Promise<{ items: Record<string, unknown>[]; next: string | null }> =>
      (await plant.send('get', `/api/v1/alarms/journal${query}`, { as: operator })).body;
    const first = await journal('?limit=4');
    assert.deepEqual(
      first.items.map((item) => [
        item['id'],
        item['transition'],
        item['at'],
        item['actor'],
        item['station'],
        item['comment'],
      ])[0],
      ['MOTOR_WARM', 'acknowledged', '1970-01-01T00:05:01.000Z', 'operator', '10.0.0.7', 'seen'],
    );
    assert.equal(first.items.length, 4);
    const second = await journal(`?limit=4&cursor=${first.next}`);
    assert.deepEqual(
      second.items.map((item) => item['occurrenceId']),
      ['ESTOP-2', 'ESTOP-1'],
    );
    assert.equal(second.next, null);
    const some = await journal('?id=ESTOP&from=1970-01-01T00:02:00Z&to=1970-01-01T01:03:00%2B01:00');
    assert.deepEqual(
      some.items.map((item) => item['occurrenceId']),
      ['ESTOP-3', 'ESTOP-2'],
    );
  });

  it('counts the last day by ISA-18.2, each figure with its target', async () => {
    const beginMs = plant.nowMs - 3_600_000;
    for (let i = 0; i < 11; i++) {
      const occurrence = { ...estop, occurrenceId: `ESTOP-${i}`, raisedAtMs: beginMs + i * 1_000 };
      const event = { atMs: beginMs + i * 1_000, transition: 'raised', occurrence, actor: null } as const;
      await plant.store.alarmJournal.append(event);
      await plant.store.alarmJournal.append({ ...event, transition: 'tripped' });
    }
    const old = { atMs: plant.nowMs - 25 * 3_600_000, transition: 'raised', occurrence: estop, actor: null } as const;
    await plant.store.alarmJournal.append(old);
    plant.machine.alarms = [{ ...estop, raisedAtMs: plant.nowMs - 24 * 3_600_000 - 1 }];
    const { body } = await plant.send('get', '/api/v1/alarms/statistics', { as: operator });
    assert.deepEqual([body.from, body.to], ['2026-11-22T06:00:00.000Z', '2026-11-23T06:00:00.000Z']);
    assert.deepEqual([body.truncated, body.annunciated, body.standing], [false, 11, 1]);
    assert.deepEqual(body.tenMinutesMaximum, {
      value: 11,
      unit: 'alarms/10 min',
      target: 10,
      comparison: 'atMost',
      limit: null,
      met: false,
    });
    assert.deepEqual(body.floods, [{ from: '2026-11-23T05:00:10.000Z', to: '2026-11-23T05:10:06.000Z', alarms: 11 }]);
    assert.deepEqual(body.chatteringAlarms, [{ id: 'ESTOP', text: 'Emergency stop', count: 11 }]);
    assert.equal(body.staleAlarms[0].id, 'ESTOP');
    const range = '?from=2026-11-21T00:00:00Z&to=2026-11-23T05:00:00.000Z';
    const two = await plant.send('get', `/api/v1/alarms/statistics${range}`, { as: operator });
    assert.equal(two.body.annunciated, 1, 'the end of the span is not in it');
  });

  it('says from when it counted when the journal holds more than one reply counts', async () => {
    const list = plant.store.alarmJournal.list.bind(plant.store.alarmJournal);
    await plant.store.alarmJournal.append({ atMs: 0, transition: 'raised', occurrence: estop, actor: null });
    let pages = 0;
    const event = { transition: 'raised', occurrence: estop, actor: null } as const;
    plant.store.alarmJournal.list = async () => {
      pages++;
      return { items: [{ ...event, entry: pages, atMs: plant.nowMs - pages * 60_000 }], next: '1' };
    };
    const { body } = await plant.send('get', '/api/v1/alarms/statistics', { as: operator });
    plant.store.alarmJournal.list = list;
    assert.deepEqual([pages, body.truncated, body.annunciated], [20, true, 20]);
    assert.equal(body.from, '2026-11-23T05:40:00.000Z');
    assert.equal(body.tenMinutesMean.value, 10, 'the rate is that of the time that was counted');
    assert.deepEqual([body.hourMean.value, body.hourMean.met], [null, null], 'no whole hour was counted');
  });

  it('does not call the rate of a young server good by the hours before its journal began', async () => {
    const none = await plant.send('get', '/api/v1/alarms/statistics', { as: operator });
    assert.deepEqual([none.body.from, none.body.to], ['2026-11-23T06:00:00.000Z', '2026-11-23T06:00:00.000Z']);
    for (const name of [
      'tenMinutesMean',
      'hourMean',
      'tenMinutesMaximum',
      'hourMaximum',
      'timeInFlood',
      'chattering',
    ]) {
      assert.deepEqual([name, none.body[name].value, none.body[name].met], [name, null, null]);
    }
    const beginMs = plant.nowMs - 14 * 60_000;
    for (let i = 0; i < 6; i++) {
      const event = { atMs: beginMs + i * 120_000, transition: 'raised', occurrence: estop, actor: null } as const;
      await plant.store.alarmJournal.append(event);
    }
    const { body } = await plant.send('get', '/api/v1/alarms/statistics', { as: operator });
    assert.deepEqual([body.from, body.truncated, body.annunciated], ['2026-11-23T05:46:00.000Z', false, 6]);
    assert.deepEqual([body.tenMinutesMean.value, body.tenMinutesMean.met], [60 / 14, false]);
    assert.deepEqual([body.hourMean.value, body.hourMean.met, body.hoursAbove30.met], [null, null, null]);
    const before = '?from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z';
    const past = await plant.send('get', `/api/v1/alarms/statistics${before}`, { as: operator });
    assert.deepEqual([past.body.from, past.body.hourMean.met], ['2026-11-21T00:00:00.000Z', null]);
  });

  it('does not count time that has not been yet', async () => {
    await plant.store.alarmJournal.append({ atMs: 0, transition: 'raised', occurrence: estop, actor: null });
    const query = '?from=2026-11-23T05:00:00Z&to=2026-11-24T05:00:00Z';
    const { body } = await plant.send('get', `/api/v1/alarms/statistics${query}`, { as: operator });
    assert.deepEqual([body.to, body.hourMean.value, body.topTenShare.met], ['2026-11-23T06:00:00.000Z', 0, null]);
  });

  it('refuses a range that ends before it begins, a time that is none and a page that is none', async () => {
    for (const query of [
      'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
      'from=yesterday',
      'to=2026-13-01T00:00:00Z',
      'limit=0',
      'limit=1001',
      'cursor=x',
      'form=2026-01-02T00:00:00Z',
    ]) {
      const response = await plant.send('get', `/api/v1/alarms/journal?${query}`, { as: operator });
      assert.deepEqual([response.status, codeOf(response)], [422, 'INVALID_VALUE'], query);
    }
  });
});
