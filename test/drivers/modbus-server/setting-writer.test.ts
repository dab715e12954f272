import assert from 'node:assert/strict';
import type { CommandOutcome } from '../../../machine/commands/command.ts';
import { exceptionOf } from './bench.ts';
import { accepted, asked, refusedAs, SlowGate, withBench } from './writing-bench.ts';

describe('a setting that a Modbus client writes', () => {
  it('is asked once by a client that writes the same setpoint in every cycle, and again when somebody has changed it', () =>
    withBench(async (bench, client) => {
      const showsAndTimes = async (value: number, written: number): Promise<number> => {
        bench.reads('heater.zone2.setpoint', value);
        await client.writeRegister(2, written);
        return bench.gate.requests.length;
      };
      assert.equal(await showsAndTimes(185.5, 1855), 1, 'the first is asked even if it changes nothing');
      assert.equal(await showsAndTimes(185.5, 1855), 1);
      assert.equal(await showsAndTimes(190, 1855), 2, 'an operator has set 190 °C meanwhile');
      assert.equal(await showsAndTimes(190, 1855), 3, 'the image is older than the write');
      assert.equal(await showsAndTimes(185.5, 1855), 3);
      assert.equal(await showsAndTimes(185.5, 1900), 4);
      assert.equal(await showsAndTimes(185.5, 1855), 5, 'the image does not show the 190 °C yet');
      bench.mirror.controlLost(0);
      await client.writeRegister(2, 1855);
      assert.equal(bench.gate.requests.length, 6, 'what the machine holds is not known');
    }));

  it('is asked again after a refusal, and after a write whose outcome is not known', () => {
    const gate = new SlowGate();
    return withBench(
      async (bench, client) => {
        bench.reads('heater.zone2.setpoint', 185.5);
        let times = 0;
        const decided = async (value: number, outcome: CommandOutcome): Promise<void> => {
          const write = exceptionOf(client.writeRegister(2, value));
          await asked(bench, ++times);
          gate.decide(outcome);
          await write;
        };
        await decided(1855, accepted);
        await decided(1900, refusedAs('state'));
        await decided(1855, accepted);
        assert.equal(await exceptionOf(client.writeRegister(2, 1900)), 5);
        assert.equal(await exceptionOf(client.writeRegister(2, 1855)), 5, 'the 190 °C may still come');
        assert.equal(gate.requests.length, 5);
        gate.decide(accepted);
        gate.decide(accepted);
      },
      { answerWithinMs: 500 },
      gate,
    );
  });
});
