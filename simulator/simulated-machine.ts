import type { Configuration } from '../config/configuration.ts';
import { FaultBoard, type ActiveFault, type FaultRequest } from './faults/fault-board.ts';
import { plantFaults, type PlantFaults } from './faults/plant-faults.ts';
import { registerFaults } from './faults/register-faults.ts';
import { layoutOf, type Layout } from './layout.ts';
import { dioModule } from './modules/dio.ts';
import { driveModule } from './modules/drive.ts';
import { heaterControllerModule } from './modules/heater-controller.ts';
import type { ModuleKind, SimulatedModule } from './modules/kinds.ts';
import type { Disturbance } from './modules/registers.ts';
import { thermocoupleModule } from './modules/thermocouple.ts';
import type { PlantInputs } from './plant/inputs.ts';
import { nominalPlant } from './plant/nominal-plant.ts';
import type { PlantParameters } from './plant/parameters.ts';
import { coldPlant, withTemperatures, type PlantState } from './plant/state.ts';
import { stepPlant } from './plant/step-plant.ts';
import { isSameTerminal, type PanelButton, type Terminal } from './wiring.ts';

/** A machine that was asleep (a suspended computer) doesn't live through the lost time at once. */
const longestTickSeconds = 1;
const wattSecondsPerWattHour = 3600;
/** A longer gap between two steps is time that the operating system did not give us: no host was silent in it. */
const longestSilenceMs = 250;

/** Plant, modules and faults of one simulated machine, without any socket. Time comes from outside. */
export class SimulatedMachine {
  readonly layout: Layout;
  readonly modules: ReadonlyMap<string, SimulatedModule>;
  readonly parameters: PlantParameters;
  readonly board: FaultBoard;
  readonly #faults: PlantFaults;
  readonly #pressedUntilMs = new Map<PanelButton, number>();
  #plant: PlantState;
  #nowMs: number;
  /** Real time without the gaps in which this process did not run: what watchdogs measure. */
  #livedMs = 0;
  /** Model seconds per real second. */
  speedFactor = 1;

  /**
   * @param seed   of the measuring noise
   * @param nowMs  monotonic
   * @throws WiringError when the configuration asks for what can't be simulated
   */
  constructor(configuration: Pick<Configuration, 'machine' | 'field'>, seed: number, nowMs: number) {
    this.layout = layoutOf(configuration);
    this.parameters = nominalPlant(configuration.machine);
    this.board = new FaultBoard(this.layout.targets);
    this.#faults = plantFaults(this.board);
    this.#plant = coldPlant(this.parameters, seed);
    this.#nowMs = nowMs;
    this.modules = new Map(
      this.layout.modules.map((unit) => [
        unit.id,
        this.#builders[unit.kind](unit.id, registerFaults(this.board, unit.id, unit.line)),
      ]),
    );
  }

  get plant(): PlantState {
    return this.#plant;
  }

  /** A request for this module arrived. */
  hear(module: string, nowMs: number): void {
    this.modules.get(module)?.watchdog?.hear(this.#lived(nowMs));
  }

  #lived(nowMs: number): number {
    return this.#livedMs + Math.min(longestSilenceMs, Math.max(0, nowMs - this.#nowMs));
  }

