import { watchedSensors } from '../acquisition/sensors.ts';
import type { MachineDeclaration } from '../declaration.ts';

/** Alarm names follow the names of the configuration: `zone3` gives `ZONE3_OVERTEMP`, `drive2` gives `DRIVE2_COMMS_LOST`. */
export const alarmNames = {
  estop: 'ESTOP',
  motorOverTemperature: 'MOTOR_OVERTEMP',
  temperatureStale: 'TEMP_DATA_STALE',
  zonesSwapped: 'ZONES_SWAPPED',
  signalLost: 'SIGNAL_LOST',
  heaterPowerMismatch: 'HEATER_POWER_MISMATCH',
  coldExtrusion: 'COLD_EXTRUSION',
  outputMismatch: 'OUTPUT_MISMATCH',
  scanOverrun: 'SCAN_OVERRUN',
  configurationUnconfirmed: 'CONFIG_UNCONFIRMED',
  clockStepped: 'CLOCK_STEPPED',
  commsLost: (lineOrModule: string) => `${lineOrModule.toUpperCase()}_COMMS_LOST`,
  sensorFailed: (sensor: string) => `${sensor.toUpperCase()}_SENSOR_FAILED`,
  overTemperature: (zone: string) => `${zone.toUpperCase()}_OVERTEMP`,
  uncontrolled: (zone: string) => `${zone.toUpperCase()}_UNCONTROLLED`,
  notHeating: (zone: string) => `${zone.toUpperCase()}_NOT_HEATING`,
  deviation: (zone: string) => `${zone.toUpperCase()}_DEVIATION`,
  driveFault: (drive: string) => `${drive.toUpperCase()}_DRIVE_FAULT`,
  driveNotRunning: (drive: string) => `${drive.toUpperCase()}_DRIVE_NOT_RUNNING`,
  driveNotStopping: (drive: string) => `${drive.toUpperCase()}_DRIVE_NOT_STOPPING`,
  driveOverload: (drive: string) => `${drive.toUpperCase()}_DRIVE_OVERLOAD`,
} as const;

/** Raised by the gateway process about itself, never by the control core. */
export const gatewayAlarmIds: readonly string[] = [
  'CONTROL_LOST',
  'HISTORIAN_BUFFERING',
  'HISTORIAN_BUFFER_HIGH',
  'DISK_LOW',
  'CERTIFICATE_EXPIRING',
];

/**
 * Every alarm that a guard of the control core raises on this machine, causes before what follows from them. Each of
 * them must be declared; a declared alarm that is neither here nor among `gatewayAlarmIds` needs a limit of its own.
 */
export function guardAlarmIds(declaration: MachineDeclaration): string[] {
  const zones = declaration.zones.map((zone) => zone.id);
  const drives = declaration.drives.map((drive) => drive.id);
  const sensors = watchedSensors(declaration).map((sensor) => sensor.id);
  return [
    ...declaration.lines.map((line) => alarmNames.commsLost(line.id)),
    ...declaration.modules.map((module) => alarmNames.commsLost(module.id)),
    alarmNames.estop,
    ...zones.map(alarmNames.overTemperature),
    // one zone can't be mistaken for another
    ...(zones.length > 1 ? [alarmNames.zonesSwapped] : []),
    ...zones.map(alarmNames.uncontrolled),
    alarmNames.motorOverTemperature,
    ...drives.map(alarmNames.driveFault),
    ...sensors.map(alarmNames.sensorFailed),
    alarmNames.temperatureStale,
    alarmNames.signalLost,
    ...zones.map(alarmNames.notHeating),
    alarmNames.coldExtrusion,
    ...drives.map(alarmNames.driveNotRunning),
    ...drives.map(alarmNames.driveNotStopping),
    ...drives.map(alarmNames.driveOverload),
    alarmNames.outputMismatch,
    alarmNames.scanOverrun,
    ...zones.map(alarmNames.deviation),
    alarmNames.heaterPowerMismatch,
    alarmNames.configurationUnconfirmed,
    alarmNames.clockStepped,
  ];
}
