import type { MachineDeclaration, ZoneDeclaration } from '../../machine/declaration.ts';
import type { OutputImage } from '../../machine/field.ts';

/** What a fault does to the plant, by name of the zone or drive. */
export interface PlantFaults {
  /** Duty that the relay gives whatever it is told, in %. */
  readonly stuckPercent: Map<string, number>;
  readonly brokenHeaters: Set<string>;
  /** Share of its power that a heater still gives. */
  readonly weakHeaters: Map<string, number>;
  /** Sensors that hang in the air: they read what they did, and go towards ambient. */
  readonly detachedSensors: Set<string>;
  /** Fault codes that the drive reports; it does not run. */
  readonly driveFaults: Map<string, number>;
  /** The drive ignores the command and stays as it is. */
  readonly deafDrives: Set<string>;
  /** Current on top of the normal one, in A. */
  readonly extraCurrentA: Map<string, number>;
}

/** How the true barrel differs from its nominal model. */
export interface PlantOptions {
  readonly gainShare: number;
  readonly timeShare: number;
  readonly deadTimeShare: number;
  readonly couplingShare: number;
  readonly sensorLagSeconds: number;
  /** On top of the nominal dead time. */
  readonly extraDeadSeconds: number;
  /** Zones whose heaters, or whose sensors, are connected crosswise. */
  readonly crossedHeaters: readonly [string, string] | null;
  readonly crossedSensors: readonly [string, string] | null;
  readonly seed: number;
}

/** The true barrel is somewhat off its nominal model, as every real one is. */
const usual: PlantOptions = {
  gainShare: 1.06,
  timeShare: 1.1,
  deadTimeShare: 1,
  couplingShare: 1,
  sensorLagSeconds: 2,
  extraDeadSeconds: 0,
  crossedHeaters: null,
  crossedSensors: null,
  seed: 1,
};
/** A bare thermocouple in still air. */
const airTimeConstantSeconds = 30;
const noiseK = 0.05;
const driveRampRpmPerS = 1_500;

interface ZoneTruth {
  readonly zone: ZoneDeclaration;
  temperatureC: number;
  sensedC: number;
  readonly underWay: number[];
}

interface DriveTruth {
  rpm: number;
  running: boolean;
  lastReset: boolean;
}

/** Barrel, drives and power of a machine: zones of first order with dead time, coupling, sensor lag and noise. */
export class Plant {
  readonly faults: PlantFaults = {
    stuckPercent: new Map(),
    brokenHeaters: new Set(),
    weakHeaters: new Map(),
    detachedSensors: new Set(),
    driveFaults: new Map(),
    deafDrives: new Set(),
    extraCurrentA: new Map(),
  };
  motorC = 30;
  feedC = 25;
  /** Heat that cold feed takes from every zone while the main drive turns, as a fall of the final temperature in K. */
  loadK = 0;
  /** The hall is this much warmer than the nominal ambient, or a door stands open. */
  ambientOffsetK = 0;
  readonly #options: PlantOptions;
  readonly #declaration: MachineDeclaration;
  readonly #zones: ZoneTruth[];
  readonly #drives = new Map<string, DriveTruth>();
  #random: number;
  powerW = 0;

  constructor(declaration: MachineDeclaration, temperatureC: number, options: Partial<PlantOptions> = {}) {
    this.#declaration = declaration;
    this.#options = { ...usual, ...options };
    this.#random = this.#options.seed;
    this.#zones = declaration.zones.map((zone) => ({ zone, temperatureC, sensedC: temperatureC, underWay: [] }));
    for (const { id } of declaration.drives) this.#drives.set(id, { rpm: 0, running: false, lastReset: false });
  }

  trueC(zone: string): number {
    return this.#zones.find((each) => each.zone.id === zone)?.temperatureC ?? Number.NaN;
  }

