import assert from 'node:assert/strict';
import { SimulatedMachine } from '../../simulator/simulated-machine.ts';
import { factoryConfiguration } from './factory.ts';

/** The machine without sockets, in a time of its own. */
class Bench {
  readonly machine = new SimulatedMachine(factoryConfiguration(), 1, 0);
  nowMs = 0;

  /** A request that only reads, so that the module knows its host lives. */
  hear(module: string): void {
    this.machine.hear(module, this.nowMs);
  }

  async read(module: string, area: 'holding' | 'input', address: number, count = 1): Promise<readonly number[]> {
    const slave = this.module(module).slave;
    return area === 'holding' ? slave.readHolding(address, count) : slave.readInput(address, count);
  }

  async word(module: string, area: 'holding' | 'input', address: number): Promise<number> {
    return (await this.read(module, area, address))[0] ?? Number.NaN;
  }

  async write(module: string, address: number, ...values: number[]): Promise<void> {
    this.hear(module);
    await this.module(module).slave.writeHolding(address, values);
  }

  async switch(output: number, isOn: boolean): Promise<void> {
    this.hear('dio1');
    await this.module('dio1').slave.writeCoils(output, [isOn]);
  }

  async coils(): Promise<readonly boolean[]> {
    return this.module('dio1').slave.readCoils(0, 6);
  }

  /** Real time in steps of 50 ms; `hosts` are asked in every step. */
  run(ms: number, hosts: readonly string[] = []): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs;) {
      this.nowMs = Math.min(endMs, this.nowMs + 50);
      for (const host of hosts) this.hear(host);
      this.machine.tick(this.nowMs);
    }
  }

  breakDown(target: string, fault: string, params?: object, seconds?: number): string {
    return this.machine.breakDown({ target, fault, params, seconds }, this.nowMs).id;
  }

  lift(id: string): void {
    assert.ok(this.machine.board.lift(id));
    this.machine.tick(this.nowMs);
  }

  private module(id: string) {
    const module = this.machine.modules.get(id);
    assert.ok(module);
    return module;
  }
}

async function zone1C(bench: Bench): Promise<number> {
  return (await bench.word('ai1', 'input', 1)) / 10;
}

const run = 0b1;
const reverse = 0b10;
const reset = 1 << 7;
const isRunning = 0b1;
const isAtSpeed = 0b10;
const isFaulted = 0b1000;

