import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import modbusSerial from 'modbus-serial';
import { parse, stringify } from 'yaml';
import { decodeRegisters, encodeRegisters } from '../../drivers/codec/registers.ts';
import { exceptionOf, type Client } from '../drivers/modbus-server/bench.ts';
import { freePort } from '../free-port.ts';
import { need } from '../needs.ts';
import { startPlant, startServerProgram, type Plant } from './plant.ts';
import { until } from './until.ts';

const run = promisify(execFile);

const section = {
  maximumConnections: 4,
  allowedAddresses: ['127.0.0.1'],
  qualityOffset: 100,
  ageOffset: 200,
  answerWithinMs: 2_000,
  registers: [
    { signal: 'temperature.zone1', area: 'input', address: 0, type: 'float32' },
    { signal: 'temperature.zone2', area: 'input', address: 2, type: 'float32' },
    { signal: 'motor.main.speed', area: 'input', address: 4, type: 'int16' },
    { signal: 'machine.state', area: 'input', address: 5, type: 'uint16' },
    { status: 'heartbeat', area: 'input', address: 50 },
    { status: 'activeAlarms', area: 'input', address: 51 },
    { signal: 'safety.estopClosed', area: 'discrete', address: 0, quality: 150 },
    { signal: 'heater.zone1.setpoint', area: 'holding', address: 0, type: 'float32', writable: 'set' },
    { signal: 'heater.zone2.setpoint', area: 'holding', address: 2, type: 'float32', writable: 'set' },
    { signal: 'motor.main.setpoint', area: 'holding', address: 4, type: 'int16', writable: 'set' },
    { signal: 'motor.feed.setpoint', area: 'holding', address: 5, type: 'int16', writable: 'set' },
    { signal: 'heater.enabled', area: 'coil', address: 0, writable: 'set' },
    { writable: 'stop', area: 'coil', address: 1 },
    { commands: ['start', 'stop', 'clearAlarms', 'heatOff'], area: 'holding', address: 300 },
  ],
};

const states = { READY: 2, RUNNING: 4 } as const;

interface AuditItem {
  readonly actor: string;
  readonly origin: string;
  readonly station: string;
  readonly action: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly before: unknown;
  readonly after: unknown;
  readonly result: string;
  readonly reasons: readonly { readonly code: string }[];
}

