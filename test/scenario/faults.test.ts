import assert from 'node:assert/strict';
import { startPlant, untilState, type Plant } from './plant.ts';
import { until } from './until.ts';

/** How long after the fault a signal may still be Good: its freshness limit, a scan, a poll and the way to the client. */
const staleWithinMs = 1_000 + 250 + 250 + 500;
/** The trip follows three seconds after the fault was seen. */
const tripWithinMs = staleWithinMs + 3_000 + 750;

const modules: readonly { readonly module: string; readonly signals: readonly string[]; readonly alarm: string }[] = [
  { module: 'ai1', signals: ['temperature.zone1', 'temperature.motor'], alarm: 'AI1_COMMS_LOST' },
  { module: 'drive1', signals: ['motor.main.speed', 'motor.main.running'], alarm: 'DRIVE1_COMMS_LOST' },
  { module: 'drive2', signals: ['motor.feed.speed', 'motor.feed.fault'], alarm: 'DRIVE2_COMMS_LOST' },
  { module: 'dio1', signals: ['safety.estopClosed', 'fan.on'], alarm: 'DIO1_COMMS_LOST' },
  { module: 'ssr1', signals: ['heater.power', 'heater.zone1.output'], alarm: 'SSR1_COMMS_LOST' },
];

describe('faults on the whole plant', function () {
  this.timeout(120_000);
  let plant: Plant;

  before(async () => {
    plant = await startPlant();
    await allGood();
  });
  after(async () => plant.stop());
  afterEach(async () => {
    await plant.repairAll();
    await allGood();
    await until('the alarms cleared', 15_000, async () => {
      await plant.operator.post('/machine/heat', { on: false });
      await plant.operator.post('/alarms/clear');
      return (await plant.machine()).state === 'IDLE';
    });
  });

  async function allGood(): Promise<void> {
    let bad: unknown = null;
    await until(
      'every signal Good',
      30_000,
      async () => {
        const { status, body } = await plant.operator.get<{ id: string; quality: string }[]>('/signals');
        bad = status === 200 ? body.filter(({ quality }) => quality !== 'Good') : body;
        return status === 200 && Array.isArray(bad) && bad.length === 0;
      },
      () => bad,
    );
  }

  async function heat(): Promise<void> {
    for (const zone of ['zone1', 'zone2']) await plant.operator.put(`/signals/heater.${zone}.setpoint`, { value: 200 });
    assert.equal((await plant.operator.post('/machine/heat', { on: true })).status, 200);
    await until('heaters on', 10_000, async () => ((await plant.truth()).duties['zone1'] ?? 0) > 10);
  }

  const cuts = modules.map((module) => ({ ...module, fault: 'cut', words: 'is cut off' }));
  const silences = modules.slice(0, 1).map((module) => ({ ...module, fault: 'silent', words: 'falls silent' }));
  for (const { module, signals, alarm, fault, words } of [...cuts, ...silences]) {
    it(`${module} ${words}: its signals leave Good, ${alarm} stands, the machine trips and the heaters are off`, async () => {
      await heat();
      await plant.fault(module, fault);
      for (const signal of signals) {
        const { tookMs } = await until(
          `${signal} bad`,
          staleWithinMs + 3_000,
          async () => (await plant.signal(signal)).quality === 'BadCommunicationError',
        );
        assert.ok(tookMs < staleWithinMs, `${signal} stayed Good for ${Math.round(tookMs)} ms`);
      }
      await until(alarm, 2_000, async () => (await plant.alarms()).some(({ id, active }) => id === alarm && active));
      const tripMs = await untilState(plant, 'ALARM', tripWithinMs);
      assert.ok(tripMs < tripWithinMs);
      await until('heaters off in the plant', 3_000, async () => {
        const { duties, contactorClosed } = await plant.truth();
        return !contactorClosed || (duties['zone1'] === 0 && duties['zone2'] === 0);
      });
      assert.equal((await plant.operator.post('/machine/heat', { on: true })).status, 409);
    });
  }

  it('a pulled zone sensor is a sensor failure at once, never a number, and trips within four seconds', async () => {
    await heat();
    await plant.fault('temperature.zone1', 'open-circuit');
    const { tookMs } = await until(
      'zone 1 failed',
      3_000,
      async () => (await plant.signal('temperature.zone1')).quality === 'BadSensorFailure',
    );
    assert.ok(tookMs < 1_500, `${Math.round(tookMs)} ms`);
    await until('zone 1 heater off', 2_000, async () => (await plant.truth()).duties['zone1'] === 0);
    await untilState(plant, 'ALARM', 5_000);
    assert.ok((await plant.alarms()).some(({ id, trip }) => id === 'ZONE1_SENSOR_FAILED' && trip));
    const { value } = await plant.signal('temperature.zone1');
    assert.ok(value === null || Number(value) < 100, `a failed reading became ${value}`);
  });

  it('a pulled feed throat sensor only rings', async () => {
    await plant.fault('temperature.feed', 'open-circuit');
    await until('alarm', 4_000, async () => (await plant.alarms()).some(({ id }) => id === 'FEED_SENSOR_FAILED'));
    assert.notEqual((await plant.machine()).state, 'ALARM');
  });

  it('the e-stop trips at once and clearing is refused while its chain is open', async () => {
    await heat();
    const id = await plant.fault('dio1', 'estop');
    await untilState(plant, 'ALARM', 1_500);
    assert.equal((await plant.operator.post('/alarms/clear')).status, 409);
    await plant.repair(id);
    await until('chain closed', 2_000, async () => (await plant.signal('safety.estopClosed')).value === true);
    assert.equal((await plant.operator.post('/alarms/clear')).status, 200);
    assert.equal((await plant.machine()).state, 'IDLE');
  });

  it('the gateway is killed: the machine goes on, the panel stop works, and the gateway comes back with the right image', async () => {
    await heat();
    const pid = plant.pid('gateway');
    const before = await plant.truth();
    assert.ok((before.duties['zone1'] ?? 0) > 0);
    process.kill(pid, 'SIGKILL');
    await until('the gateway is away', 2_000, async () =>
      fetch(`${plant.http}/healthz`).then(
        () => false,
        () => true,
      ),
    );
    await plant.press('stop');
    assert.ok(((await plant.truth()).duties['zone1'] ?? 0) > 0, 'the control process stopped heating with the gateway');
    await until('the gateway is back', 60_000, async () =>
      fetch(`${plant.http}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    assert.notEqual(plant.pid('gateway'), pid);
    await allGood();
    assert.equal((await plant.machine()).state, 'HEATING');
    await until('the panel stop in the audit', 5_000, async () => {
      const { body } = await plant.admin.get<{ items: { action: string; origin: string; actor: string }[] }>(
        '/audit?action=stop',
      );
      return body.items.some(({ origin, actor }) => origin === 'panel' && actor === 'panel');
    });
  });

  it('the control process is killed: quality is Bad at once, CONTROL_LOST stands, the modules make the machine safe, and it restarts into IDLE', async () => {
    await heat();
    process.kill(plant.pid('control'), 'SIGKILL');
    const { tookMs } = await until(
      'zone 1 bad',
      1_000,
      async () => (await plant.signal('temperature.zone1')).quality === 'BadCommunicationError',
    );
    assert.ok(tookMs < 1_000);
    await until('CONTROL_LOST', 1_000, async () => (await plant.alarms()).some(({ id }) => id === 'CONTROL_LOST'));
    await allGood();
    await until('heaters off in the plant', 3_000, async () => (await plant.truth()).duties['zone1'] === 0);
    assert.equal((await plant.machine()).state, 'IDLE');
    assert.equal((await plant.signal('heater.enabled')).value, false);
    assert.equal((await plant.signal('heater.zone1.setpoint')).value, 200, 'setpoints survive');
  });
});

describe('the end of the supervisor', function () {
  this.timeout(120_000);

  it('leaves the outputs safe, also when the control process was just stalled', async () => {
    const plant = await startPlant();
    try {
      const pids = [plant.pid('control'), plant.pid('gateway')];
      await plant.operator.put('/signals/heater.zone1.setpoint', { value: 200 });
      await until(
        'heat on',
        20_000,
        async () => (await plant.operator.post('/machine/heat', { on: true })).status === 200,
      );
      await until('heaters on', 10_000, async () => ((await plant.truth()).duties['zone1'] ?? 0) > 10);
      const [control = 0] = pids;
      process.kill(control, 'SIGSTOP');
      await plant.server.end('SIGKILL');
      process.kill(control, 'SIGCONT');
      await until('heaters off by command, before any watchdog', 1_500, async () => {
        const { duties, contactorClosed } = await plant.truth();
        return duties['zone1'] === 0 && !contactorClosed;
      });
      await until('both processes are gone', 10_000, () => pids.every((pid) => !isRunning(pid)));
    } finally {
      await plant.stop();
    }
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
