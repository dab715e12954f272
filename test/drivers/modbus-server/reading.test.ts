import assert from 'node:assert/strict';
import { decodeRegisters } from '../../../drivers/codec/registers.ts';
import { Bench, exceptionOf, startMs, type Client } from './bench.ts';

const registers = [
  { signal: 'temperature.zone1', area: 'input', address: 0, type: 'float32' },
  { signal: 'temperature.zone2', area: 'input', address: 2, type: 'int16', scale: 0.1 },
  { signal: 'motor.main.speed', area: 'input', address: 3, type: 'int16', order: 'BADC' },
  { signal: 'heater.energy', area: 'input', address: 4, type: 'uint32', scale: 0.001, order: 'CDAB' },
  { signal: 'machine.state', area: 'input', address: 6, type: 'uint16' },
  { signal: 'safety.estopClosed', area: 'discrete', address: 0, quality: 500, age: 501 },
  { signal: 'pump.on', area: 'input', address: 7, type: 'uint16' },
  { status: 'heartbeat', area: 'input', address: 8 },
  { status: 'activeAlarms', area: 'input', address: 9 },
  { status: 'controlAlive', area: 'discrete', address: 1 },
  { signal: 'heater.zone1.setpoint', area: 'holding', address: 0, type: 'float32', writable: 'set' },
];
const offsets = { qualityOffset: 100, ageOffset: 200 };

async function withBench(section: object, look: (bench: Bench, client: Client) => Promise<void>): Promise<void> {
  const bench = await Bench.open({ registers, ...offsets, ...section });
  try {
    await look(bench, await bench.connect());
  } finally {
    await bench.close();
  }
}

