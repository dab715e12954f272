import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SerialPort } from 'serialport';
import type { LineDeclaration } from '../../../drivers/declaration.ts';
import { Connection } from '../../../drivers/wire/connection.ts';
import { LineClosedError } from '../../../drivers/wire/errors.ts';
import { OwedReplies } from '../../../drivers/wire/owed-replies.ts';
import type { Request } from '../../../drivers/wire/request.ts';
import { need } from '../../needs.ts';
import { MisbehavingSlave } from '../misbehaving-slave.ts';
import { until } from '../test-field.ts';
import { serialLine } from './lines.ts';

const read: Request = { kind: 'read', area: 'holding', address: 0, count: 1 };
const withinMs = 1_000;

describe('connection by a serial port', () => {
  let folder: string;
  let socat: ChildProcess;
  let far: SerialPort;
  let connection: Connection | null = null;
  const end = (name: string) => path.join(folder, name);

  /** Two pseudo-terminals back to back, as an adapter with a module at its other end. */
  async function plugIn(): Promise<void> {
    const ends = ['near', 'far'].map((name) => `pty,raw,echo=0,link=${end(name)}`);
    socat = spawn('socat', ends, { stdio: 'ignore' });
    await until('the pseudo-terminals', () => existsSync(end('near')) && existsSync(end('far')));
    far = new SerialPort({ path: end('far'), baudRate: 115_200, autoOpen: false });
    far.on('error', () => far.destroy());
    await new Promise<void>((resolve, reject) => far.open((error) => (error ? reject(error) : resolve())));
  }

  async function unplug(): Promise<void> {
    if (socat.exitCode !== null || socat.signalCode !== null) return;
    const ended = new Promise((resolve) => socat.once('exit', resolve));
    socat.kill();
    await ended;
  }

  async function open(line: LineDeclaration): Promise<Connection> {
    connection = new Connection(line, new OwedReplies(line.timeoutMs), () => {});
    await connection.open();
    return connection;
  }

  before(function () {
    need(this, 'socat');
  });
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'tve-wire-'));
    await plugIn();
  });
  afterEach(async () => {
    await connection?.close();
    if (far.isOpen) await new Promise<void>((resolve) => far.close(() => resolve()));
    await unplug();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const dataBits of [7, 8] as const) {
    it(`speaks ASCII in ${dataBits} bits`, async () => {
      let heard = '';
      far.on('data', (bytes: Buffer) => {
        heard += bytes.toString('latin1');
        if (heard === ':010300000001FB\r\n') far.write(':0103020007F3\r\n');
      });
      const line = await open(serialLine('ascii', end('near'), { dataBits, baudRate: 9_600 }));
      assert.deepEqual((await line.ask(1, read, withinMs)).values, [7]);
    });
  }

  it('hears an adapter that repeats what is sent', async () => {
    far.on('data', (bytes: Buffer) => far.write(bytes));
    const slave = MisbehavingSlave.on(far);
    slave.unit(1).holding.set(0, 7);
    const line = await open(serialLine('rtu', end('near'), { echo: true }));
    assert.deepEqual((await line.ask(1, read, withinMs)).values, [7]);
    await line.ask(1, { kind: 'write-registers', address: 0, values: [8] }, withinMs);
    assert.equal(slave.unit(1).holding.get(0), 8);
    assert.deepEqual((await line.ask(1, read, withinMs)).values, [8]);
  });

  it('keeps the silence that was declared before each request', async () => {
    const slave = MisbehavingSlave.on(far);
    slave.unit(1).holding.set(0, 7);
    const line = await open(serialLine('rtu', end('near'), { turnaroundMs: 30 }));
    const beganMs = performance.now();
    for (let n = 0; n < 5; n++) await line.ask(1, read, withinMs);
    assert.ok(performance.now() - beganMs >= 4 * 30);
  });

  it('rejects what is pending when the adapter is pulled out, and opens under the same name when it is back', async () => {
    const line = serialLine('rtu', end('near'));
    for (let time = 0; time < 3; time++) {
      const slave = MisbehavingSlave.on(far);
      slave.unit(1).holding.set(0, time);
      const opened = await open(line);
      assert.deepEqual((await opened.ask(1, read, withinMs)).values, [time]);
      slave.react = () => ({ kind: 'silence' });
      const beganMs = performance.now();
      const pending = assert.rejects(opened.ask(1, read, 30_000), LineClosedError);
      await unplug();
      await pending;
      assert.ok(performance.now() - beganMs < 10_000);
      assert.equal(opened.isOpen, false);
      await opened.close();
      await assert.rejects(open(line), LineClosedError);
      await plugIn();
    }
  });
});
