import type { Acquisition } from './acquisition/acquisition.ts';
import type { Channel } from './acquisition/channel.ts';
import type { IoModule } from './acquisition/io-module.ts';
import { watchedSensors } from './acquisition/sensors.ts';
import type {
  DriveDeclaration,
  Gains,
  GainsFrom,
  MachineDeclaration,
  PidSettings,
  SensorDeclaration,
  ZoneDeclaration,
} from './declaration.ts';
import type { Cell, Image } from './image.ts';
import { TemperatureTrail } from './interlocks/temperature-trail.ts';
import { longestDeadSeconds } from './model/bounds.ts';
import { DutyTrail } from './model/duty-trail.ts';
import { nominalModel, warmersOf, type ZoneModel } from './model/zone-model.ts';
import type { ZoneTest } from './zone-status.ts';

/** A watched temperature sensor: `channel.raw` is the single reading, `channel.cell` the average. */
export interface Sensor {
  readonly declaration: SensorDeclaration;
  readonly channel: Channel;
}

export interface Zone {
  readonly declaration: ZoneDeclaration;
  readonly sensor: Sensor;
  readonly setpoint: Cell;
  readonly output: Cell;
  /** The zones that warm this one, in the order of the model's `liftKPerK`. */
  readonly warmers: readonly Zone[];
  readonly duties: DutyTrail;
  readonly trail: TemperatureTrail;
  /** Commanded, in %. */
  dutyPercent: number;
  /** In force: the configuration's, or what a recipe or a tuning has put in their place. */
  minimumC: number;
  pid: PidSettings;
  gainsFrom: GainsFrom;
  /** What a recipe's gains have taken the place of; null: they have not. */
  ownGains: { readonly gains: Gains; readonly from: 'configuration' | 'tuning' } | null;
  /** What the PID follows now, in °C; null while nothing is controlled. */
  workingSetpointC: number | null;
  readonly nominal: ZoneModel;
  /** What the guards expect of the heater: nominal, until what was learnt tells better. */
  model: ZoneModel;
  /** Its commissioning test: the one under way, or the last. */
  test: ZoneTest | null;
}

export interface Drive {
  readonly declaration: DriveDeclaration;
  readonly setpoint: Cell;
  readonly command: Channel;
  readonly speed: Channel;
  readonly current: Channel;
  readonly running: Channel;
  readonly fault: Channel;
  readonly module: IoModule;
  /** Switched on by the sequence. */
  on: boolean;
  onSinceMs: number;
  /** Speed that the ramp leads to, and the speed commanded now, in rpm. */
  targetRpm: number;
  commandRpm: number;
  /** Highest speed in AUTO: the configuration's, or a recipe's. */
  maximumRpm: number;
}

/** The machine's parts with their places in the image, resolved once from the declaration. */
export interface Equipment {
  readonly zones: readonly Zone[];
  readonly drives: readonly Drive[];
  readonly sensors: readonly Sensor[];
  readonly motor: Sensor;
  /** Sensors of which a loss stops the machine. */
  readonly vital: readonly Sensor[];
  readonly modules: readonly IoModule[];
  readonly estop: Channel;
  readonly power: Channel;
  /** Factor from the unit of `power` to W. */
  readonly wattsPerUnit: number;
  readonly contactor: Channel;
  /** What is written, with what its module reads back. */
  readonly outputs: readonly Channel[];
  /** Inputs that are no temperature sensor's, no drive's and not the e-stop's. */
  readonly otherInputs: readonly Channel[];
}

export function resolveEquipment(declaration: MachineDeclaration, image: Image, acquisition: Acquisition): Equipment {
  const sensors = watchedSensors(declaration).map((sensor) => ({
    declaration: sensor,
    channel: acquisition.channel(sensor.signal),
  }));
  const zones = declaration.zones.map((zone) => resolveZone(zone, declaration, image, sensors));
  for (const { declaration: zone, warmers } of zones) {
    for (const { id } of warmersOf(zone.id, declaration.zones)) {
      warmers.push(...zones.filter((other) => other.declaration.id === id));
    }
  }
  const motor = sensors.find((sensor) => sensor.declaration.id === declaration.motor.sensor);
  if (motor === undefined) throw new RangeError(`motor sensor ${declaration.motor.sensor} is not among the sensors`);
  const drives = declaration.drives.map((drive) => resolveDrive(drive, image, acquisition));
  const estop = acquisition.channel(declaration.safety.estopClosed);
  const ruled = new Set([
    estop,
    ...sensors.map(({ channel }) => channel),
    ...drives.flatMap(({ speed, current, running, fault }) => [speed, current, running, fault]),
  ]);
  return {
    zones,
    drives,
    sensors,
    motor,
    vital: sensors.filter((sensor) => sensor.declaration.trips || sensor === motor || isOfZone(sensor, zones)),
    modules: [...acquisition.modules.values()],
    estop,
    power: acquisition.channel(declaration.heating.power),
    wattsPerUnit: declaration.signals.get(declaration.heating.power)?.unit === 'W' ? 1 : 1_000,
    contactor: acquisition.channel(declaration.heating.contactor),
    outputs: acquisition.all.filter(isOutput),
    otherInputs: acquisition.all.filter((channel) => !isOutput(channel) && !ruled.has(channel)),
  };
}

function resolveZone(
  zone: ZoneDeclaration,
  declaration: MachineDeclaration,
  image: Image,
  sensors: readonly Sensor[],
): Zone & { readonly warmers: Zone[] } {
  const sensor = sensors.find(
    ({ declaration: { signal, raw } }) => signal === zone.temperature || raw === zone.raw || raw === zone.temperature,
  );
  if (sensor === undefined) throw new RangeError(`${zone.id} has no sensor`);
  sensor.channel.watchAbove = zone.tripAboveC;
  const { notHeatingSeconds, notHeatingModelSeconds } = declaration.guards;
  const longestWatchSeconds = Math.max(notHeatingSeconds, notHeatingModelSeconds);
  const nominal = nominalModel(zone, declaration.zones);
  return {
    declaration: zone,
    sensor,
    setpoint: image.cell(zone.setpoint),
    output: image.cell(zone.output),
    warmers: [],
    duties: new DutyTrail(longestDeadSeconds(nominal) + longestWatchSeconds, declaration.scanPeriodMs),
    trail: new TemperatureTrail(longestWatchSeconds),
    dutyPercent: 0,
    minimumC: zone.minimumC,
    pid: zone.pid,
    gainsFrom: 'configuration',
    ownGains: null,
    workingSetpointC: null,
    nominal,
    model: nominal,
    test: null,
  };
}

function resolveDrive(drive: DriveDeclaration, image: Image, acquisition: Acquisition): Drive {
  const command = acquisition.channel(drive.command);
  return {
    declaration: drive,
    setpoint: image.cell(drive.setpoint),
    command,
    speed: acquisition.channel(drive.speed),
    current: acquisition.channel(drive.current),
    running: acquisition.channel(drive.running),
    fault: acquisition.channel(drive.fault),
    module: acquisition.modules.get(drive.module) ?? command.module,
    on: false,
    onSinceMs: 0,
    targetRpm: 0,
    commandRpm: 0,
    maximumRpm: drive.maximumRpm,
  };
}

function isOutput({ cell }: Channel): boolean {
  return cell.declaration.direction === 'output';
}

function isOfZone(sensor: Sensor, zones: readonly Zone[]): boolean {
  return zones.some((zone) => zone.sensor === sensor);
}
