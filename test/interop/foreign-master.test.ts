import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type FrameServer, openFrameServer } from '../../drivers/slave/frame-server.ts';
import { linkPseudoTerminal, type PseudoTerminal } from '../../simulator/pseudo-terminal.ts';
import { MemorySlave } from '../drivers/slave/memory-slave.ts';
import { need } from '../needs.ts';
import { buildLibmodbusPrograms, type BuiltPrograms } from './libmodbus.ts';

const unit = 7;
const hex = (words: readonly (number | boolean)[]) =>
  words.map((word) => Number(word).toString(16).padStart(4, '0')).join(' ');

/** What a fresh slave has to answer to each step of `libmodbus_master.c`. */
function answers(fresh: MemorySlave): Readonly<Record<string, string | RegExp>> {
  const coils = [0, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1];
  return {
    'read-discrete': hex(fresh.discrete),
    'read-input': hex(fresh.input),
    'write-register': 'done',
    'write-registers': 'done',
    'read-holding': 'abcd 1234 ffff 8000 0000',
    'write-coil': 'done',
    'write-coils': 'done',
    'read-coils': hex(coils),
    'read-beyond': 'refused: Illegal data address',
    'write-beyond': 'refused: Illegal data address',
    'read-unwritten': '0000 0000',
    'unknown-function': '00c1 0001',
    'read-after': '1111',
  };
}

for (const transport of ['tcp', 'rtu'] as const) {
  describe(`a master on libmodbus over ${transport.toUpperCase()}`, function () {
    this.timeout(30_000);
    const defects: unknown[] = [];
    let programs: BuiltPrograms;
    let slave: MemorySlave;
    let server: FrameServer;
    let folder: string;
    let terminal: PseudoTerminal | null = null;
    let where: string;

    before(async function () {
      need(this, 'cc', 'libmodbus', 'socat');
      programs = await buildLibmodbusPrograms();
      slave = new MemorySlave();
      server = await openFrameServer({
        transport: transport === 'tcp' ? 'tcp' : 'rtu-over-tcp',
        host: '127.0.0.1',
        port: 0,
        units: new Map([[unit, slave]]),
        onDefect: (error) => defects.push(error),
      });
      where = `tcp:${server.port}`;
      if (transport === 'tcp') return;
      folder = await mkdtemp(path.join(tmpdir(), 'tve-master-'));
      terminal = await linkPseudoTerminal(path.join(folder, 'tty'), server.port);
      where = `rtu:${terminal.path}`;
    });
    after(async () => {
      await terminal?.close();
      await server?.close();
      await programs?.remove();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    });

    const run = async (asked: number): Promise<Map<string, string>> => {
      const { stdout } = await promisify(execFile)(programs.master, [where, `${asked}`]);
      return new Map([...stdout.matchAll(/^(\S+) (.*)$/gm)].map(([, step, answer]) => [step ?? '', answer ?? '']));
    };

    it('reads and writes by every function, and is refused what is not there', async () => {
      const wanted = answers(new MemorySlave());
      assert.deepEqual(Object.fromEntries(await run(unit)), wanted);
      assert.deepEqual(slave.holding.slice(0, 5), [0xabcd, 0x1234, 0xffff, 0x8000, 0]);
      assert.deepEqual(slave.holding.slice(14), [0, 0], 'a refused write stores nothing');
      assert.deepEqual(
        slave.coils.flatMap((coil, address) => (coil ? [address] : [])),
        [2, 4, 5, 9, 10, 15],
      );
      assert.deepEqual(defects, []);
    });

    if (transport === 'tcp') {
      it('is told that a unit is not there, by the exception of a gateway', async () => {
        for (const [step, answer] of await run(9)) {
          if (step === 'unknown-function') assert.equal(answer, '00c1 000b');
          else assert.match(answer, /^refused: Target device failed to respond/, step);
        }
      });
    }
  });
}