describe('the Modbus server on the whole plant', function () {
  this.timeout(180_000);
  let configDir: string;
  let plant: Plant;
  let port: number;
  let client: Client;

  before(async () => {
    port = await freePort();
    configDir = await mkdtemp(path.join(tmpdir(), 'tve-modbus-'));
    const config = path.join(configDir, 'tvemicro.yaml');
    const factory = (await readFile('config/tvemicro.yaml', 'utf8')).replace('soakSeconds: 30', 'soakSeconds: 1');
    await writeFile(config, stringify({ ...(parse(factory) as object), modbusServer: { port, ...section } }));
    plant = await startPlant({ config, temperaturesC: { zone1: 200, zone2: 200 } });
    client = await connect();
    await untilGood();
  });
  after(async () => {
    client?.close(() => undefined);
    await plant?.stop();
    await rm(configDir, { recursive: true, force: true });
  });

  afterEach(async () => plant.repairAll());

  async function connect(): Promise<Client> {
    const made = new modbusSerial.default();
    made.on('error', () => undefined);
    await made.connectTCP('127.0.0.1', { port });
    made.setID(1);
    made.setTimeout(8_000);
    return made;
  }

  async function words(address: number, count: number): Promise<number[]> {
    return (await client.readInputRegisters(address, count)).data;
  }

  async function untilGood(): Promise<void> {
    let last: unknown = null;
    await until(
      'quality words 0',
      30_000,
      async () => (last = await words(100, 6)).every((word) => word === 0),
      () => last,
    );
  }

  async function untilState(state: keyof typeof states): Promise<void> {
    await until(state, 40_000, async () => (await words(5, 1))[0] === states[state]);
  }

  /** Values as mbpoll reads them. */
  async function poll(...args: string[]): Promise<number[]> {
    const where = ['-m', 'tcp', '-p', String(port), '-a', '1', '-0', '-1'];
    const { stdout } = await run('mbpoll', [...where, ...args, '127.0.0.1']);
    return [...stdout.matchAll(/^\[\d+\]:\s+([\d.e+-]+)/gm)].map(([, value]) => Number(value));
  }

  async function audit(action: string): Promise<readonly AuditItem[]> {
    return (await plant.admin.get<{ items: AuditItem[] }>(`/audit?action=${action}&actor=modbus-server`)).body.items;
  }

  it('gives mbpoll the temperatures that the plant truly has, Good and fresh', async function () {
    need(this, 'mbpoll');
    const { temperatures } = await plant.truth();
    const [zone1, zone2] = await poll('-t', '3:float', '-B', '-r', '0', '-c', '2');
    assert.ok(Math.abs((zone1 ?? 0) - (temperatures['zone1'] ?? 0)) < 3, `${zone1} °C`);
    assert.ok(Math.abs((zone2 ?? 0) - (temperatures['zone2'] ?? 0)) < 3, `${zone2} °C`);
    assert.deepEqual(await poll('-t', '3', '-r', '100', '-c', '6'), [0, 0, 0, 0, 0, 0]);
    const ages = await poll('-t', '3', '-r', '200', '-c', '4');
    assert.ok(ages.length === 4 && ages.every((age) => age < 1_500), `ages of ${ages.join()} ms`);
    assert.deepEqual(await poll('-t', '1', '-r', '0', '-c', '1'), [1]);
  });

  it('serves a client of libmodbus in C: a float read, a float written, and the refusal of one out of range', async function () {
    need(this, 'cc', 'libmodbus');
    const program = path.join(configDir, 'libmodbus_operator');
    await run('cc', ['-I/usr/include/modbus', '-o', program, 'test/interop/libmodbus_operator.c', '-lmodbus']);
    const { stdout } = await run(program, [String(port), '195.5']);
    const [value, quality1, quality2, readBack] = stdout.trim().split(' ').map(Number);
    assert.ok(Math.abs((value ?? 0) - 200) < 20, stdout);
    assert.deepEqual([quality1, quality2, readBack], [0, 0, 195.5]);
    assert.equal((await plant.signal('heater.zone1.setpoint')).value, 195.5);
    await assert.rejects(run(program, [String(port), '300']), ({ stdout }: { stdout: string }) =>
      stdout.startsWith('exception Illegal data value'),
    );
    assert.equal((await plant.signal('heater.zone1.setpoint')).value, 195.5);
  });

  it('refuses a start that the machine refuses, and enters who asked from where with every reason', async () => {
    assert.equal(await exceptionOf(client.writeRegisters(300, [1, 100])), 4);
    assert.deepEqual((await client.readHoldingRegisters(300, 4)).data, [1, 100, 100, 17], 'the first is learnt');
    assert.equal(await exceptionOf(client.writeRegisters(300, [1, 1])), 4);
    assert.deepEqual((await client.readHoldingRegisters(300, 4)).data, [1, 1, 1, 13]);
    const [entry] = await audit('start');
    assert.deepEqual([entry?.origin, entry?.station, entry?.result], ['modbus', '127.0.0.1', 'refused']);
    assert.ok(entry?.reasons.some(({ code }) => code === 'WRONG_STATE'));
  });

  it('brings the machine from setpoints to RUNNING and to rest', async () => {
    for (const address of [0, 2]) await client.writeRegisters(address, encodeRegisters(200.1, 'float32'));
    await client.writeRegister(4, 600);
    await client.writeRegister(5, 200);
    await until('heating', 20_000, async () => {
      await client.writeCoil(0, false);
      return (await exceptionOf(client.writeCoil(0, true))) === null;
    });
    assert.equal((await client.readCoils(0, 1)).data[0], true);
    await untilState('READY');
    await client.writeRegisters(300, [1, 2]);
    assert.deepEqual((await client.readHoldingRegisters(302, 2)).data, [2, 2]);
    await untilState('RUNNING');
    await until('600 rpm', 15_000, async () => Math.abs(((await words(4, 1))[0] ?? 0) - 600) <= 30);
    assert.ok(Math.abs(((await plant.truth()).drives['main']?.speedRpm ?? 0) - 600) <= 60);

    const [setpoint] = (await audit('write')).filter(({ args }) => args['signal'] === 'heater.zone2.setpoint');
    assert.deepEqual([setpoint?.args['value'], setpoint?.after, setpoint?.result], [200.1, 200.1, 'accepted']);
    const [start] = await audit('start');
    assert.deepEqual([start?.actor, start?.origin, start?.result], ['modbus-server', 'modbus', 'accepted']);

    await client.writeCoil(1, true);
    await client.writeCoil(0, false);
    await until('standstill', 20_000, async () => (await words(4, 1))[0] === 0);
  });

  it('tells of a broken sensor by its quality word, and gives no number for it', async () => {
    await plant.fault('temperature.zone1', 'open-circuit');
    await until('BadSensorFailure', 3_000, async () => (await words(100, 1))[0] === 0x808c);
    assert.equal(await exceptionOf(client.readInputRegisters(0, 2)), 4);
    assert.equal(decodeRegisters(await words(2, 2), 'float32') > 100, true, 'the other zone goes on');
    await until('an active alarm', 5_000, async () => ((await words(51, 1))[0] ?? 0) > 0);
    await plant.repairAll();
    await untilGood();
    await until('cleared', 15_000, async () => (await plant.operator.post('/alarms/clear')).status === 200);
  });

  for (const { signal, what, withinMs } of [
    { signal: 'SIGKILL', what: 'is killed', withinMs: 1_000 },
    // 1 s of silence and a quarter to see it
    { signal: 'SIGSTOP', what: 'hangs', withinMs: 1_500 },
  ] as const)
    it(`shows nothing as Good when the control process ${what}, takes no command, and recovers`, async () => {
      const killedMs = performance.now();
      process.kill(plant.pid('control'), signal);
      await until('all Bad', withinMs + 1_000, async () => (await words(100, 6)).every((word) => word === 0x8005));
      const tookMs = performance.now() - killedMs;
      assert.ok(tookMs < withinMs, `Good for ${Math.round(tookMs)} ms`);
      assert.equal(await exceptionOf(client.readInputRegisters(0, 2)), 4);
      assert.equal(await exceptionOf(client.readDiscreteInputs(0, 1)), 4);
      assert.equal(await exceptionOf(client.writeRegister(4, 700)), 0x0b);
      await untilGood();
    });

  it('lets in whom it may, as many as it may, and tells what it did', async () => {
    const others = await Promise.all([connect(), connect(), connect()]);
    for (const other of others) assert.equal((await other.readInputRegisters(51, 1)).data.length, 1);
    assert.equal(await isHungUp('127.0.0.1'), true, 'a client too many');
    for (const other of others) await new Promise<void>((resolve) => other.close(() => resolve()));
    assert.equal(await isHungUp('127.0.0.2'), true, 'a foreign address');
    const { body } = await plant.engineer.get<{ modbusServer: Record<string, unknown> }>('/diagnostics');
    const { connections, turnedAway, requests, refusedWrites } = body.modbusServer;
    assert.equal(connections, 1);
    assert.deepEqual(turnedAway, { address: 1, limit: 1 });
    assert.ok(Number(requests) > 50 && Number(refusedWrites) >= 4, JSON.stringify(body.modbusServer));
  });

  it('hangs up on garbage and goes on serving the others', async () => {
    assert.equal(await isHungUp('127.0.0.1', Buffer.from('\u0016\u0003\u0001 hello, is this TLS?')), true);
    assert.equal((await words(51, 1)).length, 1);
    const { body } = await plant.engineer.get<{ modbusServer: { garbled: number } }>('/diagnostics');
    assert.equal(body.modbusServer.garbled, 1);
  });

  it('is there again, at the same port, after the gateway process was killed', async () => {
    process.kill(plant.pid('gateway'), 'SIGKILL');
    client.close(() => undefined);
    // the first connections may still be taken by the process that is going
    await until('an answer', 30_000, async () => {
      const next = await connect().catch(() => null);
      if (next === null) return false;
      next.setTimeout(500);
      const answer = await next.readInputRegisters(51, 1).catch(() => null);
      if (answer === null) next.close(() => undefined);
      else client = next;
      return answer;
    });
    await untilGood();
  });

  /** Whether the server closes the connection instead of answering. */
  async function isHungUp(
    localAddress: string,
    bytes = Buffer.from([0, 1, 0, 0, 0, 6, 1, 4, 0, 51, 0, 1]),
  ): Promise<boolean> {
    const socket = createConnection({ host: '127.0.0.1', port, localAddress });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(bytes);
    const closed = await new Promise<boolean>((resolve) => {
      socket.once('data', () => resolve(false));
      socket.once('close', () => resolve(true));
    });
    socket.destroy();
    return closed;
  }
});

