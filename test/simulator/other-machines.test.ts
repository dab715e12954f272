import assert from 'node:assert/strict';
import type { LineDeclaration } from '../../drivers/declaration.ts';
import type { Configuration } from '../../config/configuration.ts';
import { SimulatedMachine } from '../../simulator/simulated-machine.ts';
import { factoryConfiguration } from './factory.ts';

type Plan = Pick<Configuration, 'machine' | 'field'>;
type ModuleDeclaration = Configuration['field']['modules'][number];

function module({ field }: Plan, id: string): ModuleDeclaration {
  const found = field.modules.find((candidate) => candidate.id === id);
  assert.ok(found);
  return found;
}

/** The factory machine with a third zone on modules of its own. */
function longerBarrel(): Plan {
  const plan = factoryConfiguration();
  const { machine, field } = plan;
  const nozzle = machine.zones[1];
  assert.ok(nozzle);
  const zone3 = {
    ...nozzle,
    id: 'zone3',
    temperature: 'temperature.zone3',
    raw: 'temperature.zone3.raw',
    output: 'heater.zone3.output',
    nominalPowerW: 400,
    model: { ...nozzle.model, gainKPerPercent: 3.2, coupling: [{ zone: 'zone2', kPerK: 0.1 }] },
  };
  return {
    machine: { ...machine, zones: [...machine.zones, zone3] },
    field: {
      ...field,
      modules: [
        ...field.modules,
        { ...module(plan, 'ai1'), id: 'ai2', unit: 4 },
        { ...module(plan, 'ssr1'), id: 'ssr2', unit: 3 },
      ],
      bindings: [
        ...field.bindings,
        { signal: 'temperature.zone3', module: 'ai2', channel: '2', direction: 'input' },
        { signal: 'heater.zone3.output', module: 'ssr2', channel: 'duty1', direction: 'output' },
      ],
    },
  };
}

describe('simulated machines other than the factory one', () => {
  it('have more zones on more modules by configuration alone', async () => {
    const machine = new SimulatedMachine(longerBarrel(), 1, 0);
    const [ai2, ssr1, ssr2, dio1] = ['ai2', 'ssr1', 'ssr2', 'dio1'].map((id) => machine.modules.get(id)?.slave);
    await dio1?.writeCoils(5, [true]);
    await ssr2?.writeHolding(1, [1000]);
    machine.speedFactor = 5;
    for (let nowMs = 0; nowMs <= 360_000; nowMs += 500) machine.tick(nowMs);
    const reading = (await ai2?.readInput(2, 1))?.[0] ?? 0;
    assert.ok(reading > 3000 && reading < 4500, `${reading / 10} °C`);
    assert.deepEqual(await ssr1?.readInput(0, 2), [0, 0], 'the first controller has no power');
    assert.deepEqual(await ssr2?.readInput(0, 2), [0x43c8, 0], '400 W');
    const [zone1C = 0, zone2C = 0] = machine.plant.zones.map(({ barrelC }) => barrelC);
    assert.ok(zone2C > zone1C && zone2C < reading / 10, `${zone1C} °C, ${zone2C} °C: the neighbour takes part`);
    assert.deepEqual(machine.layout.lines[0]?.units.get(4), 'ai2');
  });

  it('leave out the modules that are real', () => {
    const plan = factoryConfiguration();
    const modules = plan.field.modules.map((declared) => ({ ...declared, simulated: declared.id === 'ai1' }));
    const machine = new SimulatedMachine({ machine: plan.machine, field: { ...plan.field, modules } }, 1, 0);
    assert.deepEqual([...machine.modules.keys()], ['ai1']);
    assert.deepEqual(
      machine.layout.lines.map(({ id }) => id),
      ['rtu0'],
    );
    machine.tick(1000);
  });

  it('are refused when a module or channel cannot be simulated, naming what can', () => {
    const plan = factoryConfiguration();
    const ai1 = module(plan, 'ai1');
    const strange = { ...ai1, profile: { ...ai1.profile, id: 'weather-station' } };
    const withStrange = { ...plan.field, modules: [strange, ...plan.field.modules.slice(1)] };
    assert.throws(
      () => new SimulatedMachine({ machine: plan.machine, field: withStrange }, 1, 0),
      /ai1 is a weather-station.*thermocouple-4, drive, dio-8, heater-controller/,
    );
    const bindings = plan.field.bindings.map((binding) =>
      binding.signal === 'fan.on' ? { ...binding, channel: 'do7' } : binding,
    );
    assert.throws(
      () => new SimulatedMachine({ machine: plan.machine, field: { ...plan.field, bindings } }, 1, 0),
      /fan\.on is on channel do7 of dio1; the simulated one has di0, di1, di2, do0/,
    );
  });

  it('are refused when a simulated module is on a line of a kind that is not served, unless it is real', () => {
    const plan = factoryConfiguration();
    const lines = plan.field.lines.map((line): LineDeclaration =>
      line.id === 'tcp0' && 'port' in line ? { ...line, transport: 'udp' } : line,
    );
    const field = { ...plan.field, lines };
    assert.throws(
      () => new SimulatedMachine({ machine: plan.machine, field }, 1, 0),
      /tcp0 speaks udp.*tcp, rtu-over-tcp, rtu/,
    );
    const modules = field.modules.map((declared) => ({ ...declared, simulated: declared.line !== 'tcp0' }));
    const machine = new SimulatedMachine({ machine: plan.machine, field: { ...field, modules } }, 1, 0);
    assert.deepEqual(
      machine.layout.lines.map(({ id }) => id),
      ['rtu0'],
    );
  });
});
