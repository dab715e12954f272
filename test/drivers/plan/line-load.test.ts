import assert from 'node:assert/strict';
import fc from 'fast-check';
import { loadConfiguration } from '../../../config/load.ts';
import type { FieldDeclaration, LineDeclaration, WatchdogDeclaration } from '../../../drivers/declaration.ts';
import { declaredLoads } from '../../../drivers/line/declared-load.ts';
import { loadWarning, loadWords, type ModulePlan, planLoad } from '../../../drivers/plan/line-load.ts';
import { drive } from '../test-field.ts';
import { serialLine } from '../wire/lines.ts';

const loaded = loadConfiguration('config/tvemicro.yaml', {});

/** The factory machine with its serial line at another speed. */
function factoryAt(baudRate: number): FieldDeclaration {
  assert.ok(loaded.ok);
  const { field } = loaded.configuration;
  return {
    ...field,
    lines: field.lines.map((line): LineDeclaration => (line.transport === 'tcp' ? line : { ...line, baudRate })),
  };
}

const line = (baudRate: number): LineDeclaration => serialLine('rtu', '/dev/ttyUSB0', { baudRate });

function near(actual: number, share: number): void {
  assert.ok(Math.abs(actual - 100 * share) < 1e-9, `${actual} %`);
}

function fedBy(anyRequest: boolean): WatchdogDeclaration {
  const feed = { area: 'holding' as const, address: 11, values: [1] };
  return { address: 10, safeState: null, ...(!anyRequest && { feed }) };
}

