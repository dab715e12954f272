import assert from 'node:assert/strict';

import type { MachineDeclaration } from '../../machine/declaration.ts';
import { proveOffCheck, settlingMs } from '../../machine/interlocks/prove-off.ts';
import { factoryMachine } from './factory.ts';
import { GuardBench } from './guard-bench.ts';

const power = 'heater.power';

/** The contactor closes with the next scan; until 1 s after it a reading may be from before. */
function testing(kilowatts: number): { readonly bench: GuardBench; readonly finds: () => boolean } {
  const bench = new GuardBench();
  const check = proveOffCheck(bench, bench.zone('zone1'));
  bench.reads.set(power, kilowatts);
  bench.situation.provingSinceMs = bench.situation.nowMs;
  return { bench, finds: () => check(bench.situation) };
}

describe('a power reading is of the test of the relays', () => {
  for (const [what, machine, afterMs] of [
    ['half the test, where it is read quickly', polled({}), 1_000],
    ['half the test, where two polls are as long', polled({ ssr1: 500 }), 1_000],
    ['two polls of its module, where that is read slowly', polled({ ssr1: 750 }), 1_500],
    ['two polls of its own, where it alone is read slowly', polled({}, 5_000), 10_000],
    ['two polls of its own, where the module is read slowly besides', polled({ ssr1: 5_000 }, 2_000), 4_000],
    ['half the test, where only other modules are read slowly', polled({ ai1: 5_000, drive1: 5_000 }), 1_000],
    ['half the test, where that is long', { ...polled({ ssr1: 750 }), heating: proving(8) }, 4_000],
  ] as const) {
    it(`from ${what}: ${afterMs} ms after the contactor closed`, () => {
      const { declaration, equipment } = new GuardBench(machine);
      assert.equal(settlingMs(declaration, equipment), afterMs);
    });
  }
});

describe('the test of the relays', () => {
  it('finds a relay that is stuck by the first reading later than 1 s after the contactor closed', () => {
    const { bench, finds } = testing(0.2);
    const sinceMs = bench.situation.nowMs;
    bench.secondsUntil(finds, 5);
    assert.equal(bench.situation.nowMs - sinceMs, 1_250);
  });

  it('judges no reading from before, however long it waits for one of the test', () => {
    const { bench, finds } = testing(0.2);
    bench.run(1);
    bench.reads.delete(power);
    assert.equal(bench.secondsUntil(finds, 0.5), null);
    bench.reads.set(power, 0.2);
    assert.equal(bench.secondsUntil(finds, 0.5), 0);
  });

  for (const [watts, found] of [
    [124.9, false],
    [125, false],
    [125.1, true],
    [250, true],
  ] as const) {
    it(`${found ? 'excludes' : 'lets pass'} a zone of 250 W when ${watts} W flow`, () => {
      const { bench, finds } = testing(watts / 1_000);
      assert.equal(bench.secondsUntil(finds, 5) !== null, found);
    });
  }

  it('finds nothing in a power that is not known, or that was never read', () => {
    const { bench, finds } = testing(0.2);
    bench.run(0.5);
    bench.reads.set(power, 'BadDeviceFailure');
    assert.equal(bench.secondsUntil(finds, 5), null);
    const { bench: blind, finds: found } = testing(0.2);
    blind.reads.delete(power);
    assert.equal(blind.secondsUntil(found, 5), null);
  });

  it('is over when the duties begin', () => {
    const { bench, finds } = testing(0.2);
    bench.situation.provingSinceMs = null;
    assert.equal(bench.secondsUntil(finds, 5), null);
  });
});

function proving(proveOffSeconds: number): MachineDeclaration['heating'] {
  return { ...factoryMachine().heating, proveOffSeconds };
}

/** Modules that are read at another pace than every 250 ms, and the power reading at one of its own, in ms. */
function polled(modulesMs: Readonly<Record<string, number>>, powerMs?: number): MachineDeclaration {
  const machine = factoryMachine();
  const modules = machine.modules.map((module) => ({ ...module, pollPeriodMs: modulesMs[module.id] ?? 250 }));
  const signals = new Map(machine.signals);
  const signal = signals.get(power);
  assert.ok(signal !== undefined);
  const declared = powerMs === undefined ? { ...signal } : { ...signal, pollPeriodMs: powerMs };
  if (powerMs === undefined) Reflect.deleteProperty(declared, 'pollPeriodMs');
  return { ...machine, modules, signals: signals.set(power, declared) };
}
