import assert from 'node:assert/strict';
import { exceptionOf } from './bench.ts';
import { accepted, learnt, refusedAs, SlowGate, withBench } from './writing-bench.ts';

describe('a command block that a Modbus client writes', () => {
  it('is exception 5 while the machine has not decided, and then tells the outcome', () => {
    const gate = new SlowGate();
    return withBench(
      async (bench, client) => {
        await learnt(client);
        assert.equal(await exceptionOf(client.writeRegisters(300, [4, 9])), 5);
        assert.deepEqual((await client.readHoldingRegisters(302, 2)).data, [9, 1]);
        assert.equal(bench.server.statistics().refusedWrites, 1, 'the learnt one alone');
        gate.decide(refusedAs('state'));
        assert.deepEqual((await client.readHoldingRegisters(302, 2)).data, [9, 13]);
        assert.equal(gate.requests.length, 1);
      },
      { answerWithinMs: 500 },
      gate,
    );
  });

  it('is given once when a client repeats it because it got no answer', () =>
    withBench(async (bench, client) => {
      await learnt(client);
      await client.writeRegisters(300, [1, 5]);
      await client.writeRegisters(300, [1, 5]);
      const again = await bench.connect();
      await again.writeRegisters(300, [1, 5]);
      assert.equal(bench.gate.requests.length, 1);
      assert.equal(await exceptionOf(client.writeRegisters(300, [4, 5])), 3, 'another command, the same number');
      await client.writeRegisters(300, [1, 6]);
      assert.equal(bench.gate.requests.length, 2);
      await client.writeRegisters(300, [2, 6]);
      assert.equal(bench.gate.requests.length, 3, 'a stop under any number');
    }));

  it('is never a new command while a client holds it, however long', () =>
    withBench(async (bench, client) => {
      await learnt(client);
      const answers: (number | null)[] = [];
      for (let second = 0; second < 25; second++) {
        answers.push(await exceptionOf(client.writeRegisters(300, [1, 7])));
        bench.clock.monotonicMs += 1_000;
      }
      bench.clock.monotonicMs += 3_600_000;
      answers.push(await exceptionOf(client.writeRegisters(300, [1, 7])));
      assert.equal(bench.gate.requests.length, 1);
      assert.deepEqual(answers, [...Array<null>(10).fill(null), ...Array<number>(16).fill(4)]);
    }));

  it('starts nothing when it is held since before the gateway began, and everything by the next sequence', () =>
    withBench(async (bench, client) => {
      for (let cycle = 0; cycle < 3; cycle++) {
        assert.equal(await exceptionOf(client.writeRegisters(300, [1, 7])), 4);
        bench.clock.monotonicMs += 10_000;
      }
      assert.deepEqual(bench.gate.requests, []);
      assert.deepEqual((await client.readHoldingRegisters(300, 4)).data, [1, 7, 7, 17]);
      await client.writeRegisters(300, [1, 8]);
      assert.equal(bench.gate.requests.length, 1);
    }));

  it('is joined to the command under way when it is repeated meanwhile', () => {
    const gate = new SlowGate();
    return withBench(
      async (_bench, client) => {
        await learnt(client);
        assert.equal(await exceptionOf(client.writeRegisters(300, [1, 5])), 5);
        const repeated = client.writeRegisters(300, [1, 5]);
        gate.decide(accepted);
        await repeated;
        assert.equal(gate.requests.length, 1);
      },
      { answerWithinMs: 500 },
      gate,
    );
  });
});
