import assert from 'node:assert/strict';
import type { RefusalKind } from '../../../machine/commands/command.ts';
import { exceptionOf, type Client } from './bench.ts';
import { accepted, asked, learnt, pressed, refusedAs, SlowGate, twoHundredPoint1, withBench } from './writing-bench.ts';

describe('what a Modbus client writes', () => {
  const served: readonly [what: string, write: (client: Client) => Promise<unknown>, action: object | null][] = [
    [
      'a setpoint of two words, with the decimal that was meant',
      (client) => client.writeRegisters(0, twoHundredPoint1),
      { name: 'write', signal: 'heater.zone1.setpoint', value: 200.1 },
    ],
    [
      'a scaled setpoint of one word',
      (client) => client.writeRegister(2, 1855),
      { name: 'write', signal: 'heater.zone2.setpoint', value: 185.5 },
    ],
    [
      'a Boolean in a register',
      (client) => client.writeRegister(5, 1),
      { name: 'write', signal: 'machine.startBlockedByClient', value: true },
    ],
    ['heating off, which is a stop', (client) => client.writeCoils(0, [false]), { name: 'heat', on: false }],
    ['a command by its coil', (client) => pressed(client, 1), { name: 'start' }],
    ['the letting go of that coil, which asks nothing', (client) => client.writeCoil(1, false), null],
    ['a command block', (client) => client.writeRegisters(300, [2, 1]), { name: 'stop' }],
  ];
  for (const [what, write, action] of served)
    it(`goes through the gate under the server's own name: ${what}`, () =>
      withBench(async (bench, client) => {
        await write(client);
        assert.deepEqual(
          bench.gate.requests,
          action === null
            ? []
            : [
                {
                  action,
                  principal: { name: 'modbus-server', role: 'operator', kind: 'token' },
                  origin: 'modbus',
                  station: '127.0.0.1',
                },
              ],
        );
      }));

  const impossible: readonly [what: string, write: (client: Client) => Promise<unknown>, exception: number][] = [
    ['half a setpoint', (client) => client.writeRegister(0, 0x199a), 2],
    ['the other half', (client) => client.writeRegisters(1, [0x4348]), 2],
    ['two setpoints at once', (client) => client.writeRegisters(0, [...twoHundredPoint1, 1855]), 2],
    ['a measured value', (client) => client.writeRegister(3, 2000), 2],
    ['the status of the server', (client) => client.writeRegister(4, 0), 2],
    ['a coil that is only read', (client) => client.writeCoil(3, true), 2],
    ['an address that is not declared', (client) => client.writeRegister(6, 1), 2],
    ['two commands at once', (client) => client.writeCoils(1, [true, true]), 2],
    ['NaN', (client) => client.writeRegisters(0, [0, 0x7fc0]), 3],
    ['infinity', (client) => client.writeRegisters(0, [0, 0x7f80]), 3],
    ['a Boolean of 2', (client) => client.writeRegister(5, 2), 3],
    ['a command without its sequence', (client) => client.writeRegister(300, 2), 2],
    ['a result', (client) => client.writeRegisters(302, [1, 2]), 2],
    ['a command with more words', (client) => client.writeRegisters(300, [2, 1, 0]), 2],
    ['a command that is none', (client) => client.writeRegisters(300, [7, 1]), 3],
    ['command 0', (client) => client.writeRegisters(300, [0, 1]), 3],
    ['a command that is not declared', (client) => client.writeRegisters(300, [3, 1]), 3],
    ['a command with sequence 0', (client) => client.writeRegisters(300, [2, 0]), 3],
  ];
  for (const [what, write, exception] of impossible)
    it(`reaches the gate only as one whole writable thing; ${what} is exception ${exception}`, () =>
      withBench(async (bench, client) => {
        assert.equal(await exceptionOf(write(client)), exception);
        assert.deepEqual(bench.gate.requests, []);
        const { writes, refusedWrites, exceptions } = bench.server.statistics();
        assert.deepEqual([writes, refusedWrites, exceptions], [1, 1, { [exception]: 1 }]);
      }));

  const refusals: readonly [kind: RefusalKind, exception: number, result: number][] = [
    ['permission', 4, 10],
    ['unknown', 3, 11],
    ['invalid', 3, 12],
    ['state', 4, 13],
    ['tooFast', 6, 14],
    ['unconfirmed', 4, 15],
    ['unavailable', 0x0b, 16],
  ];
  for (const [kind, exception, result] of refusals)
    it(`is no success when the machine refuses it (${kind}): exception ${exception}, result ${result}`, () =>
      withBench(async (bench, client) => {
        bench.gate.outcome = refusedAs(kind);
        assert.equal(await exceptionOf(client.writeRegister(2, 1855)), exception);
        assert.equal(await exceptionOf(pressed(client, 1)), exception);
        await learnt(client);
        assert.equal(await exceptionOf(client.writeRegisters(300, [1, 7])), exception);
        assert.deepEqual((await client.readHoldingRegisters(300, 4)).data, [1, 7, 7, result]);
      }));

  it('is echoed only after the gate has said done', () => {
    const gate = new SlowGate();
    return withBench(
      async (bench, client) => {
        let isAnswered = false;
        const write = client.writeRegister(2, 1855).then(() => (isAnswered = true));
        const other = await asked(bench, 1);
        await other.readHoldingRegisters(4, 1);
        assert.equal(isAnswered, false);
        gate.decide(accepted);
        await write;
      },
      { answerWithinMs: 5_000 },
      gate,
    );
  });

  it('is not asked when it has waited for more than a second behind another', () => {
    const gate = new SlowGate();
    return withBench(
      async (bench, client) => {
        const slow = exceptionOf(client.writeRegister(2, 1855));
        const stale = exceptionOf(client.writeRegisters(0, twoHundredPoint1));
        await asked(bench, 1);
        bench.clock.monotonicMs += 1_001;
        gate.decide(accepted);
        assert.deepEqual([await slow, await stale], [null, 6]);
        assert.equal(gate.requests.length, 1);
      },
      { answerWithinMs: 5_000 },
      gate,
    );
  });
});
