import assert from 'node:assert/strict';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.ts';
import { controlClient, type ControlClient } from './control-client.ts';
import { factoryConfiguration } from './factory.ts';
import { connectMaster, word } from './raw-master.ts';

interface State {
  readonly modelSeconds: number;
  readonly speedFactor: number;
  readonly temperatures: Record<string, number>;
  readonly duties: Record<string, number>;
  readonly contactorClosed: boolean;
  readonly estopClosed: boolean;
  readonly heaterPowerW: number;
  readonly drives: Record<string, { speedRpm: number; running: boolean; faultCode: number }>;
  readonly coils: Record<string, boolean>;
  readonly watchdogs: Record<string, { timeMs: number; expired: boolean }>;
  readonly faults: readonly { id: string; target: string; fault: string }[];
}

describe('fault control of the simulator', () => {
  let simulator: RunningSimulator;
  let control: ControlClient;
  const state = async (): Promise<State> => (await control.ask('GET', '/state')).body as State;

  before(async () => {
    const configuration = factoryConfiguration();
    simulator = await startSimulator({ configuration, tcpPort: 0, rtuPort: 0, controlPort: 0 });
    control = controlClient(simulator.control);
  });
  afterEach(() => control.liftAll());
  after(() => simulator.close());

  it('shows the truth of the plant, the outputs, the watchdogs and the faults', async () => {
    const tcp = await connectMaster(simulator.tcp ?? '', 'tcp');
    await tcp.pdu(2, [16, 0, 0, 0, 2, 4, ...word(100), ...word(200)]);
    await tcp.writeCoil(1, 5, true);
    await tcp.writeRegister(1, 100, 60_000);
    const id = await control.fault('motor.main.fault', 'drive-fault', { code: 7 });
    const now = await state();
    assert.deepEqual(now.duties, { zone1: 10, zone2: 20 });
    assert.deepEqual(Object.keys(now.temperatures).toSorted(), ['feed', 'motor', 'zone1', 'zone2']);
    assert.equal(now.contactorClosed, true);
    assert.equal(now.estopClosed, true);
    assert.equal(now.heaterPowerW, 75);
    assert.equal(now.coils['heater.contactor'], true);
    assert.deepEqual(now.watchdogs['dio1'], { timeMs: 60_000, expired: false, expirations: 0 });
    assert.equal(now.drives['main']?.faultCode, 7);
    assert.equal(now.drives['feed']?.running, false);
    assert.deepEqual(now.faults, [{ id, target: 'motor.main.fault', fault: 'drive-fault', params: { code: 7 } }]);
    await tcp.writeRegister(1, 100, 0);
    tcp.close();
  });

  it('shows every register by address and name', async () => {
    const { body } = await control.ask('GET', '/modules');
    const modules = body as { id: string; unit: number; input: { address: number; raw: number }[] }[];
    assert.deepEqual(
      modules.map(({ id, unit }) => [id, unit]),
      [
        ['ai1', 1],
        ['drive1', 2],
        ['drive2', 3],
        ['dio1', 1],
        ['ssr1', 2],
      ],
    );
    assert.deepEqual(
      modules[0]?.input.map(({ address }) => address),
      [0, 1, 2, 3, 8],
    );
  });

  it('lifts one fault, and all', async () => {
    const first = await control.fault('ai1', 'open-circuit');
    const second = await control.fault('ssr1', 'slow');
    assert.notEqual(first, second);
    assert.equal((await control.ask('DELETE', `/faults/${first}`)).status, 204);
    assert.deepEqual(
      (await state()).faults.map(({ id }) => id),
      [second],
    );
    assert.equal((await control.ask('DELETE', `/faults/${first}`)).status, 404);
    await control.liftAll();
    assert.deepEqual((await state()).faults, []);
  });

  it('changes the speed of the model, down to a standstill', async () => {
    assert.equal((await control.ask('PUT', '/speed', { factor: 0 })).status, 200);
    const { modelSeconds } = await state();
    await new Promise((resolve) => setTimeout(resolve, 120));
    assert.equal((await state()).modelSeconds, modelSeconds);
    await control.ask('PUT', '/speed', { factor: 5 });
    assert.equal((await state()).speedFactor, 5);
    await control.ask('PUT', '/speed', { factor: 1 });
  });

  it('presses the panel buttons', async () => {
    const tcp = await connectMaster(simulator.tcp ?? '', 'tcp');
    assert.equal((await control.ask('POST', '/panel', { button: 'stop' })).status, 200);
    assert.deepEqual(await tcp.bits(1, 2, 0, 3), [true, false, true]);
    tcp.close();
  });

  it('sets true temperatures, so that nobody waits for a barrel to heat', async () => {
    assert.equal((await control.ask('PUT', '/temperatures', { zone1: 200, motor: 50 })).status, 204);
    const { temperatures } = await state();
    assert.ok(Math.abs((temperatures['zone1'] ?? 0) - 200) < 1 && Math.abs((temperatures['motor'] ?? 0) - 50) < 1);
  });

  const refusals: readonly [what: string, method: string, path: string, body: unknown, words: RegExp][] = [
    ['no JSON', 'POST', '/faults', '{"target', /JSON/],
    ['no body', 'POST', '/faults', undefined, /application\/json/],
    ['a fault without target', 'POST', '/faults', { fault: 'silent' }, /target/],
    ['an unknown key', 'POST', '/faults', { target: 'ai1', fault: 'silent', second: 1 }, /second/],
    ['an unknown fault', 'POST', '/faults', { target: 'ai1', fault: 'on-fire' }, /open-circuit, frozen, drift/],
    ['an unknown target', 'POST', '/faults', { target: 'ai9', fault: 'silent' }, /ai1, temperature\.feed/],
    [
      'a target that can not have it',
      'POST',
      '/faults',
      { target: 'fan.on', fault: 'open-circuit' },
      /temperature\.zone1/,
    ],
    ['a bad CRC on TCP', 'POST', '/faults', { target: 'ssr1', fault: 'bad-crc' }, /no CRC.*drive1/],
    ['estop on another contact', 'POST', '/faults', { target: 'panel.stop', fault: 'estop' }, /safety\.estopClosed/],
    ['a wrong parameter', 'POST', '/faults', { target: 'ai1', fault: 'slow', params: { delayMs: -1 } }, /delayMs/],
    ['a parameter too many', 'POST', '/faults', { target: 'ai1', fault: 'silent', params: { hard: 1 } }, /hard/],
    [
      'an exception that does not exist',
      'POST',
      '/faults',
      { target: 'ai1', fault: 'exception', params: { code: 7 } },
      /1, 2, 3, 4, 5, 6, 8, 10, 11/,
    ],
    ['no time at all', 'POST', '/faults', { target: 'ai1', fault: 'silent', seconds: 0 }, /seconds/],
    ['a button that is not there', 'POST', '/panel', { button: 'pause' }, /start.*stop/],
    ['a speed above 5', 'PUT', '/speed', { factor: 5.1 }, /5/],
    ['time going back', 'PUT', '/speed', { factor: -1 }, /0/],
    ['a temperature of nothing', 'PUT', '/temperatures', { zone9: 20 }, /zone1, zone2, feed, motor/],
  ];
  for (const [what, method, path, body, words] of refusals)
    it(`refuses ${what} and names what is right`, async () => {
      const answer = await control.ask(method, path, body);
      assert.equal(answer.status, 400);
      assert.match((answer.body as { error: string }).error, words);
      assert.deepEqual((await state()).faults, []);
    });

  it('answers other paths and methods in the same form', async () => {
    assert.equal((await control.ask('GET', '/nothing')).status, 404);
    assert.equal((await control.ask('POST', '/speed', { factor: 1 })).status, 405);
  });
});
