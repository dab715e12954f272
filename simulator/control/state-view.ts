import type { SimulatedModule } from '../modules/kinds.ts';
import type { RegisterArea } from '../modules/registers.ts';
import type { SimulatedMachine } from '../simulated-machine.ts';
import type { Terminal } from '../wiring.ts';

const decimals = { temperature: 3, watt: 1, ampere: 3, rpm: 1, wattHour: 3, second: 3 } as const;

/** The truth of the plant, which the modules' readings follow with lag, noise, rounding and faults. */
export function stateView(machine: SimulatedMachine): object {
  const { plant, parameters, layout } = machine;
  const { wiring } = layout;
  const inputs = machine.inputs();
  const heaterW = parameters.zones.reduce((sum, zone, index) => sum + zone.heaterW * (inputs.heating[index] ?? 0), 0);
  const energyWh = plant.zones.reduce((sum, { electricJ }) => sum + electricJ, 0) / 3600;
  return {
    modelSeconds: rounded(plant.seconds, decimals.second),
    speedFactor: machine.speedFactor,
    ambientC: parameters.ambientC,
    /** °C */
    temperatures: temperaturesOf(machine),
    /** %, as the heater controller drives them; what reaches the heater is `heating`. */
    duties: Object.fromEntries(wiring.zones.map(({ id, heater }) => [id, dutyPercent(machine, heater)])),
    heating: Object.fromEntries(wiring.zones.map(({ id }, index) => [id, percent(inputs.heating[index] ?? 0)])),
    nozzleFanPercent: percent(inputs.nozzleFan),
    contactorClosed: machine.contactorClosed(),
    estopClosed: machine.estopClosed(),
    heaterPowerW: rounded(heaterW, decimals.watt),
    heaterEnergyWh: rounded(energyWh, decimals.wattHour),
    drives: Object.fromEntries(
      wiring.drives.map(({ id, module: moduleId }, index) => {
        const [shaft, module, drive] = [plant.shafts[index], machine.modules.get(moduleId), inputs.shafts[index]];
        return [
          id,
          {
            speedRpm: rounded(shaft?.speedRpm ?? 0, decimals.rpm),
            targetRpm: drive?.targetRpm ?? 0,
            currentA: rounded(shaft?.currentA ?? 0, decimals.ampere),
            running: module?.kind === 'drive' && module.running(),
            faultCode: module?.kind === 'drive' ? module.faultCode() : 0,
          },
        ];
      }),
    ),
    /** Share of full feed that the screw carries. */
    filling: rounded(plant.filling, 3),
    outputs: { fan: inputs.fan, pump: inputs.pump },
    /** Coils as the modules hold them, by signal. */
    coils: Object.fromEntries(
      [...wiring.signals.values()]
        .filter(({ sort }) => sort === 'relay')
        .map(({ signal, module, terminal }) => [signal, isRelayOn(machine.modules.get(module), terminal)]),
    ),
    watchdogs: Object.fromEntries(
      [...machine.modules].flatMap(([id, { watchdog }]) => (watchdog === null ? [] : [[id, watchdog.state]])),
    ),
    faults: machine.board.all().map(({ id, targetName, fault, params }) => ({ id, target: targetName, fault, params })),
  };
}

/** Every register of every module, as a master would read it if nothing were broken. */
export function modulesView(machine: SimulatedMachine): object[] {
  return machine.layout.modules.map(({ id, kind, line, unit }) => {
    const registers = machine.modules.get(id)?.registers;
    const list = (area: RegisterArea): object[] =>
      [...(registers?.[area] ?? [])].map(([address, register]) => ({
        address,
        name: register.name,
        raw: register.read(),
      }));
    return {
      id,
      kind,
      line,
      unit,
      coils: list('coil'),
      discrete: list('discrete'),
      holding: list('holding'),
      input: list('input'),
    };
  });
}

function temperaturesOf({ plant, parameters, layout }: SimulatedMachine): Record<string, number> {
  const zones = parameters.zones.map(({ id }, index) => [id, plant.zones[index]?.barrelC ?? 0] as const);
  const others = layout.wiring.sensors.map(
    ({ id, at }) => [id, at === 'motor' ? plant.motorC : plant.throatC] as const,
  );
  return Object.fromEntries(
    [...zones, ...others].map(([id, temperatureC]) => [id, rounded(temperatureC, decimals.temperature)]),
  );
}

function dutyPercent(machine: SimulatedMachine, heater: Terminal | null): number {
  const module = heater === null ? undefined : machine.modules.get(heater.module);
  return heater !== null && module?.kind === 'heater-controller' ? module.dutyPercent(heater.terminal) : 0;
}

function isRelayOn(module: SimulatedModule | undefined, terminal: number): boolean {
  return module?.kind === 'dio-8' && module.relay(terminal);
}

function percent(share: number): number {
  return rounded(100 * share, 1);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
