import assert from 'node:assert/strict';
import { isStop } from '../../../machine/commands/command.ts';
import { exceptionOf, type Client } from './bench.ts';
import { accepted, asked, SlowGate, withBench } from './writing-bench.ts';

describe('a stop that a Modbus client writes', () => {
  it('is asked each time, however often it is written', () =>
    withBench(async (bench, client) => {
      bench.reads('heater.enabled', false);
      for (let time = 0; time < 3; time++) {
        await client.writeCoil(2, true);
        await client.writeCoil(0, false);
        await client.writeRegisters(300, [2, 1]);
      }
      assert.equal(bench.gate.requests.length, 9);
    }));

  const stops: readonly [what: string, write: (client: Client) => Promise<unknown>][] = [
    ['its coil', (client) => client.writeCoil(2, true)],
    ['heating off', (client) => client.writeCoils(0, [false])],
    ['its command block', (client) => client.writeRegisters(300, [2, 1])],
  ];
  for (const [what, stop] of stops)
    it(`is asked at once by ${what}, and what waited before it is not asked any more`, () => {
      const gate = new SlowGate();
      return withBench(
        async (bench, client) => {
          const slow = exceptionOf(client.writeRegister(2, 1855));
          await asked(bench, 1);
          const waiting = exceptionOf(client.writeRegister(2, 1900));
          const stopped = exceptionOf(stop(client));
          await asked(bench, 2);
          assert.ok(isStop(gate.requests[1]?.action ?? assert.fail()));
          gate.decide(accepted);
          gate.decide(accepted);
          assert.deepEqual([await slow, await waiting, await stopped], [null, 6, null]);
          assert.equal(gate.requests.length, 2);
        },
        { answerWithinMs: 5_000 },
        gate,
      );
    });
});
