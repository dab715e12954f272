import assert from 'node:assert/strict';

import { checkLoad } from '../../config/checks/load.ts';
import { pathText } from '../../config/fault.ts';
import type { FieldDeclaration, LineDeclaration, ModuleDeclaration } from '../../drivers/declaration.ts';

type Transport = LineDeclaration['transport'];

/** Thirty modules of one register each, all polled every 50 ms on one line. */
function crowded(transport: Transport): FieldDeclaration {
  const place =
    transport === 'rtu' || transport === 'ascii'
      ? { transport, path: '/dev/ttyUSB0' }
      : { transport, host: '127.0.0.1', port: 502 };
  const line: LineDeclaration = {
    id: 'line0',
    timeoutMs: 300,
    connectTimeoutMs: 2_000,
    baudRate: 115_200,
    parity: 'none',
    stopBits: 1,
    turnaroundMs: 0,
    reconnectMs: 200,
    reconnectCapMs: 5_000,
    ...place,
  };
  const modules = Array.from({ length: 30 }, (_, index): ModuleDeclaration => ({
    id: `m${index}`,
    line: 'line0',
    unit: index + 1,
    simulated: false,
    pollPeriodMs: 50,
    watchdogMs: null,
    profile: {
      id: 'probe',
      title: 'Probe',
      manual: 'none',
      verified: false,
      inputs: { a: { area: 'input', address: 0, type: 'int16' } },
      outputs: {},
      status: [],
      watchdog: null,
      limits: { registers: 125, bits: 2_000 },
    },
  }));
  const bindings = modules.map(({ id }) => ({
    signal: `${id}.a`,
    module: id,
    channel: 'a',
    direction: 'input' as const,
  }));
  return { lines: [line], modules, bindings, commandPeriodMs: 250 };
}

describe('the check of what a line has to do', () => {
  for (const [transport, isRefused] of [
    ['tcp', false],
    ['udp', false],
    ['rtu', true],
    ['rtu-over-tcp', true],
    ['ascii', true],
    ['ascii-over-tcp', true],
  ] as const) {
    it(`${isRefused ? 'refuses' : 'accepts'} thirty modules every 50 ms on ${transport}`, () => {
      const faults: string[] = [];
      checkLoad(crowded(transport), (path, message) => faults.push(`${pathText(path)} ${message}`));
      assert.equal(faults.length, isRefused ? 1 : 0, faults.join('\n'));
      if (isRefused)
        assert.match(faults[0] ?? '', /lines\.line0 has too much to do\. .* of 115,200 baud.*Raise pollPeriodMs/);
    });
  }
});
