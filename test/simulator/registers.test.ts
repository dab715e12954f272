import assert from 'node:assert/strict';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.ts';
import { factoryConfiguration } from './factory.ts';
import { connectMaster, word, type RawMaster } from './raw-master.ts';

interface Row {
  readonly line: 'tcp' | 'rtu';
  readonly unit: number;
  readonly code: 1 | 2 | 3 | 4;
  readonly addresses: readonly number[];
}

/** Every register of the factory machine, by hand. */
const registers: readonly Row[] = [
  { line: 'rtu', unit: 1, code: 4, addresses: [0, 1, 2, 3, 8] },
  { line: 'rtu', unit: 2, code: 3, addresses: [0, 1, 10] },
  { line: 'rtu', unit: 2, code: 4, addresses: [0, 1, 2, 3] },
  { line: 'rtu', unit: 3, code: 3, addresses: [0, 1, 10] },
  { line: 'rtu', unit: 3, code: 4, addresses: [0, 1, 2, 3] },
  { line: 'tcp', unit: 1, code: 2, addresses: [0, 1, 2] },
  { line: 'tcp', unit: 1, code: 1, addresses: [0, 1, 2, 3, 4, 5] },
  { line: 'tcp', unit: 1, code: 3, addresses: [100, 101] },
  { line: 'tcp', unit: 2, code: 3, addresses: [0, 1, 2, 100] },
  { line: 'tcp', unit: 2, code: 4, addresses: [0, 1, 2, 3] },
];
const units = [
  { line: 'rtu', unit: 1 },
  { line: 'rtu', unit: 2 },
  { line: 'rtu', unit: 3 },
  { line: 'tcp', unit: 1 },
  { line: 'tcp', unit: 2 },
] as const;