describe('simulated drive', () => {
  it('ramps to its setpoint and reports running, then at speed', async () => {
    const bench = new Bench();
    await bench.write('drive1', 1, 600);
    await bench.write('drive1', 0, run);
    assert.equal(await bench.word('drive1', 'input', 0), isRunning);
    bench.run(300);
    const speed = await bench.word('drive1', 'input', 1);
    assert.ok(speed > 0 && speed < 600, `${speed} rpm`);
    bench.run(1000);
    assert.equal(await bench.word('drive1', 'input', 1), 600);
    assert.equal(await bench.word('drive1', 'input', 0), isRunning | isAtSpeed);
    assert.ok((await bench.word('drive1', 'input', 2)) > 100, 'more than 1 A');
  });

  it('turns in reverse by its direction bit and shows a negative speed', async () => {
    const bench = new Bench();
    await bench.write('drive2', 1, 100);
    await bench.write('drive2', 0, run | reverse);
    bench.run(1000);
    assert.equal(await bench.word('drive2', 'input', 1), 0x1_0000 - 100);
  });

  it('stays running while it ramps down, until the shaft stands', async () => {
    const bench = new Bench();
    await bench.write('drive1', 1, 1000);
    await bench.write('drive1', 0, run);
    bench.run(3000);
    await bench.write('drive1', 0, 0);
    bench.run(300);
    assert.equal(await bench.word('drive1', 'input', 0), isRunning);
    bench.run(2000);
    assert.equal(await bench.word('drive1', 'input', 0), 0);
    assert.deepEqual(await bench.read('drive1', 'input', 1, 2), [0, 0]);
  });

  it('clears its control word when its watchdog expires, with no fault code', async () => {
    const bench = new Bench();
    await bench.write('drive1', 10, 1000);
    await bench.write('drive1', 1, 500);
    await bench.write('drive1', 0, run);
    bench.run(5000, ['drive1']);
    assert.equal(await bench.word('drive1', 'input', 1), 500, 'any request feeds it');
    bench.run(900);
    assert.equal(await bench.word('drive1', 'holding', 0), run);
    bench.run(150);
    assert.equal(await bench.word('drive1', 'holding', 0), 0);
    bench.run(2000);
    assert.deepEqual(await bench.read('drive1', 'input', 0, 4), [0, 0, 0, 0]);
    assert.equal(await bench.word('drive1', 'holding', 1), 500, 'only the control word is cleared');
    bench.run(5000, ['drive1']);
    assert.equal(await bench.word('drive1', 'holding', 0), 0, 'requests do not bring it back');
  });

  it('acts on the silence before a request, even when no time step fell into it', async () => {
    const bench = new Bench();
    await bench.write('drive1', 10, 100);
    await bench.write('drive1', 0, run);
    bench.nowMs += 101;
    bench.hear('drive1');
    assert.equal(await bench.word('drive1', 'holding', 0), 0);
  });

  it('does not take time in which the simulator itself stood still for silence of the host', async () => {
    const bench = new Bench();
    await bench.write('drive1', 10, 1000);
    await bench.write('drive1', 0, run);
    bench.nowMs += 10_000;
    bench.machine.tick(bench.nowMs);
    bench.hear('drive1');
    assert.equal(await bench.word('drive1', 'holding', 0), run);
  });

  it('measures its watchdog in real time, however slow the model runs', async () => {
    const bench = new Bench();
    bench.machine.speedFactor = 0;
    await bench.write('drive1', 10, 1000);
    await bench.write('drive1', 0, run);
    bench.run(1100);
    assert.equal(await bench.word('drive1', 'holding', 0), 0);
  });

  it('latches a fault until the reset edge, and does not clear it while the cause stands', async () => {
    const bench = new Bench();
    await bench.write('drive1', 1, 500);
    await bench.write('drive1', 0, run);
    bench.run(2000);
    const fault = bench.breakDown('drive1', 'drive-fault', { code: 42 });
    assert.deepEqual([await bench.word('drive1', 'input', 0), await bench.word('drive1', 'input', 3)], [isFaulted, 42]);
    await bench.write('drive1', 0, reset);
    assert.equal(await bench.word('drive1', 'input', 3), 42);
    bench.lift(fault);
    bench.run(1000);
    assert.equal(await bench.word('drive1', 'input', 3), 42, 'a level is no edge');
    await bench.write('drive1', 0, 0);
    await bench.write('drive1', 0, reset);
    assert.deepEqual([await bench.word('drive1', 'input', 0), await bench.word('drive1', 'input', 3)], [0, 0]);
  });

  it('does not start by itself after a fault was reset under a standing run bit', async () => {
    const bench = new Bench();
    await bench.write('drive1', 1, 500);
    await bench.write('drive1', 0, run);
    bench.lift(bench.breakDown('motor.main.fault', 'drive-fault'));
    await bench.write('drive1', 0, run | reset);
    bench.run(3000);
    assert.deepEqual(await bench.read('drive1', 'input', 0, 2), [0, 0]);
    await bench.write('drive1', 0, 0);
    await bench.write('drive1', 0, run);
    assert.equal(await bench.word('drive1', 'input', 0), isRunning);
  });

  it('coasts without current when the e-stop chain opens, and stays off when it closes again', async () => {
    const bench = new Bench();
    await bench.write('drive1', 1, 1000);
    await bench.write('drive1', 0, run);
    bench.run(3000);
    const estop = bench.breakDown('safety.estopClosed', 'estop');
    assert.equal(await bench.word('drive1', 'input', 0), 0);
    bench.run(200);
    assert.equal(await bench.word('drive1', 'input', 2), 0);
    bench.lift(estop);
    bench.run(3000);
    assert.deepEqual(await bench.read('drive1', 'input', 0, 2), [0, 0]);
  });
});