  warm(temperatureC: number): void {
    for (const zone of this.#zones) zone.temperatureC = zone.sensedC = temperatureC;
  }

  /** Moves the true temperature of a zone at once: a disturbance. */
  disturb(zone: string, byK: number): void {
    for (const each of this.#zones) if (each.zone.id === zone) each.temperatureC += byK;
  }

  drive(id: string): DriveTruth {
    const drive = this.#drives.get(id);
    if (drive === undefined) throw new RangeError(`no drive ${id}`);
    return drive;
  }

  advance(outputs: OutputImage, seconds: number): void {
    for (const drive of this.#declaration.drives) this.#turn(drive.id, outputs, seconds);
    const contactor = outputs.get(this.#declaration.heating.contactor) === true;
    const temperatures = new Map(this.#zones.map((each) => [each.zone.id, each.temperatureC]));
    const turning = this.drive('main').running;
    const { gainShare, timeShare, sensorLagSeconds, extraDeadSeconds, crossedHeaters } = this.#options;
    const { deadTimeShare, couplingShare } = this.#options;
    this.powerW = 0;
    for (const each of this.#zones) {
      const { id, model, nominalPowerW } = each.zone;
      const { output } = this.#zone(partner(id, crossedHeaters)).zone;
      const asked = this.faults.stuckPercent.get(id) ?? Number(outputs.get(output) ?? 0);
      const sound = contactor && !this.faults.brokenHeaters.has(id);
      const duty = sound ? asked * (this.faults.weakHeaters.get(id) ?? 1) : 0;
      this.powerW += (duty / 100) * nominalPowerW;
      each.underWay.push(duty);
      const deadSeconds = deadTimeShare * model.deadTimeSeconds + extraDeadSeconds;
      const delayed = each.underWay.length * seconds > deadSeconds ? (each.underWay.shift() ?? 0) : 0;
      const ambientC = model.ambientC + this.ambientOffsetK;
      let settlesC = ambientC + gainShare * model.gainKPerPercent * delayed - (turning ? this.loadK : 0);
      for (const other of this.#zones) {
        const coupling = other.zone.model.coupling.find(({ zone }) => zone === id);
        const excessK = (temperatures.get(other.zone.id) ?? model.ambientC) - model.ambientC;
        settlesC += couplingShare * (coupling?.kPerK ?? 0) * excessK;
      }
      each.temperatureC += ((settlesC - each.temperatureC) * seconds) / (timeShare * model.timeConstantSeconds);
      if (this.faults.detachedSensors.has(id)) {
        each.sensedC += ((ambientC - each.sensedC) * seconds) / airTimeConstantSeconds;
      } else each.sensedC += (each.temperatureC - each.sensedC) * Math.min(1, seconds / sensorLagSeconds);
    }
  }

  /** What the modules would read now, by signal. */
  readings(outputs: OutputImage): Map<string, number | boolean> {
    const { declaration } = { declaration: this.#declaration };
    const values = new Map<string, number | boolean>(outputs);
    for (const { zone } of this.#zones) {
      const { sensedC } = this.#zone(partner(zone.id, this.#options.crossedSensors));
      values.set(zone.temperature, this.#measured(sensedC));
    }
    for (const sensor of declaration.sensors) {
      if (sensor.id === 'motor') values.set(sensor.signal, this.#measured(this.motorC));
      if (sensor.id === 'feed') values.set(sensor.signal, this.#measured(this.feedC));
    }
    values.set(declaration.heating.power, this.powerW / 1_000);
    values.set(declaration.heating.energy, 1);
    for (const drive of declaration.drives) {
      const { rpm, running } = this.drive(drive.id);
      values.set(drive.speed, Math.round(rpm));
      values.set(drive.running, running);
      values.set(drive.current, (running ? 2 : 0) + (this.faults.extraCurrentA.get(drive.id) ?? 0));
      values.set(drive.fault, this.faults.driveFaults.get(drive.id) ?? 0);
    }
    values.set(declaration.safety.estopClosed, true);
    values.set(declaration.panel.start, false);
    values.set(declaration.panel.stop, false);
    return values;
  }

  #zone(id: string): ZoneTruth {
    const zone = this.#zones.find((each) => each.zone.id === id);
    if (zone === undefined) throw new RangeError(`no zone ${id}`);
    return zone;
  }

  #turn(id: string, outputs: OutputImage, seconds: number): void {
    const drive = this.drive(id);
    const declared = this.#declaration.drives.find((each) => each.id === id);
    if (declared === undefined || this.faults.deafDrives.has(id)) return;
    const reset = outputs.get(declared.reset) === true;
    if (reset && !drive.lastReset) this.faults.driveFaults.delete(id);
    drive.lastReset = reset;
    const faulted = this.faults.driveFaults.has(id);
    const target = faulted ? 0 : Number(outputs.get(declared.command) ?? 0);
    const step = driveRampRpmPerS * seconds;
    drive.rpm += Math.max(-step, Math.min(step, target - drive.rpm));
    drive.running = !faulted && (target !== 0 || drive.rpm !== 0);
  }

  /** A thermocouple module: noise, and a tenth of a degree. */
  #measured(trueC: number): number {
    let sum = 0;
    for (let draw = 0; draw < 6; draw++) {
      this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
      sum += this.#random / 2 ** 32;
    }
    return Math.round((trueC + (sum - 3) * Math.SQRT2 * noiseK) * 10) / 10;
  }
}

/** Where a wire of `id` ends when two are crossed. */
function partner(id: string, crossed: readonly [string, string] | null): string {
  if (crossed === null || !crossed.includes(id)) return id;
  return crossed[0] === id ? crossed[1] : crossed[0];
}