describe('what a Modbus client reads', () => {
  it('is the value of the signal in the declared type, scale and byte order, and quality 0', () =>
    withBench({}, async (bench, client) => {
      bench.reads('temperature.zone1', 201.5);
      bench.reads('temperature.zone2', 199.96);
      bench.reads('motor.main.speed', -600);
      bench.reads('heater.energy', 123.456);
      bench.reads('machine.state', 4);
      bench.reads('pump.on', true);
      const { data } = await client.readInputRegisters(0, 8);
      assert.deepEqual(data, [0x4349, 0x8000, 2000, 0xa8fd, 0xe240, 0x0001, 4, 1]);
      assert.deepEqual((await client.readInputRegisters(100, 8)).data, [0, 0, 0, 0, 0, 0, 0, 0]);
    }));

  it('is an exception while the signal is not Good, and the quality word says why', () =>
    withBench({}, async (bench, client) => {
      assert.equal(await exceptionOf(client.readInputRegisters(2, 1)), 4);
      bench.reads('temperature.zone2', 200);
      assert.deepEqual((await client.readInputRegisters(2, 1)).data, [2000]);
      for (const [quality, word] of [
        ['BadSensorFailure', 0x808c],
        ['BadCommunicationError', 0x8005],
        ['UncertainLastUsableValue', 0x4090],
        ['BadNotConnected', 0x808a],
      ] as const) {
        bench.reads('temperature.zone2', 200, quality);
        assert.equal(await exceptionOf(client.readInputRegisters(2, 1)), 4, quality);
        assert.deepEqual((await client.readInputRegisters(102, 1)).data, [word]);
      }
      bench.reads('safety.estopClosed', true, 'BadCommunicationError');
      assert.equal(await exceptionOf(client.readDiscreteInputs(0, 1)), 4);
      assert.deepEqual((await client.readInputRegisters(500, 1)).data, [0x8005]);
    }));

  it('is NaN or the declared value under sentinel', () => {
    const withSentinels = registers.map((register) => {
      if (register.signal === undefined || register.type === 'float32') return register;
      // without a span only a float has a value that no Good one reads as
      if (register.signal === 'heater.energy') return { ...register, type: 'float32' };
      return { ...register, badValue: sentinels[register.signal] };
    });
    return withBench({ whenBad: 'sentinel', registers: withSentinels }, async (bench, client) => {
      bench.reads('temperature.zone1', 201.5, 'BadSensorFailure');
      bench.reads('safety.estopClosed', true, 'BadCommunicationError');
      const { data } = await client.readInputRegisters(0, 8);
      assert.ok(Number.isNaN(decodeRegisters(data.slice(0, 2), 'float32')));
      assert.deepEqual(data.slice(2), [0x8000, 0x0080, 0x0000, 0x7fc0, 99, 2]);
      assert.equal((await client.readDiscreteInputs(0, 1)).data[0], false);
    });
  });

  it('is the last value under last, which the quality word gives away; what was never known is an exception', () =>
    withBench({ whenBad: 'last' }, async (bench, client) => {
      assert.equal(await exceptionOf(client.readInputRegisters(2, 1)), 4);
      bench.reads('temperature.zone2', 200, 'BadSensorFailure');
      assert.deepEqual((await client.readInputRegisters(2, 1)).data, [2000]);
      assert.deepEqual((await client.readInputRegisters(102, 1)).data, [0x808c]);
    }));

  for (const whenBad of ['exception', 'last'])
    it(`never wraps what does not fit the register (${whenBad})`, () =>
      withBench({ whenBad }, async (bench, client) => {
        bench.reads('temperature.zone2', 3276.8);
        assert.equal(await exceptionOf(client.readInputRegisters(2, 1)), 4);
        assert.deepEqual((await client.readInputRegisters(102, 1)).data, [0x803c]);
        bench.reads('heater.energy', -0.1);
        assert.equal(await exceptionOf(client.readInputRegisters(4, 2)), 4);
        assert.deepEqual((await client.readInputRegisters(104, 2)).data, [0x803c, 0x803c]);
        bench.reads('temperature.zone2', 3276.7);
        assert.deepEqual((await client.readInputRegisters(2, 1)).data, [32_767]);
      }));

  it('has an age in ms that stops at 65535', () =>
    withBench({}, async (bench, client) => {
      assert.deepEqual((await client.readInputRegisters(202, 1)).data, [0xffff]);
      bench.reads('temperature.zone2', 200);
      bench.clock.wallMs = startMs + 1_234;
      assert.deepEqual((await client.readInputRegisters(202, 1)).data, [1_234]);
      bench.clock.wallMs = startMs + 65_536;
      assert.deepEqual((await client.readInputRegisters(202, 1)).data, [0xffff]);
      bench.clock.wallMs = startMs - 5_000;
      assert.deepEqual((await client.readInputRegisters(202, 1)).data, [0]);
    }));

  it('turns Bad with the loss of the control process, and the heartbeat stands still', () =>
    withBench({ ageUnit: 's' }, async (bench, client) => {
      bench.reads('temperature.zone1', 201.5);
      bench.clock.wallMs = startMs + 2_999;
      assert.deepEqual((await client.readInputRegisters(200, 2)).data, [2, 2]);
      const before = await heartbeat(client);
      while ((await heartbeat(client)) === before);
      assert.equal((await client.readDiscreteInputs(1, 1)).data[0], true);
      bench.mirror.controlLost(startMs + 3_000);
      assert.equal(await exceptionOf(client.readInputRegisters(0, 2)), 4);
      assert.deepEqual((await client.readInputRegisters(100, 2)).data, [0x8005, 0x8005]);
      assert.equal((await client.readDiscreteInputs(1, 1)).data[0], false);
      const standing = await heartbeat(client);
      const untilMs = performance.now() + 1_200;
      while (performance.now() < untilMs) assert.equal(await heartbeat(client), standing);
    }));

  const refused: readonly [what: string, ask: (client: Client) => Promise<unknown>, exception: number][] = [
    ['an address that is not declared', (client) => client.readInputRegisters(50, 1), 2],
    ['a range with a hole in it', (client) => client.readInputRegisters(9, 2), 2],
    ['the first half of a float', (client) => client.readInputRegisters(0, 1), 2],
    ['the second half of a float', (client) => client.readInputRegisters(1, 1), 2],
    ['an area without anything', (client) => client.readCoils(0, 1), 2],
    ['more than 125 registers', (client) => client.readInputRegisters(0, 126), 3],
  ];
  for (const [what, ask, exception] of refused)
    it(`does not include ${what}: exception ${exception}`, () =>
      withBench({}, async (bench, client) => {
        bench.reads('temperature.zone1', 1);
        assert.equal(await exceptionOf(ask(client)), exception);
      }));

  it('is there for declared unit ids only; others answer exception 0x0B', async () => {
    const bench = await Bench.open({ registers, units: [7, 255] });
    try {
      for (const unit of [7, 255]) {
        const client = await bench.connect(unit);
        assert.deepEqual((await client.readInputRegisters(9, 1)).data, [0]);
      }
      assert.equal(await exceptionOf((await bench.connect(1)).readInputRegisters(9, 1)), 0x0b);
    } finally {
      await bench.close();
    }
  });
});

async function heartbeat(client: Client): Promise<number> {
  return (await client.readInputRegisters(8, 1)).data[0] ?? Number.NaN;
}

const sentinels: Readonly<Record<string, number | boolean>> = {
  'temperature.zone2': -32_768,
  'motor.main.speed': -32_768,
  'machine.state': 99,
  'pump.on': 2,
  'safety.estopClosed': false,
};