describe('simulated digital module', () => {
  it('puts its coils into the safe state when the host is silent for its watchdog time', async () => {
    const bench = new Bench();
    await bench.write('dio1', 100, 2000);
    for (const output of [2, 5]) await bench.switch(output, true);
    bench.run(4000, ['dio1']);
    assert.deepEqual(await bench.coils(), [false, false, true, false, false, true]);
    bench.run(2050);
    assert.deepEqual(await bench.coils(), [true, true, false, false, false, false]);
  });

  it('takes the safe state that was written', async () => {
    const bench = new Bench();
    await bench.write('dio1', 100, 500, 0b10_0100);
    bench.run(600);
    assert.deepEqual(await bench.coils(), [false, false, true, false, false, true]);
  });

  it('stays as it is without a watchdog', async () => {
    const bench = new Bench();
    await bench.switch(5, true);
    bench.run(60_000);
    assert.equal((await bench.coils())[5], true);
  });

  it('loses outputs and watchdog when its supply is cut', async () => {
    const bench = new Bench();
    await bench.write('dio1', 100, 2000);
    await bench.switch(5, true);
    bench.lift(bench.breakDown('dio1', 'cut', { supply: true }));
    assert.equal((await bench.coils())[5], false);
    assert.equal(await bench.word('dio1', 'holding', 100), 0);
  });
});

describe('simulated heater controller', () => {
  it('sets all duties to 0 when the host is silent for its watchdog time', async () => {
    const bench = new Bench();
    await bench.write('ssr1', 100, 2000);
    await bench.write('ssr1', 0, 500, 600, 700);
    bench.run(4000, ['ssr1']);
    assert.deepEqual(await bench.read('ssr1', 'holding', 0, 3), [500, 600, 700]);
    bench.run(2050);
    assert.deepEqual(await bench.read('ssr1', 'holding', 0, 3), [0, 0, 0]);
    assert.equal(bench.machine.modules.get('ssr1')?.watchdog?.state.expirations, 1);
  });

  it('counts energy in model time', async () => {
    const bench = new Bench();
    bench.machine.speedFactor = 5;
    await bench.switch(5, true);
    await bench.write('ssr1', 0, 1000, 1000);
    bench.run(144_000);
    // 500 W for 720 s of model time
    assert.deepEqual(await bench.read('ssr1', 'input', 2, 2), [0, 100]);
  });

  it('has no power while the e-stop chain is open, though the coil is on', async () => {
    const bench = new Bench();
    await bench.switch(5, true);
    await bench.write('ssr1', 0, 1000, 0);
    assert.equal(await bench.word('ssr1', 'input', 0), 0x437a, '250 W');
    bench.breakDown('dio1', 'estop');
    assert.equal(await bench.word('ssr1', 'input', 0), 0);
    assert.equal((await bench.coils())[5], true);
  });
});