describe("simulated modules' register maps", () => {
  let simulator: RunningSimulator;
  let masters: Record<'tcp' | 'rtu', RawMaster>;

  before(async () => {
    const configuration = factoryConfiguration();
    simulator = await startSimulator({ configuration, tcpPort: 0, rtuPort: 0, controlPort: 0, speed: 0 });
    masters = {
      tcp: await connectMaster(simulator.tcp ?? '', 'tcp'),
      rtu: await connectMaster(simulator.rtu ?? '', 'rtu'),
    };
  });
  after(async () => {
    masters.tcp.close();
    masters.rtu.close();
    await simulator.close();
  });

  for (const { line, unit } of units) {
    it(`unit ${unit} on ${line} has exactly the registers of its map, all others answer exception 2`, async () => {
      for (const code of [1, 2, 3, 4] as const) {
        const mine = registers.find((row) => row.line === line && row.unit === unit && row.code === code);
        const present: number[] = [];
        for (let address = 0; address <= 120; address++) {
          const reply = await masters[line].pdu(unit, [code, ...word(address), 0, 1]);
          if (reply[0] === code) present.push(address);
          else assert.deepEqual(reply, [code | 0x80, 2], `function ${code}, address ${address}`);
        }
        assert.deepEqual(present, mine?.addresses ?? []);
        assert.deepEqual(await masters[line].pdu(unit, [code, 0xff, 0xff, 0, 1]), [code | 0x80, 2]);
      }
    });

    it(`unit ${unit} on ${line} refuses to write what it has not`, async () => {
      const master = masters[line];
      assert.deepEqual(await master.writeRegister(unit, 77, 1), [0x86, 2]);
      assert.deepEqual(await master.writeCoil(unit, 6, true), [0x85, 2]);
      assert.deepEqual(await master.pdu(unit, [16, 0, 77, 0, 1, 2, 0, 0]), [0x90, 2]);
      assert.deepEqual(await master.pdu(unit, [15, 0, 77, 0, 1, 1, 0]), [0x8f, 2]);
      assert.deepEqual(await master.pdu(unit, [22, 0, 77, 0, 0, 0, 0]), [0x96, 2]);
      assert.deepEqual(await master.pdu(unit, [23, 0, 77, 0, 1, 0, 77, 0, 1, 2, 0, 0]), [0x97, 2]);
    });

    it(`unit ${unit} on ${line} answers exception 1 to unknown functions`, async () => {
      for (const code of [7, 8, 11, 17, 20, 24, 43, 100])
        assert.deepEqual(await masters[line].pdu(unit, [code, 0, 0, 0, 1]), [code | 0x80, 1]);
    });
  }

  it('answers exception 0x0B for unknown units on TCP', async () => {
    for (const unit of [0, 3, 77, 247, 255])
      assert.deepEqual(await masters.tcp.pdu(unit, [3, 0, 0, 0, 1]), [0x83, 0x0b]);
  });

  it('is silent for unknown units on RTU, and answers the next request', async () => {
    assert.equal(await masters.rtu.ask(9, [3, 0, 0, 0, 1], 100), null);
    assert.deepEqual(await masters.rtu.words(2, 3, 0, 1), [0]);
  });

  it('takes a broadcast on RTU to all units without a reply', async () => {
    assert.equal(await masters.rtu.ask(0, [6, 0, 1, 0, 123], 100), null);
    assert.deepEqual(await masters.rtu.words(2, 3, 1, 1), [123]);
    assert.deepEqual(await masters.rtu.words(3, 3, 1, 1), [123]);
  });

  it('shows temperatures in 0.1 °C', async () => {
    simulator.machine.setTemperatures(
      new Map([
        ['feed', 31.26],
        ['zone1', 187.54],
        ['zone2', -15.5],
        ['motor', 44.0],
      ]),
    );
    assert.deepEqual(await masters.rtu.words(1, 4, 0, 4), [313, 1875, 0x1_0000 - 155, 440]);
    assert.deepEqual(await masters.rtu.words(1, 4, 8, 1), [0]);
  });

  it('keeps duties up to 1000 and refuses 1001 with exception 3, the whole write with it', async () => {
    assert.deepEqual(await masters.tcp.writeRegister(2, 0, 1000), [6, 0, 0, ...word(1000)]);
    assert.deepEqual(await masters.tcp.writeRegister(2, 0, 1001), [0x86, 3]);
    assert.deepEqual(await masters.tcp.pdu(2, [16, 0, 0, 0, 3, 6, ...word(10), ...word(20), ...word(1001)]), [0x90, 3]);
    assert.deepEqual(await masters.tcp.words(2, 3, 0, 3), [1000, 0, 0]);
    await masters.tcp.pdu(2, [16, 0, 0, 0, 3, 6, ...word(10), ...word(20), ...word(30)]);
    assert.deepEqual(await masters.tcp.words(2, 3, 0, 3), [10, 20, 30]);
  });

  it('refuses a drive watchdog above 5000 ms', async () => {
    assert.deepEqual(await masters.rtu.writeRegister(2, 10, 5001), [0x86, 3]);
    assert.deepEqual(await masters.rtu.words(2, 3, 10, 1), [0]);
  });

  it('shows power as float32 in W and energy as uint32 in Wh, high word first', async () => {
    await masters.tcp.pdu(2, [16, 0, 0, 0, 2, 4, ...word(1000), ...word(500)]);
    assert.deepEqual(await masters.tcp.words(2, 4, 0, 2), [0, 0], 'the contactor is open');
    await masters.tcp.writeCoil(1, 5, true);
    // 375 W = 43BB8000 hex as float32
    assert.deepEqual(await masters.tcp.words(2, 4, 0, 2), [0x43bb, 0x8000]);
    assert.deepEqual(await masters.tcp.words(2, 4, 2, 2), [0, 0]);
    await masters.tcp.writeCoil(1, 5, false);
    assert.deepEqual(await masters.tcp.words(2, 4, 0, 2), [0, 0]);
  });

  it('keeps coils one by one and together', async () => {
    assert.deepEqual(await masters.tcp.pdu(1, [15, 0, 0, 0, 6, 1, 0b01_0110]), [15, 0, 0, 0, 6]);
    assert.deepEqual(await masters.tcp.bits(1, 1, 0, 6), [false, true, true, false, true, false]);
    await masters.tcp.writeCoil(1, 1, false);
    assert.deepEqual(await masters.tcp.bits(1, 1, 0, 6), [false, false, true, false, true, false]);
  });

  it('has the safe state fan and pump on, from the factory', async () => {
    assert.deepEqual(await masters.tcp.words(1, 3, 100, 2), [0, 0b11]);
    assert.deepEqual(await masters.tcp.writeRegister(1, 101, 0b100_0000), [0x86, 3], 'there is no coil 6');
  });

  it('shows a closed e-stop chain and released buttons', async () => {
    assert.deepEqual(await masters.tcp.bits(1, 2, 0, 3), [true, false, false]);
  });
});
