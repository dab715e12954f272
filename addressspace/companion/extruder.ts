import { type Namespace, StatusCodes, type UAObject, coerceLocalizedText } from 'node-opcua';
import {
  choice,
  choices,
  fill,
  fillVersion,
  methodOf,
  numbered,
  objectOf,
  text,
  truth,
  variableOf,
} from './instance.ts';
import { driveOptionals, drivesByUse, otherSensors, serveDrives } from './drives.ts';
import { supportedLogbookEvents } from './logbook.ts';
import { blockedSignal } from './machine-states.ts';
import { addDevice } from './measuring-devices.ts';
import { objectType } from './models.ts';
import { namePlateOptionals } from './name-plate.ts';
import type { RequestOptions } from './requests.ts';
import { serveStartDevice, startDeviceOptionals } from './start-device.ts';
import { type Views, onlyReadable } from './views.ts';
import { serveZones } from './zones.ts';

const hoursSignal = 'machine.runningHours';
/** MaintenanceStatusEnumeration of OPC 40083. */
const notDue = 0;

export interface MachineNames {
  readonly nodeId: string;
  readonly browseName: string;
  readonly displayName: string;
  readonly description: string;
}

/** The machine as an Extruder_InterfaceType of OPC 40084-3, with those optional parts for which it has something. */
export function instantiateExtruder(namespace: Namespace, names: MachineNames, views: Views): UAObject {
  const { addressSpace } = namespace;
  return objectType(addressSpace, 'extruder', 'Extruder_InterfaceType').instantiate({
    browseName: { name: names.browseName, namespaceIndex: namespace.index },
    displayName: names.displayName,
    description: coerceLocalizedText({ text: names.description, locale: 'en' }) ?? names.description,
    namespace,
    nodeId: `ns=${namespace.index};${names.nodeId}`,
    organizedBy: addressSpace.rootFolder.objects,
    optionals: optionalParts(views),
  });
}

function optionalParts(views: Views): string[] {
  const { declaration } = views.machine;
  const { main, feeders } = drivesByUse(declaration);
  const stateMachines = [
    'MachineryItemState',
    'MachineryItemState.ExtrusionExecutingSubState',
    'MachineryOperationMode',
  ];
  return [
    ...namePlateOptionals.map((name) => `Identification.${name}`),
    ...stateMachines.map((name) => `MachineryBuildingBlocks.${name}.LastTransition`),
    ...startDeviceOptionals
      .filter((name) => name !== 'StartBlockedByClient' || views.has(blockedSignal))
      .map((name) => `StartDevice.${name}`),
    'TemperatureZones.StartTempering.StartRequest',
    'TemperatureZones.StartTempering.StopRequest',
    'ElectricalEnergy.PowerConsumption',
    ...(main ? driveOptionals.map((name) => `MainDrive.${name}`) : []),
    ...(feeders.length > 0 ? ['Feeders'] : []),
    ...(otherSensors(declaration).length > 0 ? ['AdditionalMeasuringDevices'] : []),
    'AdditionalDrives',
    ...(views.has(hoursSignal)
      ? ['Maintenance.TotalOperation.EngineeringUnits', 'Maintenance.AdditionalInformation']
      : []),
  ];
}

/** Fills the instance: constants from the configuration, everything that changes from the machine's signals. */
export function serveExtruder(namespace: Namespace, machine: UAObject, views: Views, requests: RequestOptions): void {
  const { declaration } = views.machine;
  fill(machine, {
    IsPresent: truth(true),
    // Which line the machine belongs to nobody has told it.
    LineId: text(''),
    SupportedLogbookEvents: choices(supportedLogbookEvents),
  });
  onlyReadable(variableOf(machine, 'LineId'));
  const plate = objectOf(machine, 'Identification');
  fill(plate, { ControllerName: text('TVEmicro') });
  for (const name of ['ComponentName', 'Location']) onlyReadable(variableOf(plate, name));
  serveZones(namespace, machine, views, requests);
  serveDrives(namespace, machine, views);
  serveSensors(namespace, machine, views);
  serveStartDevice(machine, views, requests);
  const energy = objectOf(machine, 'ElectricalEnergy');
  const heatersOnly = 'Of the heaters: what the drives take is not measured.';
  for (const [name, signal] of [
    ['ActualPower', declaration.heating.power],
    ['PowerConsumption', declaration.heating.energy],
  ] as const) {
    views.show(variableOf(energy, name), signal);
    variableOf(energy, name).setDescription(heatersOnly);
  }
  if (views.has(hoursSignal)) serveMaintenance(objectOf(machine, 'Maintenance'), views);
}

function serveSensors(namespace: Namespace, machine: UAObject, views: Views): void {
  const sensors = otherSensors(views.machine.declaration);
  if (sensors.length === 0) return;
  const container = objectOf(machine, 'AdditionalMeasuringDevices');
  fillVersion(container);
  sensors.forEach(({ id, title, signal }, index) => {
    addDevice({ namespace, views }, container, { name: numbered('Temperature', index), id, title, signal });
  });
}

/** Running hours. The machine has no maintenance plan: nothing falls due, and there is nothing to reset. */
function serveMaintenance(maintenance: UAObject, views: Views): void {
  views.show(variableOf(maintenance, 'TotalOperation'), hoursSignal);
  fill(maintenance, {
    Status: choice(notDue),
    AdditionalInformation: text('No maintenance interval is declared, so none falls due.'),
  });
  methodOf(maintenance, 'Reset').bindMethod(async (_inputs: unknown, _context: unknown) => ({
    statusCode: StatusCodes.BadNotSupported,
  }));
}
