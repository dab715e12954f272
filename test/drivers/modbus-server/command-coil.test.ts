import assert from 'node:assert/strict';
import { CommandCoilState } from '../../../drivers/modbus-server/command-coil.ts';
import { Commander } from '../../../drivers/modbus-server/commander.ts';
import { Traffic } from '../../../drivers/modbus-server/traffic.ts';
import type { FakeGate } from '../../api/fake-machine.ts';
import { exceptionOf } from './bench.ts';
import { accepted, pressed, refusedAs, SlowGate, withBench } from './writing-bench.ts';

function commander(gate: FakeGate): Commander {
  const log = { info: () => undefined, warn: () => undefined };
  const traffic = new Traffic(log, { monotonicMs: () => 0, wallMs: () => 0 });
  const principal = { name: 'modbus-server', role: 'operator', kind: 'token' } as const;
  return new Commander({ gate, principal, answerWithinMs: 5_000, traffic });
}

describe('a coil that a Modbus client switches on', () => {
  it('is one start while a client holds it, whatever becomes of the machine, and never an echo for nothing', () =>
    withBench(async (bench, client) => {
      await client.writeCoil(1, false);
      await client.writeCoil(1, true);
      for (let cycle = 0; cycle < 10; cycle++) {
        bench.clock.monotonicMs += 4_000;
        assert.equal(await exceptionOf(client.writeCoil(1, true)), 4);
      }
      bench.clock.monotonicMs += 3_600_000;
      const again = await bench.connect();
      assert.equal(await exceptionOf(again.writeCoil(1, true)), 4, 'after an hour of silence, over a new connection');
      assert.equal(bench.gate.requests.length, 1);
      await client.writeCoil(1, false);
      await client.writeCoil(1, true);
      assert.equal(bench.gate.requests.length, 2, 'let go and pressed again');
    }));

  it('starts nothing when it is held since before the gateway began', () =>
    withBench(async (bench, client) => {
      assert.equal(await exceptionOf(client.writeCoil(1, true)), 4);
      assert.equal(await exceptionOf(client.writeCoil(1, true)), 4);
      assert.deepEqual(bench.gate.requests, []);
    }));

  it('is refused for as long as it is held: a start that was refused does not come later by itself', () =>
    withBench(async (bench, client) => {
      bench.gate.outcome = refusedAs('state');
      await client.writeCoil(1, false);
      assert.equal(await exceptionOf(client.writeCoil(1, true)), 4);
      bench.gate.outcome = accepted;
      assert.equal(await exceptionOf(client.writeCoil(1, true)), 4);
      assert.equal(bench.gate.requests.length, 1);
    }));

  it('is no echo for a start that the machine was stopped after', () =>
    withBench(async (bench, client) => {
      await client.writeCoil(1, false);
      await client.writeCoil(1, true);
      await client.writeCoil(2, true);
      assert.equal(await exceptionOf(client.writeCoil(1, true)), 4);
      assert.deepEqual(
        bench.gate.requests.map(({ action }) => action.name),
        ['start', 'stop'],
      );
    }));

  it('is answered as the press is when it is repeated while that is under way', async () => {
    const gate = new SlowGate();
    const coil = new CommandCoilState({ kind: 'command', area: 'coil', address: 1, command: 'start' }, commander(gate));
    await coil.write('plc', false);
    const [press, repeated] = [coil.write('plc', true), coil.write('plc', true)];
    gate.decide(accepted);
    await Promise.all([press, repeated]);
    assert.equal(gate.requests.length, 1);
    await assert.rejects(coil.write('plc', true), { exceptionCode: 4 });
  });

  it('leaves heating off that an operator switched off, though a client writes on in every cycle', () =>
    withBench(async (bench, client) => {
      bench.reads('heater.enabled', false);
      assert.equal(await exceptionOf(client.writeCoil(0, true)), 4, 'held since before the gateway began');
      await pressed(client, 0);
      bench.reads('heater.enabled', true);
      await client.writeCoil(0, true);
      bench.reads('heater.enabled', false);
      for (let cycle = 0; cycle < 3; cycle++) assert.equal(await exceptionOf(client.writeCoil(0, true)), 4);
      const heats = () => bench.gate.requests.map(({ action }) => action.name === 'heat' && action.on);
      assert.deepEqual(heats(), [false, true]);
      await pressed(client, 0);
      assert.deepEqual(heats(), [false, true, false, true]);
    }));

  it('is no heating on while a client that writes on in every cycle never wrote off, whoever heats', () =>
    withBench(async (bench, client) => {
      const other = await bench.connect();
      bench.reads('heater.enabled', true);
      assert.equal(await exceptionOf(client.writeCoil(0, true)), 4);
      assert.equal(await exceptionOf(other.writeCoil(0, true)), 4);
      assert.deepEqual(bench.gate.requests, []);
    }));
});
