import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseCommandLine, type Target, UsageError } from '../../../drivers/commissioning/command-line.ts';

const root = path.join(import.meta.dirname, '..', '..', '..');

function target(...args: string[]): Target | null {
  const command = parseCommandLine(['scan', ...args]);
  return command.kind === 'scan' ? command.target : null;
}

function address(...args: string[]): number | null {
  const command = parseCommandLine(['read', 'a:1', ...args]);
  return command.kind === 'read' ? command.address : null;
}

function run(...args: string[]) {
  return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', 'scripts/modules.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
}

describe('the command line for commissioning', () => {
  it('knows sockets, gateways and serial ports', () => {
    assert.deepEqual(target('10.0.0.5:502'), { transport: 'tcp', host: '10.0.0.5', port: 502 });
    assert.deepEqual(target('[::1]:502'), { transport: 'tcp', host: '::1', port: 502 });
    assert.deepEqual(target('gw:4001', '--rtu-over-tcp', '--serial', '19200 8E1'), {
      transport: 'rtu-over-tcp',
      host: 'gw',
      port: 4001,
      serial: '19200 8E1',
    });
    assert.deepEqual(target('/dev/ttyUSB0', '--serial', '9600 8N2'), {
      transport: 'rtu',
      path: '/dev/ttyUSB0',
      serial: '9600 8N2',
    });
    assert.deepEqual(target('COM3'), { transport: 'rtu', path: 'COM3' });
  });

  it('knows ranges of units and addresses in every notation', () => {
    const scan = parseCommandLine(['scan', 'a:1', '--units', '1-3,247,2']);
    assert.deepEqual(scan.kind === 'scan' && scan.units, [1, 2, 3, 247]);
    assert.equal(address('--address', '0x2000'), 8192);
    assert.equal(address('--address', '40001', '--addresses', 'modicon-5'), 0);
    assert.equal(address('--address', '400513', '--addresses', 'modicon-6'), 512);
    assert.equal(address('--address', '00001', '--addresses', 'modicon-5', '--area', 'coil'), 0);
    assert.equal(address('--address', '40001', '--addresses', 'zero-based'), 40_001);
    const watched = parseCommandLine(['read', 'a:1', '--profile', 'x', '--watch', '2', '--modules', 'mine']);
    assert.deepEqual(watched.kind === 'channels' && [watched.watchMs, watched.folder], [2_000, 'mine']);
    assert.equal(parseCommandLine([]).kind, 'help');
    assert.equal(parseCommandLine(['scan', '--help']).kind, 'help');
    assert.equal(parseCommandLine(['profiles']).kind, 'profiles');
    assert.equal(parseCommandLine(['read', 'a:1', '--profile', 'drive']).kind, 'channels');
  });

  for (const [args, says] of [
    [['scna'], /scna is no command; there are scan, read and profiles/],
    [['scan'], /scan needs a target: HOST:PORT/],
    [['scan', 'host'], /host is no target; write HOST:PORT/],
    [['scan', 'a:0'], /the port is 0; write a whole number 1…65535/],
    [['scan', 'a:1', 'b:2'], /b:2 is too much/],
    [['scan', 'a:1', '--units', '5-1'], /5-1, which is backwards/],
    [['scan', 'a:1', '--units', '1-300'], /--units is 300; write a whole number 0…255/],
    [['scan', 'a:1', '--units', ''], /--units is empty/],
    [['scan', 'a:1', '--timeout', '5'], /--timeout is 5; write a whole number 10…10000/],
    [['scan', 'a:1', '--serial', '9600 8N1'], /add --rtu-over-tcp/],
    [['scan', '/dev/tty', '--serial', '9600'], /--serial is "9600"/],
    [['scan', '/dev/tty', '--rtu-over-tcp'], /needs HOST:PORT/],
    [['scan', 'a:1', '--fast'], /--fast/],
    [['read', 'a:1', '--area', 'inputs'], /--area is inputs; possible: holding, input, coil, discrete/],
    [['read', 'a:1', '--address', '40001'], /is ambiguous|ambiguous; add --addresses zero-based/],
    [['read', 'a:1', '--watch', '0'], /--watch is 0; write a whole number 1…3600/],
    [['read', 'a:1', '--address', 'x'], /--address is x; write a number/],
    [['read', 'a:1', '--addresses', 'modbus'], /--addresses is modbus; possible: zero-based/],
    [['read', 'a:1', '--address', '65530', '--count', '16'], /ends beyond 65535; take at most 6/],
  ] as const) {
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(
        () => parseCommandLine(args),
        (error) => error instanceof UsageError && says.test(error.message),
      );
    });
  }

  it('is what the script has: it lists the register maps, and ends with 2 on a wrong word', () => {
    const wrong = run('scan', 'nowhere');
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /^nowhere is no target.*\n\nFinds out what answers/);
    assert.match(run('profiles', '--modules', 'nowhere').stderr, /^--modules is nowhere, and there is no such folder/);
    const folder = mkdtempSync(path.join(tmpdir(), 'tve-modules-'));
    try {
      writeFileSync(
        path.join(folder, 'drive.yaml'),
        'id: drive\ntitle: Another drive\nmanual: none\nverified: true\ninputs: { a: { area: input, address: 0, bit: 1 } }\n',
      );
      const { stdout, status } = run('profiles', '--modules', folder);
      assert.equal(status, 0);
      assert.match(stdout, /^profile +kind of module/);
      assert.match(stdout, /\ndrive +Another drive +verified/);
      assert.match(stdout, /\nwago-750-352 +WAGO 750-352, Ethernet coupler +not verified/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }).timeout(30_000);
});
