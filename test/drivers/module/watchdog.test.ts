import assert from 'node:assert/strict';
import type { WatchdogDeclaration } from '../../../drivers/declaration.ts';
import { ModuleWatchdog } from '../../../drivers/module/watchdog.ts';
import type { Request } from '../../../drivers/wire/request.ts';

const plain: WatchdogDeclaration = { address: 10, safeState: null };
const masked: WatchdogDeclaration = { address: 100, safeState: { address: 101, value: 3 } };
/** A coupler that wants a register to change, and says how its watchdog stands. */
const triggered: WatchdogDeclaration = {
  address: 0x1000,
  msPerCount: 100,
  safeState: null,
  prepare: [{ area: 'holding', address: 0x1008, value: 0x55aa }],
  feed: { area: 'holding', address: 0x1003, values: [1, 2] },
  status: { area: 'holding', address: 0x1006, mask: 0xffff, active: 1 },
};
/** A module with a coil that switches it on, one that clears its expiry, and tenths of a second. */
const enabled: WatchdogDeclaration = {
  address: 488,
  msPerCount: 100,
  safeState: null,
  prepare: [{ area: 'coil', address: 269, value: 1 }],
  enable: { area: 'coil', address: 260, value: 1 },
  status: { area: 'coil', address: 269, mask: 1, active: 0 },
};

/** A module that holds what it is told, and notes it. */
class Module {
  readonly holding = new Map<number, number>();
  readonly coil = new Map<number, number>();
  seen: string[] = [];

  readonly ask = async (request: Request): Promise<readonly number[]> => {
    if (request.kind === 'read') {
      this.seen.push(`? ${request.area} ${request.address}`);
      return [(request.area === 'coil' ? this.coil : this.holding).get(request.address) ?? 0];
    }
    const [value = 0] = request.values;
    const area = request.kind === 'write-coils' ? 'coil' : 'holding';
    this.seen.push(`${area} ${request.address} = ${value}`);
    (area === 'coil' ? this.coil : this.holding).set(request.address, value);
    return [];
  };

  take(): string[] {
    const { seen } = this;
    this.seen = [];
    return seen;
  }
}

describe('the watchdog of a module', () => {
  it('is set and read back, its safe state first', async () => {
    for (const [declaration, expected] of [
      [plain, ['holding 10 = 1000', '? holding 10']],
      [masked, ['holding 101 = 3', 'holding 100 = 1000', '? holding 101', '? holding 100']],
    ] as const) {
      const module = new Module();
      const watchdog = new ModuleWatchdog(declaration, 1_000);
      assert.equal(watchdog.isVerified(0), false);
      assert.equal(await watchdog.tend(module.ask, 0), 'set');
      assert.deepEqual(module.take(), expected);
      assert.equal(watchdog.isVerified(10_000), true);
      assert.equal(watchdog.isVerified(10_001), false);
    }
  });

  it('that only wants requests is checked every 5 s and not fed', async () => {
    const module = new Module();
    const watchdog = new ModuleWatchdog(plain, 1_000);
    await watchdog.tend(module.ask, 0);
    module.take();
    assert.equal(watchdog.dueMs, 5_000);
    assert.equal(await watchdog.tend(module.ask, 5_000), 'set');
    assert.deepEqual(module.take(), ['? holding 10']);
  });

  it('that is not used is never due and stands in nobody’s way', () => {
    for (const watchdog of [new ModuleWatchdog(null, 1_000), new ModuleWatchdog(triggered, null)]) {
      assert.equal(watchdog.dueMs, Number.POSITIVE_INFINITY);
      assert.equal(watchdog.isVerified(0), true);
      assert.deepEqual(watchdog.addresses(), []);
    }
  });

  it('is stopped, set in its own unit, triggered and verified by its status', async () => {
    const module = new Module();
    const watchdog = new ModuleWatchdog(triggered, 1_500);
    module.holding.set(0x1006, 1);
    assert.equal(await watchdog.tend(module.ask, 0), 'set');
    assert.deepEqual(module.take(), [
      'holding 4104 = 21930',
      'holding 4096 = 15',
      'holding 4099 = 1',
      '? holding 4096',
      '? holding 4102',
    ]);
    assert.deepEqual(watchdog.addresses(), [0x1000, 0x1006]);
  });

  it('is triggered three times within its time, each time with another value, and checked every 5 s', async () => {
    const module = new Module();
    const watchdog = new ModuleWatchdog(triggered, 1_500);
    module.holding.set(0x1006, 1);
    await watchdog.tend(module.ask, 0);
    module.take();
    const fed: string[] = [];
    for (let nowMs = 0; nowMs < 5_000; nowMs = watchdog.dueMs) {
      assert.equal(await watchdog.tend(module.ask, nowMs), 'set');
      if (nowMs > 0) fed.push(...module.take());
      assert.ok(watchdog.dueMs - nowMs <= 500);
    }
    assert.deepEqual(
      fed,
      Array.from({ length: 9 }, (_, n) => `holding 4099 = ${n % 2 === 0 ? 2 : 1}`),
    );
    await watchdog.tend(module.ask, 5_000);
    assert.deepEqual(module.take().slice(-2), ['? holding 4096', '? holding 4102']);
  });

  it('that has expired is lost, and set up anew', async () => {
    const module = new Module();
    const watchdog = new ModuleWatchdog(triggered, 1_500);
    module.holding.set(0x1006, 1);
    await watchdog.tend(module.ask, 0);
    module.holding.set(0x1006, 2);
    assert.equal(await watchdog.tend(module.ask, 5_000), 'lost');
    assert.equal(watchdog.isVerified(5_000), false);
    module.take();
    module.holding.set(0x1006, 1);
    assert.equal(await watchdog.tend(module.ask, 5_000), 'set');
    assert.equal(module.take()[0], 'holding 4104 = 21930');
  });

  it('is not set as long as its status does not say so', async () => {
    const module = new Module();
    const watchdog = new ModuleWatchdog(triggered, 1_500);
    assert.equal(await watchdog.tend(module.ask, 0), 'not set');
    assert.equal(watchdog.isVerified(0), false);
    assert.equal(watchdog.dueMs, 1_000, 'tried again in a second');
  });

  it('is switched on by its coil after its time, once an expiry was cleared', async () => {
    const module = new Module();
    const ask: Module['ask'] = async (request) => {
      const values = await module.ask(request);
      // writing 1 clears the expiry
      module.coil.set(269, 0);
      return values;
    };
    module.coil.set(269, 1);
    const watchdog = new ModuleWatchdog(enabled, 2_500);
    assert.equal(await watchdog.tend(ask, 0), 'set');
    assert.deepEqual(module.take(), [
      'coil 269 = 1',
      'holding 488 = 25',
      'coil 260 = 1',
      '? holding 488',
      '? coil 260',
      '? coil 269',
    ]);
    module.coil.set(260, 0);
    assert.equal(await watchdog.tend(ask, 5_000), 'lost');
  });
});