describe('the load of a line by plan', () => {
  it('is what the bytes of the factory machine take on its serial line', () => {
    const [rtu0] = declaredLoads(factoryAt(19_200));
    assert.ok(rtu0 !== undefined);
    // A read takes 13 characters, two gaps of 3.5 and 2 ms in the module; each register two characters more.
    const character = 10_000 / 19_200;
    const read = (registers: number): number => (13 + 7 + 2 * registers) * character + 2;
    const write = read(1) + 4 * character;
    const thermocouples = read(4) + read(1);
    const drive = read(4) + read(2);
    const polls = (thermocouples + 2 * drive) / 250 + (2 * read(1)) / 5_000;
    const writes = (2 * 2 * write) / 250;
    assert.ok(Math.abs(rtu0.pollPercent - 100 * polls) < 1e-9, `${rtu0.pollPercent}`);
    assert.ok(Math.abs(rtu0.writePercent - 100 * writes) < 1e-9, `${rtu0.writePercent}`);
    assert.equal(rtu0.words, 'The plan uses 62 % of 19,200 baud: 37 % for polls, up to 25 % for writes');
  });

  for (const [baudRate, warns] of [
    [115_200, false],
    [19_200, false],
    [9_600, true],
  ] as const) {
    it(`of the factory machine ${warns ? 'is too much' : 'is fine'} at ${baudRate} baud`, () => {
      const [load] = declaredLoads(factoryAt(baudRate));
      assert.ok(load !== undefined);
      const warning = loadWarning(line(baudRate), load);
      if (!warns) assert.equal(warning, null);
      else assert.match(warning ?? '', /^The plan uses 116 % of 9,600 baud.*above 80 % values come late\. Raise/u);
    });
  }

  it('of a network is told, and never warned of: its cost is a rough one', () => {
    const network: LineDeclaration = { ...line(115_200), transport: 'tcp', host: '10.0.0.1', port: 502 };
    const many = Array.from({ length: 250 }, (): ModulePlan => ({
      ...plan,
      inputs: plan.inputs.map(({ requests }) => ({ periodMs: 50, requests })),
      pollPeriodMs: 50,
    }));
    const load = planLoad(network, many, null);
    assert.ok(load.planPercent > 100);
    assert.equal(loadWarning(network, load), null);
    assert.match(loadWords(network, load), /% of the connection’s time/u);
  });

  const plan: ModulePlan = {
    pollPeriodMs: 250,
    inputs: [{ periodMs: 250, requests: [{ area: 'input', address: 0, count: 4 }] }],
    outputs: [{ area: 'coil', address: 0, count: 8 }],
    writes: [{ area: 'coil', address: 0, count: 8 }],
    watchdogRegisters: 1,
    watchdogPeriodMs: 5_000,
    feedPeriodMs: null,
    contact: null,
  };

  it('counts the read-back that follows each write, where outputs change faster than their module is polled', () => {
    const at = (commandPeriodMs: number) => planLoad(line(19_200), [plan], commandPeriodMs);
    assert.equal(at(250).writePercent, planLoad(line(19_200), [plan], null).writePercent);
    // Twice as many writes, and a second read-back in each poll period.
    const readBack = planLoad(
      line(19_200),
      [{ ...plan, inputs: [], writes: [], watchdogRegisters: 0 }],
      250,
    ).pollPercent;
    assert.ok(Math.abs(at(125).writePercent - (2 * at(250).writePercent + readBack)) < 1e-9);
    assert.equal(at(125).pollPercent, at(250).pollPercent);
  });

  it('counts what keeps a module in touch whose inputs are read seldom, and what feeds its watchdog', () => {
    const inputs = { value: { area: 'input' as const, address: 0 } };
    const pollPercent = (anyRequest: boolean, periodMs: number): number => {
      const profile = { ...drive, inputs, outputs: {}, watchdog: fedBy(anyRequest) };
      const module = {
        id: 'io1',
        line: line(19_200).id,
        unit: 1,
        simulated: true,
        pollPeriodMs: 250,
        watchdogMs: 6_000,
        profile,
      };
      const binding = {
        signal: 'v',
        module: 'io1',
        channel: 'value',
        direction: 'input' as const,
        pollPeriodMs: periodMs,
      };
      const [load] = declaredLoads({ lines: [line(19_200)], modules: [module], bindings: [binding] });
      return load?.pollPercent ?? Number.NaN;
    };
    const character = 10_000 / 19_200;
    const read = 22 * character + 2;
    near(pollPercent(true, 250), read / 250 + read / 5_000);
    // in nine of ten periods nothing else is due
    near(pollPercent(true, 2_500), read / 2_500 + (0.9 * read) / 250 + read / 5_000);
    near(pollPercent(false, 250), read / 250 + read / 5_000 + (read + 4 * character) / 2_000);
  });

  it('adds up over modules, and falls as the line gets faster', () => {
    const cell = fc.record({
      area: fc.constantFrom('input' as const, 'holding' as const, 'coil' as const, 'discrete' as const),
      address: fc.nat(1_000),
      count: fc.integer({ min: 1, max: 125 }),
    });
    const plans = fc.array(
      fc.record({
        pollPeriodMs: fc.integer({ min: 50, max: 5_000 }),
        inputs: fc.array(
          fc.record({ periodMs: fc.integer({ min: 50, max: 5_000 }), requests: fc.array(cell, { maxLength: 4 }) }),
          { maxLength: 3 },
        ),
        outputs: fc.array(cell, { maxLength: 4 }),
        writes: fc.array(cell, { maxLength: 4 }),
        watchdogRegisters: fc.nat(2),
        watchdogPeriodMs: fc.constant(5_000),
        feedPeriodMs: fc.option(fc.integer({ min: 50, max: 20_000 })),
        contact: fc.option(fc.record({ periodMs: fc.integer({ min: 50, max: 5_000 }), request: cell })),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(plans, fc.integer({ min: 50, max: 5_000 }), (modules, periodMs) => {
        const load = planLoad(line(9_600), modules, periodMs);
        const single = modules.map((module) => planLoad(line(9_600), [module], periodMs).planPercent);
        const sum = single.reduce((all, each) => all + each, 0);
        assert.ok(Math.abs(load.planPercent - sum) <= 1e-9 * (1 + sum));
        assert.ok(load.pollPercent >= 0 && load.writePercent >= 0);
        assert.ok(planLoad(line(19_200), modules, periodMs).planPercent <= load.planPercent);
      }),
    );
  });
});