describe('faults of the simulated plant', () => {
  it('reads 32767 on an open circuit, of one channel or of all, also by the name of the raw reading', async () => {
    for (const target of ['temperature.zone1', 'temperature.zone1.raw']) {
      const bench = new Bench();
      const fault = bench.breakDown(target, 'open-circuit');
      assert.deepEqual(await bench.read('ai1', 'input', 0, 4), [230, 32767, 230, 230]);
      bench.lift(fault);
      assert.equal(await bench.word('ai1', 'input', 1), 230);
    }
    const bench = new Bench();
    bench.breakDown('ai1', 'open-circuit');
    assert.deepEqual(await bench.read('ai1', 'input', 0, 4), [32767, 32767, 32767, 32767]);
  });

  it('reads 32767 when the sensor wire is cut', async () => {
    const bench = new Bench();
    bench.breakDown('temperature.motor', 'cut');
    assert.equal(await bench.word('ai1', 'input', 3), 32767);
  });

  it('reads -32768 below the measuring range', async () => {
    const bench = new Bench();
    bench.breakDown('temperature.zone1', 'drift', { offsetK: -500 });
    assert.equal(await bench.word('ai1', 'input', 1), 0x8000);
  });

  it('drifts from the time of the fault on, and jumps', async () => {
    const bench = new Bench();
    bench.run(60_000);
    bench.breakDown('temperature.zone1', 'drift', { kPerSecond: 0.5, offsetK: 10 });
    assert.ok(Math.abs((await zone1C(bench)) - 33) < 0.4);
    bench.run(20_000);
    assert.ok(Math.abs((await zone1C(bench)) - 43) < 0.4);
  });

  it('freezes a reading, and only that', async () => {
    const bench = new Bench();
    bench.breakDown('temperature.zone1', 'frozen');
    const frozen = await bench.read('ai1', 'input', 0, 4);
    bench.machine.setTemperatures(
      new Map([
        ['zone1', 100],
        ['zone2', 100],
      ]),
    );
    assert.deepEqual(await bench.read('ai1', 'input', 1, 2), [frozen[1], 1000]);
  });

  it('freezes a whole module, digital inputs too', async () => {
    const bench = new Bench();
    bench.breakDown('dio1', 'frozen');
    const dio = bench.machine.modules.get('dio1');
    assert.deepEqual(await dio?.slave.readDiscrete(0, 3), [true, false, false]);
    bench.breakDown('safety.estopClosed', 'estop');
    assert.deepEqual(await dio?.slave.readDiscrete(0, 3), [true, false, false]);
    await bench.switch(0, true);
    assert.equal((await bench.coils())[0], true, 'outputs read back as they are');
  });

  it('reports a cold-junction fault in the module status', async () => {
    const bench = new Bench();
    bench.breakDown('ai1', 'cold-junction');
    assert.equal(await bench.word('ai1', 'input', 8), 1);
  });

  it('heats by itself with a stuck relay, as long as the contactor is closed', async () => {
    const bench = new Bench();
    bench.breakDown('heater.zone1.output', 'stuck-on');
    assert.equal(await bench.word('ssr1', 'input', 0), 0);
    await bench.switch(5, true);
    assert.equal(await bench.word('ssr1', 'input', 0), 0x437a);
    assert.equal(await bench.word('ssr1', 'holding', 0), 0, 'the duty says nothing of it');
  });

  it('heats on with a welded contactor, whatever coil and e-stop say', async () => {
    const bench = new Bench();
    bench.breakDown('heater.contactor', 'stuck-on');
    bench.breakDown('dio1', 'estop');
    await bench.write('ssr1', 0, 1000, 0);
    assert.equal(await bench.word('ssr1', 'input', 0), 0x437a);
  });

  it('takes no power with a broken heater or a cut heater wire', async () => {
    for (const fault of ['heater-broken', 'cut']) {
      const bench = new Bench();
      await bench.switch(5, true);
      await bench.write('ssr1', 0, 1000, 1000);
      bench.breakDown('heater.zone1.output', fault);
      assert.equal(await bench.word('ssr1', 'input', 0), 0x437a, 'zone 2 alone');
      bench.run(60_000);
      const [zone1, zone2] = bench.machine.plant.zones;
      assert.ok((zone2?.barrelC ?? 0) > 40 && (zone1?.barrelC ?? 0) < 30);
    }
  });

  it('opens the chain when its wire is cut, and stops the drives with it', async () => {
    const bench = new Bench();
    bench.breakDown('safety.estopClosed', 'cut');
    assert.deepEqual(await bench.machine.modules.get('dio1')?.slave.readDiscrete(0, 1), [false]);
    assert.equal(bench.machine.estopClosed(), false);
  });

  it('ends a fault after its seconds of real time', async () => {
    const bench = new Bench();
    bench.machine.speedFactor = 5;
    bench.breakDown('temperature.zone1', 'open-circuit', undefined, 2);
    bench.run(1950);
    assert.equal(await bench.word('ai1', 'input', 1), 32767);
    bench.run(100);
    assert.ok((await bench.word('ai1', 'input', 1)) < 300);
  });

  it('acknowledges a write and forgets it, for one signal or a whole module', async () => {
    const bench = new Bench();
    const one = bench.breakDown('heater.zone1.output', 'ignore-write');
    await bench.write('ssr1', 0, 500, 600);
    assert.deepEqual(await bench.read('ssr1', 'holding', 0, 2), [0, 600]);
    bench.lift(one);
    bench.breakDown('ssr1', 'ignore-write');
    await bench.write('ssr1', 0, 100, 100);
    assert.deepEqual(await bench.read('ssr1', 'holding', 0, 2), [0, 600]);
  });

  it('presses a button for as long as it is held', async () => {
    const bench = new Bench();
    const slave = bench.machine.modules.get('dio1')?.slave;
    bench.machine.press('start', bench.nowMs, 600);
    assert.deepEqual(await slave?.readDiscrete(1, 2), [true, false]);
    bench.run(600);
    assert.deepEqual(await slave?.readDiscrete(1, 2), [false, false]);
  });
});
