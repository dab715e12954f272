import assert from 'node:assert/strict';
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { need } from '../needs.ts';
import { startSimulatorProgram, words } from '../scenario/plant.ts';
import type { RunningProgram } from '../scenario/process.ts';
import { until } from '../scenario/until.ts';
import { controlClient } from './control-client.ts';

const run = promisify(execFile);
const config = 'config/tvemicro.yaml';
const program = path.resolve('simulator/main.ts');
const freePorts = { TVE_SIM_TCP_PORT: '0', TVE_SIM_RTU_PORT: '0', TVE_SIM_CONTROL_PORT: '0' };

/** Values that mbpoll prints, by address. */
async function mbpoll(args: readonly string[]): Promise<number[]> {
  const { stdout } = await run('mbpoll', [...args]);
  return [...stdout.matchAll(/^\[\d+\]:\s+(-?\d+)/gm)].map(([, value]) => Number(value));
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

describe('simulator program', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tve-simulator-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('says where it is in one line, and ends cleanly on SIGTERM', async () => {
    const simulator = await startSimulatorProgram(config);
    assert.match(
      simulator.readyLine,
      /^simulator ready tcp=127\.0\.0\.1:\d+ rtu=127\.0\.0\.1:\d+ control=http:\/\/127\.0\.0\.1:\d+$/,
    );
    assert.equal(await simulator.end(), 0);
    assert.equal(simulator.output(), simulator.readyLine);
  });

  it('ends when the program that forked it goes', async () => {
    const child = fork(program, ['--config', config], { env: { ...process.env, ...freePorts }, silent: true });
    await once(child.stdout ?? child, 'data');
    child.disconnect();
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  const refusals: readonly [what: string, args: readonly string[], code: number, words: RegExp][] = [
    ['a speed above 5', ['--speed', '6'], 64, /--speed is 6; it takes 0…5/],
    ['a port that is none', ['--tcp-port', 'modbus'], 64, /--tcp-port is modbus/],
    ['an argument that it does not know', ['--fast'], 64, /--fast[^]*npm run simulator/],
    ['a configuration that is not there', ['--config', 'config/nothing.yaml'], 78, /config\/nothing\.yaml/],
  ];
  for (const [what, args, code, message] of refusals)
    it(`refuses ${what} and says what is right`, async () => {
      const env = { ...process.env, ...freePorts };
      await assert.rejects(run(process.execPath, [program, ...args], { env }), (error: Error & { code: number }) => {
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    });

  it('names the missing socat', async () => {
    const env = { ...process.env, ...freePorts, PATH: folder };
    await assert.rejects(
      run(process.execPath, [program, '--pty', path.join(folder, 'tty')], { env }),
      /apt-get install socat/,
    );
  });

  describe('asked by mbpoll', () => {
    let simulator: RunningProgram | undefined;
    let tcpPort: string;
    let terminal: string;

    before(async function () {
      need(this, 'mbpoll', 'socat');
      terminal = path.join(folder, 'ttyRTU');
      simulator = await startSimulatorProgram(config, ['--pty', terminal, '--speed', '0']);
      assert.ok(simulator.readyLine.endsWith(` pty=${terminal}`));
      tcpPort = words(simulator.readyLine).get('tcp')?.split(':')[1] ?? '';
    });
    after(async () => {
      if (simulator === undefined) return; // skipped
      await simulator.end();
      assert.equal(isLink(terminal), false, 'the pseudo-terminal is gone');
    });

    const overTcp = (
      unit: number,
      type: string,
      reference: number,
      values: readonly string[] = [],
    ): Promise<number[]> =>
      mbpoll([
        '-m',
        'tcp',
        '-p',
        tcpPort,
        '-a',
        `${unit}`,
        '-t',
        type,
        '-0',
        '-r',
        `${reference}`,
        ...(values.length === 0 ? ['-c', '3'] : []),
        '-1',
        '127.0.0.1',
        ...values,
      ]);
    const overRtu = (
      unit: number,
      type: string,
      reference: number,
      count: number,
      values: readonly string[] = [],
    ): Promise<number[]> =>
      mbpoll([
        '-m',
        'rtu',
        '-b',
        '115200',
        '-P',
        'none',
        '-a',
        `${unit}`,
        '-t',
        type,
        '-0',
        '-r',
        `${reference}`,
        ...(values.length === 0 ? ['-c', `${count}`] : []),
        '-1',
        terminal,
        ...values,
      ]);

    it('reads and writes over Modbus TCP', async () => {
      assert.deepEqual(await overTcp(1, '1', 0), [1, 0, 0]);
      await overTcp(1, '0', 0, ['1', '0', '1']);
      assert.deepEqual(await overTcp(1, '0', 0), [1, 0, 1]);
      await overTcp(2, '4', 0, ['1000', '500', '1']);
      assert.deepEqual(await overTcp(2, '4', 0), [1000, 500, 1]);
      await assert.rejects(overTcp(2, '4', 0, ['1001']), /Illegal data value/);
      await assert.rejects(overTcp(2, '4', 50), /Illegal data address/);
    });

    it('reads and writes over RTU on a pseudo-terminal', async () => {
      assert.deepEqual(await overRtu(1, '3', 0, 4), [230, 230, 230, 230]);
      await overRtu(2, '4', 1, 1, ['750']);
      assert.deepEqual(await overRtu(2, '4', 0, 2), [0, 750]);
      await assert.rejects(overRtu(9, '4', 0, 1), /timed out/i);
      assert.deepEqual(await overRtu(3, '3', 0, 4), [0, 0, 0, 0]);
    });

    it('reads and writes by the functions for one value and for several, on both lines', async () => {
      await overTcp(1, '0', 0, ['0', '0', '0']);
      await overTcp(1, '0', 1, ['1']);
      assert.deepEqual(await overTcp(1, '0', 0), [0, 1, 0]);
      await overTcp(1, '0', 1, ['0']);
      await overTcp(2, '4', 1, ['250']);
      assert.deepEqual(await overTcp(2, '4', 0), [1000, 250, 1]);
      assert.equal((await overTcp(2, '3', 0)).length, 3);
      await overTcp(2, '4', 0, ['0', '0', '0']);
      await overRtu(3, '4', 0, 1, ['2', '900']);
      assert.deepEqual(await overRtu(3, '4', 0, 2), [2, 900]);
      await overRtu(3, '4', 1, 1, ['0']);
      assert.deepEqual(await overRtu(3, '4', 0, 2), [2, 0]);
    });

    const functions: readonly [name: string, type: string, values: readonly string[]][] = [
      ['1, coils are read', '0', []],
      ['2, discrete inputs are read', '1', []],
      ['3, holding registers are read', '4', []],
      ['4, input registers are read', '3', []],
      ['5, a coil is written', '0', ['1']],
      ['6, a register is written', '4', ['1']],
      ['15, coils are written', '0', ['1', '1']],
      ['16, registers are written', '4', ['1', '1']],
    ];
    for (const [name, type, values] of functions)
      it(`refuses what is not there by function ${name}`, async () => {
        await assert.rejects(overTcp(2, type, 500, values), /Illegal data address/);
        await assert.rejects(overTcp(9, type, 0, values), /Target device failed to respond/);
        await assert.rejects(overRtu(2, type, 500, 2, values), /Illegal data address/);
      });

    it('finds the pseudo-terminal gone while the line is cut, and back after', async () => {
      const control = controlClient(words(simulator?.readyLine ?? '').get('control') ?? '');
      const id = await control.fault('rtu0', 'cut');
      await until('the terminal is gone', 3000, () => !isLink(terminal));
      await control.lift(id);
      await until('the terminal is back', 5000, () => isLink(terminal));
      await until('it answers', 5000, () => overRtu(1, '3', 0, 4).catch(() => null));
    });
  });
});
