import assert from 'node:assert/strict';
import { isStop, type CommandOutcome, type RefusalKind } from '../../../machine/commands/command.ts';
import { CommandCoilState } from '../../../drivers/modbus-server/command-coil.ts';
import { Commander } from '../../../drivers/modbus-server/commander.ts';
import { Traffic } from '../../../drivers/modbus-server/traffic.ts';
import type { CommandRequest } from '../../../machine/ports.ts';
import { FakeGate } from '../../api/fake-machine.ts';
import { Bench, exceptionOf, type Client } from './bench.ts';

const registers = [
  { signal: 'heater.zone1.setpoint', area: 'holding', address: 0, type: 'float32', order: 'CDAB', writable: 'set' },
  { signal: 'heater.zone2.setpoint', area: 'holding', address: 2, type: 'int16', scale: 0.1, writable: 'set' },
  { signal: 'temperature.zone1', area: 'holding', address: 3, type: 'int16', scale: 0.1 },
  { status: 'activeAlarms', area: 'holding', address: 4 },
  { signal: 'machine.startBlockedByClient', area: 'holding', address: 5, type: 'uint16', writable: 'set' },
  { signal: 'heater.enabled', area: 'coil', address: 0, writable: 'set' },
  { writable: 'start', area: 'coil', address: 1 },
  { writable: 'stop', area: 'coil', address: 2 },
  { signal: 'pump.on', area: 'coil', address: 3 },
  { commands: ['start', 'stop', 'clearAlarms', 'heatOff'], area: 'holding', address: 300 },
];

const accepted: CommandOutcome = { accepted: true, commandId: 'c1', state: 'READY' };

function refusedAs(kind: RefusalKind): CommandOutcome {
  return { accepted: false, commandId: 'c1', state: 'READY', kind, reasons: [{ code: 'REASON', text: 'Because.' }] };
}

/** A gate that decides when the test says so. */
class SlowGate extends FakeGate {
  #decide: ((outcome: CommandOutcome) => void)[] = [];

  override async request(request: CommandRequest): Promise<CommandOutcome> {
    this.requests.push(request);
    return new Promise((resolve) => this.#decide.push(resolve));
  }

  decide(outcome: CommandOutcome): void {
    this.#decide.shift()?.(outcome);
  }
}

async function withBench(
  look: (bench: Bench, client: Client) => Promise<void>,
  section: object = {},
  gate = new FakeGate(),
): Promise<void> {
  const bench = await Bench.open({ registers, ...section }, gate);
  try {
    await look(bench, await bench.connect());
  } finally {
    await bench.close();
  }
}

function commander(gate: FakeGate): Commander {
  const log = { info: () => undefined, warn: () => undefined };
  const traffic = new Traffic(log, { monotonicMs: () => 0, wallMs: () => 0 });
  const principal = { name: 'modbus-server', role: 'operator', kind: 'token' } as const;
  return new Commander({ gate, principal, answerWithinMs: 5_000, traffic });
}

/** The first sequence that the server hears from a client. */
async function learnt(client: Client): Promise<void> {
  assert.equal(await exceptionOf(client.writeRegisters(300, [4, 65_535])), 4);
}

/** Off and on: what a button needs. */
async function pressed(client: Client, address: number): Promise<unknown> {
  await client.writeCoil(address, false);
  return client.writeCoil(address, true);
}

/** 200.1 as float32, high word second. */
const twoHundredPoint1 = [0x199a, 0x4348];

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
        const other = await bench.connect();
        while (gate.requests.length === 0) await other.readHoldingRegisters(4, 1);
        await other.readHoldingRegisters(4, 1);
        assert.equal(isAnswered, false);
        gate.decide(accepted);
        await write;
      },
      { answerWithinMs: 5_000 },
      gate,
    );
  });

  it('is exception 5 while the machine has not decided; the command block then tells the outcome', () => {
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

  it('is given once when a client repeats its command block because it got no answer', () =>
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

  it('is never a new command while a client holds its block, however long', () =>
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

  it('starts nothing by a block that was held since before the gateway began, and everything by the next sequence', () =>
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
        const decided = async (value: number, outcome: CommandOutcome): Promise<void> => {
          const write = exceptionOf(client.writeRegister(2, value));
          const before = gate.requests.length;
          const other = await bench.connect();
          while (gate.requests.length === before) await other.readHoldingRegisters(4, 1);
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

  it('is each time a stop, however often a stop is written', () =>
    withBench(async (bench, client) => {
      bench.reads('heater.enabled', false);
      for (let time = 0; time < 3; time++) {
        await client.writeCoil(2, true);
        await client.writeCoil(0, false);
        await client.writeRegisters(300, [2, 1]);
      }
      assert.equal(bench.gate.requests.length, 9);
    }));

  it('is one start while a client holds the coil on, whatever becomes of the machine, and never an echo for nothing', () =>
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

  it('starts nothing when the coil is held on from before the gateway began', () =>
    withBench(async (bench, client) => {
      assert.equal(await exceptionOf(client.writeCoil(1, true)), 4);
      assert.equal(await exceptionOf(client.writeCoil(1, true)), 4);
      assert.deepEqual(bench.gate.requests, []);
    }));

  it('is refused for as long as the coil is held: a start that was refused does not come later by itself', () =>
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

  const stops: readonly [what: string, write: (client: Client) => Promise<unknown>][] = [
    ['its coil', (client) => client.writeCoil(2, true)],
    ['heating off', (client) => client.writeCoils(0, [false])],
    ['its command block', (client) => client.writeRegisters(300, [2, 1])],
  ];
  for (const [what, stop] of stops)
    it(`is asked at once when it is a stop by ${what}, and what waited before it is not asked any more`, () => {
      const gate = new SlowGate();
      return withBench(
        async (bench, client) => {
          const slow = exceptionOf(client.writeRegister(2, 1855));
          const other = await bench.connect();
          while (gate.requests.length === 0) await other.readHoldingRegisters(4, 1);
          const waiting = exceptionOf(client.writeRegister(2, 1900));
          const stopped = exceptionOf(stop(client));
          while (gate.requests.length < 2) await other.readHoldingRegisters(4, 1);
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

  it('is not asked when it has waited for more than a second behind another', () => {
    const gate = new SlowGate();
    return withBench(
      async (bench, client) => {
        const slow = exceptionOf(client.writeRegister(2, 1855));
        const stale = exceptionOf(client.writeRegisters(0, twoHundredPoint1));
        const other = await bench.connect();
        while (gate.requests.length === 0) await other.readHoldingRegisters(4, 1);
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
