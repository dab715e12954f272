import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { need, python } from '../needs.ts';
import { readPasswords, startServerProgram, words } from '../scenario/plant.ts';
import { runProgram, type RunningProgram } from '../scenario/process.ts';
import { signIn, type RestClient, type SignalReply } from '../scenario/rest-client.ts';
import { until } from '../scenario/until.ts';

/** What the foreign slave's registers hold, in engineering units. */
const held: Readonly<Record<string, number | boolean>> = {
  'temperature.feed.raw': 25.1,
  'temperature.zone1.raw': 199.8,
  'temperature.zone2': 200.3,
  'temperature.motor': 31.2,
  'motor.main.current': 0.42,
  'motor.feed.current': 0.17,
  'motor.main.speed': 0,
  'motor.feed.running': false,
  'heater.energy': 123.456,
  'heater.power': 0,
  'safety.estopClosed': true,
  'panel.start': false,
  'heater.contactor': false,
};

describe('modules that pymodbus serves', function () {
  this.timeout(120_000);
  let slave: RunningProgram;
  let server: RunningProgram;
  let dataDir: string;
  let engineer: RestClient;
  let tcpPort: string;

  before(async function () {
    need(this, 'pymodbus', 'mbpoll');
    slave = await runProgram(python, ['test/interop/pymodbus_slave.py'], {
      env: process.env,
      ready: 'ready ',
      deadlineMs: 30_000,
    });
    const [, tcp, rtu] = slave.readyLine.split(' ');
    tcpPort = tcp ?? '';
    dataDir = await mkdtemp(path.join(tmpdir(), 'tve-foreign-'));
    server = await startServerProgram('config/tvemicro.yaml', dataDir, {
      TVE_SIM_TCP_PORT: tcp,
      TVE_SIM_RTU_PORT: rtu,
    });
    const password = (await readPasswords(dataDir)).get('engineer') ?? '';
    engineer = await signIn(words(server.readyLine).get('http') ?? '', 'engineer', password);
  });
  after(async () => {
    await server?.end();
    await slave?.end();
    if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
  });

  it('are read as what they hold, by TCP and by RTU', async () => {
    for (const [id, value] of Object.entries(held)) {
      const { value: signal } = await until(`${id} Good`, 15_000, async () => {
        const { body } = await engineer.get<SignalReply>(`/signals/${id}`);
        return body.quality === 'Good' && body;
      });
      if (typeof value === 'number')
        assert.ok(Math.abs(Number(signal.value) - value) < 1e-3, `${id}: ${signal.value} instead of ${value}`);
      else assert.equal(signal.value, value, id);
    }
  });

  it('have their watchdogs set and take what an engineer writes in MANUAL', async () => {
    assert.equal((await engineer.post('/machine/mode', { mode: 'MANUAL' })).status, 200);
    assert.equal((await engineer.put('/signals/pump.on', { value: true })).status, 200);
    // the fan runs already, since the zones that this slave shows are hot
    assert.deepEqual(await poll(['-a', '1', '-t', '0', '-r', '0', '-c', '3']), [1, 1, 0]);
    assert.deepEqual(await poll(['-a', '1', '-t', '4', '-r', '100', '-c', '2']), [2_000, 3]);
    assert.deepEqual(await poll(['-a', '2', '-t', '4', '-r', '100', '-c', '1']), [2_000]);
  });

  it('see the outputs go safe when the server ends', async () => {
    assert.equal(await server.end('SIGTERM'), 0);
    assert.deepEqual(await poll(['-a', '2', '-t', '4', '-r', '0', '-c', '2']), [0, 0]);
  });

  /** Values as mbpoll, a client of libmodbus, reads them over TCP. */
  async function poll(args: readonly string[]): Promise<number[]> {
    const { stdout } = await promisify(execFile)('mbpoll', [
      '-m',
      'tcp',
      '-p',
      tcpPort,
      '-0',
      '-1',
      ...args,
      '127.0.0.1',
    ]);
    return [...stdout.matchAll(/^\[\d+\]:\s+(\d+)/gm)].map(([, value]) => Number(value));
  }
});
