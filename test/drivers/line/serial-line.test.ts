import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SerialPort } from 'serialport';
import { need } from '../../needs.ts';
import { MisbehavingSlave } from '../misbehaving-slave.ts';
import { drive, TestField, thermocouples, until } from '../test-field.ts';

describe('a serial line', () => {
  let folder: string;
  let socat: ChildProcess;
  let far: SerialPort;
  let test: TestField;
  const master = () => path.join(folder, 'ttyM');

  /** Two pseudo-terminals back to back; pulling the plug ends the process that joins them. */
  async function plugIn(): Promise<void> {
    const ends = ['ttyM', 'ttyS'].map((name) => `pty,raw,echo=0,link=${path.join(folder, name)}`);
    socat = spawn('socat', ends, { stdio: 'ignore' });
    await until('the pseudo-terminals', () => existsSync(master()) && existsSync(path.join(folder, 'ttyS')));
    far = new SerialPort({ path: path.join(folder, 'ttyS'), baudRate: 115_200, autoOpen: false });
    far.on('error', () => far.destroy());
    await new Promise<void>((resolve, reject) => far.open((error) => (error ? reject(error) : resolve())));
  }

  async function unplug(): Promise<void> {
    if (socat.exitCode !== null || socat.signalCode !== null) return;
    const ended = new Promise((resolve) => socat.once('exit', resolve));
    socat.kill();
    await ended;
  }

  before(function () {
    need(this, 'socat');
  });
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'tve-serial-'));
    await plugIn();
  });
  afterEach(async () => {
    await test.stop({ 'drive2.command': 0, 'drive2.reset': false });
    if (far.isOpen) await new Promise<void>((resolve) => far.close(() => resolve()));
    await unplug();
    rmSync(folder, { recursive: true, force: true });
  });

  const modules = [
    { id: 'ai1', unit: 1, profile: thermocouples },
    { id: 'drive2', unit: 2, profile: drive, watchdogMs: 1_000 },
  ];
  const start = (slave: MisbehavingSlave) =>
    TestField.start('rtu-over-tcp', modules, { transport: 'rtu', path: master() }, slave);

  it('is polled, written and read back', async () => {
    const slave = MisbehavingSlave.on(far);
    slave.unit(1).input.set(0, 234);
    test = await start(slave);
    test.command({ 'drive2.command': 0, 'drive2.reset': false });
    await until('verified', () => test.module('drive2').verified);
    test.command({ 'drive2.command': -70, 'drive2.reset': false });
    await until('readings', () => test.last('drive2.command')?.value === -70 && test.last('ai1.t0')?.value === 23.4);
    assert.deepEqual([slave.unit(2).holding.get(0), slave.unit(2).holding.get(1)], [3, 70]);
    assert.equal(test.statistics('ai1').failures, 0);
  });

  it('never delivers a late reply, and is in step again after it', async () => {
    const slave = MisbehavingSlave.on(far);
    test = await start(slave);
    const asked = new Map<number, number>();
    let number = 0;
    slave.prepare = ({ unit, address, argument, atMs }) => {
      if (unit !== 1 || address !== 0 || argument !== 4) return;
      asked.set(++number, atMs);
      slave.unit(1).input.set(0, number);
    };
    let requests = 0;
    slave.react = () => ({ kind: 'answer', afterMs: requests++ % 9 === 4 ? 170 : 0 });
    await until('late replies', () => test.statistics('ai1').lateFrames + test.statistics('drive2').lateFrames > 4);
    const good = (): ReturnType<typeof test.of> => test.of('ai1.t0').filter(({ quality }) => quality === 'Good');
    await until('good readings', () => good().length > 5);
    // one request is in flight at a time, so a value is the answer to the newest one asked before it came
    for (const { value, atMs } of good()) {
      const newest = [...asked].findLast(([, askedAtMs]) => askedAtMs <= atMs)?.[0];
      assert.equal(Math.round(Number(value) * 10), newest);
    }
  });

  it('is opened again when its adapter was unplugged', async () => {
    test = await start(MisbehavingSlave.on(far));
    await until('a reading', () => test.last('ai1.t0') !== undefined);
    await unplug();
    await until('the loss', () => !test.module('drive2').verified);
    await until('words about it', () => test.statistics('ai1').lastError !== null);
    await plugIn();
    const back = MisbehavingSlave.on(far);
    for (const [id, memory] of test.slave.units) back.units.set(id, memory);
    const sinceMs = performance.now();
    await until('a reading', () => (test.last('ai1.t0')?.atMs ?? 0) > sinceMs);
    await until('verified', () => test.module('drive2').verified);
  });
});
