import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { need, python } from '../needs.ts';
import { startPlant, untilState, type Plant } from './plant.ts';
import { until } from './until.ts';

interface Refusal {
  readonly code: string;
  readonly reasons: readonly { readonly code: string; readonly text: string }[];
}

describe('production on the whole plant', function () {
  this.timeout(400_000);
  let plant: Plant;

  before(async () => {
    plant = await startPlant();
    await plant.speed(5);
  });
  after(async () => plant.stop());

  it('reads every input of the field as Good and marks it as simulated', async () => {
    await until('all inputs Good', 15_000, async () => {
      const { body } = await plant.operator.get<{ id: string; quality: string }[]>('/signals');
      return body.every(({ quality }) => quality === 'Good');
    });
    const feed = await plant.signal('temperature.feed');
    assert.equal(feed.simulated, true);
    assert.equal(feed.unit, '°C');
    assert.ok(feed.ageMs < 1_500, `age ${feed.ageMs} ms`);
  });

  it('refuses a start while cold, with every reason and with the numbers', async () => {
    const { status, body } = await plant.operator.post<Refusal>('/machine/start');
    assert.equal(status, 409);
    const codes = body.reasons.map(({ code }) => code);
    assert.ok(codes.includes('WRONG_STATE') && codes.includes('COLD_EXTRUSION'), codes.join());
    const { blockers } = await plant.machine();
    assert.deepEqual(new Set(blockers.map(({ code }) => code)), new Set(codes));
  });

  it('heats to 200 °C, runs and stops by REST, and shows what the plant truly does', async () => {
    const settings = {
      'heater.zone1.setpoint': 200,
      'heater.zone2.setpoint': 200,
      'motor.main.setpoint': 600,
      'motor.feed.setpoint': 200,
    };
    for (const [signal, value] of Object.entries(settings)) {
      assert.equal((await plant.operator.put(`/signals/${signal}`, { value })).status, 200, signal);
    }
    assert.equal((await plant.operator.put('/signals/heater.zone1.setpoint', { value: 266 })).status, 422);
    assert.equal((await plant.operator.post('/machine/heat', { on: true })).status, 200);
    await untilState(plant, 'READY', 240_000);
    assert.equal((await plant.operator.post('/machine/start')).status, 200);
    await untilState(plant, 'RUNNING', 30_000);

    const { value: compared } = await until('speeds at their setpoints', 10_000, async () => {
      const truth = await plant.truth();
      const speed = await plant.signal('motor.main.speed');
      return Math.abs(Number(speed.value) - 600) < 20 && { truth, speed };
    });
    assert.ok(
      Math.abs((compared.truth.drives['main']?.speedRpm ?? 0) - Number(compared.speed.value)) < 20,
      JSON.stringify(compared),
    );
    for (const zone of ['zone1', 'zone2']) {
      const shown = await plant.signal(`temperature.${zone}`);
      const { temperatures } = await plant.truth();
      assert.equal(shown.quality, 'Good');
      assert.ok(
        Math.abs((temperatures[zone] ?? 0) - Number(shown.value)) < 2,
        `${zone}: ${shown.value} shown, ${temperatures[zone]} true`,
      );
    }

    const cycles = Number((await plant.signal('machine.cycles')).value);
    assert.equal((await plant.operator.post('/machine/stop')).status, 200);
    await untilState(plant, 'READY', 60_000);
    assert.equal(Number((await plant.signal('machine.cycles')).value), cycles + 1);
    assert.equal((await plant.truth()).drives['main']?.running, false);
    assert.equal((await plant.operator.post('/machine/heat', { on: false })).status, 200);
    await untilState(plant, 'IDLE', 5_000);
  });

  it('does the same for an independent OPC UA client, with the same decisions, up to a fault and its clearing', async function () {
    need(this, 'asyncua');
    const { stdout } = await promisify(execFile)(
      python,
      ['test/interop/opcua_operator.py', plant.opcua, 'operator', plant.control],
      { env: { ...process.env, TVE_PASSWORD: plant.passwords.get('operator') ?? '' }, timeout: 380_000 },
    );
    const seen = JSON.parse(stdout) as {
      readonly tooHot: string;
      readonly tooEarly: { readonly accepted: boolean; readonly reasons: readonly string[] };
      readonly heat: { readonly accepted: boolean };
      readonly start: { readonly accepted: boolean };
      readonly stop: { readonly accepted: boolean };
      readonly running: Readonly<
        Record<string, { readonly value: number; readonly status: string; readonly sourceTime: string }>
      >;
      readonly broken: { readonly value: number | null; readonly status: string };
      readonly stopped: { readonly value: boolean };
      readonly clearTooEarly: { readonly accepted: boolean; readonly reasons: readonly string[] };
      readonly clear: { readonly accepted: boolean };
      readonly repaired: { readonly status: string };
      readonly history: readonly string[];
    };
    assert.equal(seen.tooHot, 'BadOutOfRange');
    assert.equal(seen.tooEarly.accepted, false);
    assert.ok(seen.tooEarly.reasons.includes('WRONG_STATE'));
    assert.deepEqual([seen.heat.accepted, seen.start.accepted, seen.stop.accepted], [true, true, true]);
    for (const [name, { status }] of Object.entries(seen.running)) assert.equal(status, 'Good', name);
    assert.ok(Math.abs((seen.running['motor.main.speed']?.value ?? 0) - 600) < 20);
    assert.ok(Math.abs((seen.running['temperature.zone1']?.value ?? 0) - 200) < 8);
    assert.deepEqual([seen.broken.value, seen.broken.status], [null, 'BadSensorFailure']);
    assert.equal(seen.stopped.value, false, 'the contactor is open after the trip');
    assert.equal(seen.clearTooEarly.accepted, false, 'cleared although the sensor was broken');
    assert.ok(seen.clearTooEarly.reasons.length > 0);
    assert.deepEqual([seen.clear.accepted, seen.repaired.status], [true, 'Good']);
    const failedAt = seen.history.indexOf('BadSensorFailure');
    assert.ok(failedAt > 0 && seen.history[0] === 'Good' && seen.history.at(-1) === 'Good', seen.history.join());
  });

  it('leaves the same kind of audit entry whichever way a command came', async () => {
    const admin = plant.passwords.get('admin');
    assert.ok(admin !== undefined);
    const { body } = await plant.engineer.get<{ items: { action: string; origin: string }[] }>('/audit');
    assert.ok(Array.isArray(body.items));
    const own = (
      await plant.operator.get<{ items: { action: string; origin: string; actor: string }[] }>('/audit?action=start')
    ).body.items;
    assert.ok(own.length >= 2);
    assert.ok(own.every(({ actor }) => actor === 'operator'));
  });

  it('ends within five seconds with the outputs safe', async () => {
    const startMs = performance.now();
    assert.equal(await plant.server.end('SIGTERM'), 0);
    assert.ok(performance.now() - startMs < 5_000);
    const { contactorClosed, duties, drives } = await plant.truth();
    assert.equal(contactorClosed, false);
    assert.deepEqual(new Set(Object.values(duties)), new Set([0]));
    assert.ok(Object.values(drives).every(({ running }) => !running));
  });
});
