import assert from 'node:assert/strict';
import { engineer as erik, Rig } from '../machine/rig.ts';
import { codeOf, Plant, type SignedIn } from './plant.ts';

describe('tuning over REST', () => {
  let plant: Plant;
  let engineer: SignedIn;
  let operator: SignedIn;
  before(async () => {
    plant = await Plant.open();
    engineer = await plant.signIn('engineer');
    operator = await plant.signIn('operator');
  });
  after(async () => {
    await plant.close();
  });

  it('passes every command to the gate, for engineers', async () => {
    for (const [method, path, body, action] of [
      ['post', '/tuning/zone1', { setpoint: 205.5 }, { name: 'tune', zone: 'zone1', setpointC: 205.5 }],
      [
        'post',
        '/tuning/zone1',
        { setpoint: 200, maxDuty: 80 },
        { name: 'tune', zone: 'zone1', setpointC: 200, maximumDutyPercent: 80 },
      ],
      ['delete', '/tuning/zone1', undefined, { name: 'abortTuning', zone: 'zone1' }],
      ['post', '/tuning/zone1/apply', undefined, { name: 'applyTuning', zone: 'zone1' }],
      ['post', '/tuning/zone1/apply', {}, { name: 'applyTuning', zone: 'zone1' }],
      ['post', '/tuning/zone1/test', undefined, { name: 'testZone', zone: 'zone1' }],
    ] as const) {
      plant.gate.requests.length = 0;
      const forbidden = await plant.send(method, `/api/v1${path}`, { as: operator, body });
      assert.deepEqual([forbidden.status, plant.gate.requests.length], [403, 0]);
      const response = await plant.send(method, `/api/v1${path}`, { as: engineer, body });
      assert.equal(response.status, 200, response.text);
      const [request] = plant.gate.requests;
      assert.deepEqual(request?.action, action);
      assert.deepEqual(
        [request?.principal.name, request?.principal.role, request?.origin],
        ['engineer', 'engineer', 'rest'],
      );
    }
  });

  it('takes no values that can’t be, and asks the gate nothing then', async () => {
    plant.gate.requests.length = 0;
    for (const body of [
      {},
      { setpoint: 'hot' },
      { setpoint: 200, maxDuty: 101 },
      { setpoint: 200, maxDuty: 9.9 },
      { setpoint: 200, maxDuty: -1 },
      { setpoint: 200, kp: 5 },
    ]) {
      const response = await plant.send('post', '/api/v1/tuning/zone1', { as: engineer, body });
      assert.deepEqual([response.status, codeOf(response)], [422, 'INVALID_VALUE'], JSON.stringify(body));
    }
    assert.equal(plant.gate.requests.length, 0);
  });

  it('answers a refusal with 409 and all its reasons', async () => {
    const reason = { code: 'NO_TUNING_RESULT', text: 'There are no new gains.', actual: null, required: 'done' };
    plant.gate.outcome = { accepted: false, commandId: 'c2', state: 'READY', kind: 'state', reasons: [reason] };
    const response = await plant.send('post', '/api/v1/tuning/zone1/apply', { as: engineer });
    assert.deepEqual([response.status, codeOf(response)], [409, 'REFUSED']);
    assert.deepEqual((JSON.parse(response.text) as { reasons: unknown }).reasons, [reason]);
    plant.gate.outcome = { accepted: true, commandId: 'c1', state: 'READY' };
  });

  it('tells gains, test, result and watch of every zone as the control has them', async () => {
    const rig = new Rig().toReady();
    rig.ask({ name: 'tune', zone: 'zone1', setpointC: 200 }, erik);
    rig.run(60);
    plant.machine.zones = rig.core.zones();
    const underWay = await plant.send('get', '/api/v1/tuning/zone1', { as: operator });
    const { test, gains, applied } = underWay.body;
    assert.deepEqual(
      [test.phase, test.setpoint, test.maxDuty, test.endedAt, test.result],
      ['settle', 200, 100, null, null],
    );
    assert.ok(test.progress > 0.2 && test.progress < 0.4 && test.etaSeconds > 0);
    assert.deepEqual([gains, applied], [{ kp: 5, ki: 0.1, kd: 10 }, null]);
    rig.until(() => rig.core.zones()[0]?.tuning.test?.endedAtMs !== null, 3_600);
    rig.ask({ name: 'applyTuning', zone: 'zone1' }, erik);
    plant.machine.zones = rig.core.zones();
    const { body } = await plant.send('get', '/api/v1/tuning', { as: operator });
    const [zone1, zone2] = body;
    assert.deepEqual(
      [zone1.zone, zone1.gainsFrom, zone2.zone, zone2.gainsFrom],
      ['zone1', 'tuning', 'zone2', 'configuration'],
    );
    const { result } = zone1.test;
    assert.equal(zone1.test.phase, 'done');
    assert.deepEqual([zone1.gains, zone1.applied.gains], [result.gains, result.gains]);
    assert.deepEqual(
      [zone1.configuredGains, zone1.applied.replaced],
      [
        { kp: 5, ki: 0.1, kd: 10 },
        { kp: 5, ki: 0.1, kd: 10 },
      ],
    );
    assert.equal(zone1.applied.state, 'watching');
    assert.deepEqual(result.predicted.found.points[0], [0, 190]);
    assert.ok(result.ultimateGain > 0 && result.ultimatePeriodSeconds > 0);
    assert.match(zone1.applied.appliedAt, /^2026-11-23T06:/u);
    assert.deepEqual([zone2.test, zone2.applied], [null, null]);
  });

  it('does not tell what was known last as present while the control is silent', async () => {
    const rig = new Rig().toReady();
    rig.ask({ name: 'tune', zone: 'zone1', setpointC: 200 }, erik);
    rig.run(60);
    plant.machine.zones = rig.core.zones();
    const shown = async (): Promise<unknown[][]> => {
      const one = await plant.send('get', '/api/v1/tuning/zone1', { as: operator });
      const all = await plant.send('get', '/api/v1/tuning', { as: operator });
      return [one.body, all.body[0]].map(({ controlAlive, workingSetpoint, test }) => [
        controlAlive,
        workingSetpoint !== null,
        test.phase,
        test.etaSeconds !== null,
      ]);
    };
    const alive = [true, true, 'settle', true];
    assert.deepEqual(await shown(), [alive, alive]);
    plant.machine.controlAlive = false;
    const silent = [false, false, 'settle', false];
    assert.deepEqual(await shown(), [silent, silent]);
    plant.machine.controlAlive = true;
  });

  it('says so when the control has told nothing of the zones yet', async () => {
    plant.machine.zones = [];
    for (const path of ['/tuning', '/tuning/zone1']) {
      const response = await plant.send('get', `/api/v1${path}`, { as: operator });
      assert.deepEqual([response.status, codeOf(response)], [503, 'CONTROL_UNAVAILABLE'], path);
    }
  });
});