describe('a server whose configuration has no section modbusServer', function () {
  this.timeout(120_000);

  it('listens for REST and OPC UA and on nothing else', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'tve-no-modbus-'));
    const server = await startServerProgram('config/tvemicro.yaml', dataDir, {});
    try {
      const ports = [...server.readyLine.matchAll(/:(\d+)(?=[ /]|$)/g)].map(([, port]) => Number(port));
      assert.equal(ports.length, 2);
      assert.deepEqual(
        listeningPorts(server.pid),
        ports.toSorted((a, b) => a - b),
      );
    } finally {
      await server.end();
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

/** TCP ports on which a process and its children listen, from the kernel's tables. */
function listeningPorts(parent: number): number[] {
  const tables = ['tcp', 'tcp6'].map((table) => readFileSync(`/proc/net/${table}`, 'utf8')).join('\n');
  const inodes = new Map(
    [...tables.matchAll(/^ *\d+: \w+:(\w{4}) \w+:\w{4} 0A (?:\S+ +){5}(\d+)/gm)].map(([, port = '', inode = '']) => [
      `socket:[${inode}]`,
      Number.parseInt(port, 16),
    ]),
  );
  const ports = processesUnder(parent).flatMap((pid) =>
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => inodes.get(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? []),
  );
  return [...new Set(ports)].toSorted((a, b) => a - b);
}

function processesUnder(parent: number): number[] {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return [parent, ...children.flatMap((child) => processesUnder(Number(child)))];
}