  /** Real time went on to `nowMs`: faults end, watchdogs act, and the plant follows at its own speed. */
  tick(nowMs: number): void {
    const seconds = Math.min(longestTickSeconds, Math.max(0, (nowMs - this.#nowMs) / 1000));
    this.#livedMs = this.#lived(nowMs);
    this.#nowMs = nowMs;
    this.board.expire(nowMs);
    for (const module of this.modules.values()) {
      module.watchdog?.check(this.#livedMs);
      if (module.kind === 'drive') module.settle();
    }
    this.#plant = stepPlant(this.parameters, this.#plant, this.inputs(), seconds * this.speedFactor);
  }

  /** @throws FaultRefusedError with a sentence that names what is right */
  breakDown(request: FaultRequest, nowMs: number): ActiveFault {
    const fault = this.board.add(request, { monotonicMs: nowMs, modelSeconds: this.#plant.seconds });
    const { target } = fault;
    if ('supply' in fault.params && fault.params.supply && target.kind !== 'signal')
      for (const { id, line } of this.layout.modules)
        if (target.kind === 'line' ? target.line === line : target.module === id) this.modules.get(id)?.restart();
    this.tick(nowMs);
    return fault;
  }

  press(button: PanelButton, nowMs: number, holdMs: number): void {
    this.#pressedUntilMs.set(button, nowMs + holdMs);
  }

  setTemperatures(temperaturesC: ReadonlyMap<string, number>): void {
    this.#plant = withTemperatures(this.#plant, {
      zones: this.parameters.zones.map(({ id }) => temperaturesC.get(id)),
      throat: this.#sensorAt('throat', temperaturesC),
      motor: this.#sensorAt('motor', temperaturesC),
    });
  }

  #sensorAt(place: 'throat' | 'motor', temperaturesC: ReadonlyMap<string, number>): number | undefined {
    const named = this.layout.wiring.sensors.filter(({ at }) => at === place);
    return named.map(({ id }) => temperaturesC.get(id)).find((temperature) => temperature !== undefined);
  }

  estopClosed(): boolean {
    return this.#faults.estopClosed(this.layout.wiring.estop);
  }

  /** Whether the heaters are under voltage: the e-stop chain drops the contactor by wire. */
  contactorClosed(): boolean {
    const { contactor } = this.layout.wiring;
    if (contactor === null) return this.estopClosed();
    const isDriven = this.#isOn(contactor) && this.estopClosed();
    return this.#faults.passed(contactor, isDriven ? 1 : 0) > 0;
  }

  /** What the modules do to the plant now. */
  inputs(): PlantInputs {
    const { zones, drives, fan, pump, nozzleFan } = this.layout.wiring;
    const supply = this.contactorClosed() ? 1 : 0;
    return {
      heating: zones.map(({ heater }) => supply * this.#faults.passed(heater, this.#duty(heater))),
      shafts: drives.map(({ module: id }) => {
        const module = this.modules.get(id);
        return module?.kind === 'drive' ? module.demand() : { powered: false, targetRpm: 0 };
      }),
      fan: this.#faults.passed(fan, this.#isOn(fan) ? 1 : 0) > 0,
      pump: this.#faults.passed(pump, this.#isOn(pump) ? 1 : 0) > 0,
      nozzleFan: this.#faults.passed(nozzleFan, this.#duty(nozzleFan)),
    };
  }

  #isOn(terminal: Terminal | null): boolean {
    const module = terminal === null ? undefined : this.modules.get(terminal.module);
    return terminal !== null && module?.kind === 'dio-8' && module.relay(terminal.terminal);
  }

  /** 0…1 */
  #duty(terminal: Terminal | null): number {
    const module = terminal === null ? undefined : this.modules.get(terminal.module);
    return terminal !== null && module?.kind === 'heater-controller' ? module.dutyPercent(terminal.terminal) / 100 : 0;
  }

  readonly #builders: Readonly<Record<ModuleKind, (id: string, disturbance: Disturbance) => SimulatedModule>> = {
    'thermocouple-4': (id, disturbance) =>
      thermocoupleModule(
        {
          sense: (channel) => this.#sense({ module: id, sort: 'temperature', terminal: channel }),
          coldJunctionFails: () => this.#faults.coldJunctionFails(id),
        },
        disturbance,
      ),
    drive: (id, disturbance) =>
      driveModule(
        {
          shaft: () => this.#shaftOf(id),
          estopClosed: () => this.estopClosed(),
          failsWith: () => this.#faults.driveFault(id),
        },
        disturbance,
      ),
    'dio-8': (id, disturbance) =>
      dioModule({ contact: (terminal) => this.#contact({ module: id, sort: 'contact', terminal }) }, disturbance),
    'heater-controller': (id, disturbance) =>
      heaterControllerModule({ powerW: () => this.#powerW(id), energyWh: () => this.#energyWh(id) }, disturbance),
  };

  /** °C that the module's channel finds at its terminal; a terminal without a sensor reads the room. */
  #sense(terminal: Terminal): number | null {
    const { zones, sensors } = this.layout.wiring;
    const zone = zones.findIndex(({ sensor }) => isSameTerminal(sensor, terminal));
    const other = sensors.find(({ sensor }) => isSameTerminal(sensor, terminal));
    const sensor = zone >= 0 ? this.#plant.sensors.zones[zone] : other && this.#plant.sensors[other.at];
    return this.#faults.sensed(terminal, sensor?.readingC ?? this.parameters.ambientC, this.#plant.seconds);
  }

  #shaftOf(module: string): { readonly speedRpm: number; readonly currentA: number } {
    const shaft = this.layout.wiring.drives.findIndex((drive) => drive.module === module);
    return this.#plant.shafts[shaft] ?? { speedRpm: 0, currentA: 0 };
  }

  #contact(terminal: Terminal): boolean {
    const { estop, buttons } = this.layout.wiring;
    const isClosed = isSameTerminal(estop, terminal)
      ? this.estopClosed()
      : (['start', 'stop'] as const).some(
          (button) => isSameTerminal(buttons[button], terminal) && this.#isPressed(button),
        );
    return this.#faults.contact(terminal, isClosed);
  }

  #isPressed(button: PanelButton): boolean {
    return this.#nowMs < (this.#pressedUntilMs.get(button) ?? 0);
  }

  /** Power of the heaters on this module. */
  #powerW(module: string): number {
    const { heating } = this.inputs();
    return this.#sumOfHeaters(module, (zone) => (heating[zone] ?? 0) * (this.parameters.zones[zone]?.heaterW ?? 0));
  }

  #energyWh(module: string): number {
    return this.#sumOfHeaters(module, (zone) => this.#plant.zones[zone]?.electricJ ?? 0) / wattSecondsPerWattHour;
  }

  #sumOfHeaters(module: string, valueOf: (zone: number) => number): number {
    return this.layout.wiring.zones.reduce(
      (sum, { heater }, zone) => (heater?.module === module ? sum + valueOf(zone) : sum),
      0,
    );
  }
}
