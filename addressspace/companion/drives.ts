import { type Namespace, type UAObject, type UAObjectType, coerceLocalizedText } from 'node-opcua';
import type { DriveDeclaration, MachineDeclaration, SensorDeclaration } from '../../machine/declaration.ts';
import { choice, fill, fillSemantics, fillVersion, localized, number, numbered } from './instance.ts';
import { objectOf, text, truth, variableOf } from './instance.ts';
import { scanSignal, startStatus } from './machine-states.ts';
import { type Devices, addDevice } from './measuring-devices.ts';
import { indexOf, objectType } from './models.ts';
import { type Views, onlyReadable } from './views.ts';

/** FeedingModeEnumeration of OPC 40084-3: a feeder whose speed is set, without a scale, doses by volume. */
const volumetric = 3;

/** What of DriveType every drive of the machine has. */
export const driveOptionals = [
  'Speed.ActualValue.EngineeringUnits',
  'Speed.SetValue.EngineeringUnits',
  'Speed.MaxValue.EngineeringUnits',
  'StartDrive',
  'AdditionalMeasuringDevices',
] as const;

/** Which drive is what in OPC 40084-3: `main` the main drive, those whose id begins with `feed` feeders, others additional. */
export function drivesByUse({ drives }: MachineDeclaration): {
  readonly main: DriveDeclaration | undefined;
  readonly feeders: readonly DriveDeclaration[];
  readonly others: readonly DriveDeclaration[];
} {
  const main = drives.find(({ id }) => id === 'main') ?? drives.find(({ neededToStart }) => neededToStart);
  const rest = drives.filter((drive) => drive !== main);
  return { main, feeders: rest.filter(isFeeder), others: rest.filter((drive) => !isFeeder(drive)) };
}

function isFeeder({ id }: DriveDeclaration): boolean {
  return id.startsWith('feed');
}

/** Main drive, feeders and additional drives, fan and pump among them. */
export function serveDrives(namespace: Namespace, machine: UAObject, views: Views): void {
  const { declaration } = views.machine;
  const { main, feeders, others } = drivesByUse(declaration);
  const devices = { namespace, views };
  if (main) {
    const object = objectOf(machine, 'MainDrive');
    serveDrive(object, main, devices);
    addMotorSensor(object, declaration, devices);
  }
  if (feeders.length > 0) serveFeeders(objectOf(machine, 'Feeders'), feeders, devices);
  const additional = objectOf(machine, 'AdditionalDrives');
  fillVersion(additional);
  const type = objectType(namespace.addressSpace, 'plastics', 'DriveType');
  others.forEach((drive, index) => {
    const object = instantiate(type, namespace, additional, numbered('Drive', index), drive.title, driveOptionals);
    serveDrive(object, drive, devices);
  });
  const { fan, pump, nozzleFan } = declaration.auxiliaries;
  for (const [name, signal] of [
    ['Fan', fan],
    ['Pump', pump],
    ['NozzleFan', nozzleFan],
  ] as const) {
    const title = views.declarationOf(signal)?.title ?? name;
    const object = instantiate(type, namespace, additional, numbered(name, 0), title, ['StartDrive']);
    views.computeFrom(variableOf(object, 'StartDrive', 'Status'), [signal], () =>
      choice(auxiliaryStatus(views, signal)),
    );
  }
}

function serveDrive(object: UAObject, drive: DriveDeclaration, devices: Devices): void {
  const { views } = devices;
  const speed = objectOf(object, 'Speed');
  views.show(variableOf(speed, 'ActualValue'), drive.speed);
  views.show(variableOf(speed, 'SetValue'), drive.setpoint);
  const maximum = variableOf(speed, 'MaxValue');
  onlyReadable(maximum);
  const { unit, span } = views.declarationOf(drive.speed) ?? {};
  fillSemantics(maximum, { ...(unit !== undefined && { unit }), ...(span && { span }) });
  views.computeFrom(maximum, [scanSignal], () => {
    const inForce = views.machine.drives.find(({ id }) => id === drive.id);
    return number(inForce?.maximumRpm ?? drive.maximumRpm);
  });
  views.computeFrom(variableOf(object, 'StartDrive', 'Status'), [drive.running, drive.command], () =>
    choice(driveStatus(views, drive)),
  );
  const sensors = objectOf(object, 'AdditionalMeasuringDevices');
  fillVersion(sensors);
  const current = views.declarationOf(drive.current);
  addDevice(devices, sensors, {
    name: numbered('Current', 0),
    id: drive.current,
    title: current?.title ?? drive.title,
    signal: drive.current,
    maximum: drive.overloadA,
  });
}

function addMotorSensor(main: UAObject, { motor, sensors }: MachineDeclaration, devices: Devices): void {
  const sensor = sensors.find(({ id }) => id === motor.sensor);
  if (!sensor) return;
  addDevice(devices, objectOf(main, 'AdditionalMeasuringDevices'), {
    name: numbered('MotorTemperature', 0),
    id: sensor.id,
    title: sensor.title,
    signal: sensor.signal,
    maximum: motor.tripAtC,
  });
}

/** The machine's other temperatures: what is neither a zone's nor the motor's. */
export function otherSensors({ sensors, zones, motor }: MachineDeclaration): readonly SensorDeclaration[] {
  const ofZones = new Set(zones.map(({ temperature }) => temperature));
  return sensors.filter(({ id, signal }) => id !== motor.sensor && !ofZones.has(signal));
}

function serveFeeders(container: UAObject, feeders: readonly DriveDeclaration[], devices: Devices): void {
  const { namespace, views } = devices;
  const type = objectType(namespace.addressSpace, 'extruder', 'FeederType');
  fillVersion(container);
  feeders.forEach((drive, index) => {
    const object = instantiate(type, namespace, container, numbered('Feeder', index), drive.title, driveOptionals);
    fill(object, {
      Id: text(drive.id),
      Name: localized(drive.title),
      IsPresent: truth(true),
      Mode: choice(volumetric),
      Target: text(views.machine.declaration.id),
    });
    serveDrive(object, drive, devices);
  });
}

/** Whether a drive runs, and whether it is told to. */
function driveStatus(views: Views, { running, command }: DriveDeclaration): number {
  const isCommanded = views.goodValueOf(command) !== 0;
  if (views.goodValueOf(running) === true) return isCommanded ? startStatus.started : startStatus.stopRequested;
  return isCommanded ? startStatus.startRequested : startStatus.notReady;
}

/** Fan and pump are the control's to switch; a client does not start them here. */
function auxiliaryStatus(views: Views, signal: string): number {
  const value = views.goodValueOf(signal);
  return value === true || (typeof value === 'number' && value > 0) ? startStatus.started : startStatus.notReady;
}

function instantiate(
  type: UAObjectType,
  namespace: Namespace,
  container: UAObject,
  name: string,
  title: string,
  optionals: readonly string[],
): UAObject {
  const model = type.browseName.name === 'FeederType' ? 'extruder' : 'plastics';
  return type.instantiate({
    browseName: { name, namespaceIndex: indexOf(namespace.addressSpace, model) },
    displayName: coerceLocalizedText({ text: title, locale: 'en' }),
    namespace,
    nodeId: `ns=${namespace.index};s=${String(container.nodeId.value)}-${name}`,
    componentOf: container,
    optionals: [...optionals],
  });
}
