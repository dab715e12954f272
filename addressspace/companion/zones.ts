import type { Namespace, UAObject, UAVariable } from 'node-opcua';
import type { ZoneDeclaration } from '../../machine/declaration.ts';
import type { ZoneStatus } from '../../machine/zone-status.ts';
import { choice, fill, fillSemantics, fillVersion, localized, methodOf, number, numbered } from './instance.ts';
import { objectOf, structures, text, truth, variableOf } from './instance.ts';
import { modeOf, modeSignal, scanSignal } from './machine-states.ts';
import { indexOf, objectType } from './models.ts';
import { type RequestOptions, bindRequest } from './requests.ts';
import { serveStartTempering } from './start-device.ts';
import { serveToleranceStatus } from './tolerance-status.ts';
import { type Views, onlyReadable } from './views.ts';

/** ControlModeEnumeration of OPC 40083, as far as the machine has them. */
const controlMode = { off: 1, automatic: 2, tuning: 3, openLoop: 5 } as const;

const tolerances = ['UpperTolerance', 'LowerTolerance', 'UpperTolerance2', 'LowerTolerance2'] as const;
const limits = ['MinValue', 'MaxValue'] as const;

const zoneOptionals = [
  'Name',
  'ActualValue.EngineeringUnits',
  'SetValue.EngineeringUnits',
  'ControllerOutput',
  'NominalHeatingPower',
  'Status',
  ...[...tolerances, ...limits].map((name) => `${name}.EngineeringUnits`),
  'ClosedLoopControl.PIDParameters',
  'ClosedLoopControl.AutoTuningActive',
  'ClosedLoopControl.AutoTuningOn',
  'ClosedLoopControl.AutoTuningOff',
];

const runningPhases: ReadonlySet<string> = new Set(['approach', 'settle', 'relay']);

/** The barrel's heater zones as OPC 40084-3 has them, with heating on and off as their StartTempering. */
export function serveZones(namespace: Namespace, machine: UAObject, views: Views, requests: RequestOptions): void {
  const container = objectOf(machine, 'TemperatureZones');
  fillVersion(container);
  serveStartTempering(container, views, requests);
  const type = objectType(namespace.addressSpace, 'extrusion', 'ExtrusionTemperatureZoneType');
  views.machine.declaration.zones.forEach((zone, index) => {
    const browseName = numbered('TemperatureZone', index);
    const object = type.instantiate({
      browseName: { name: browseName, namespaceIndex: indexOf(namespace.addressSpace, 'extrusion') },
      displayName: zone.title,
      namespace,
      nodeId: `ns=${namespace.index};s=${String(container.nodeId.value)}-${browseName}`,
      componentOf: container,
      optionals: zoneOptionals,
    });
    serveZone(object, zone, views);
    serveController(objectOf(object, 'ClosedLoopControl'), zone, views, requests);
  });
}

function serveZone(object: UAObject, zone: ZoneDeclaration, views: Views): void {
  const { heating, guards } = views.machine.declaration;
  const temperature = views.declarationOf(zone.temperature);
  fill(object, {
    Id: text(zone.id),
    Name: localized(zone.title),
    IsPresent: truth(temperature?.enabled === true),
    NominalHeatingPower: number(zone.nominalPowerW / 1_000),
    MaxValue: number(zone.tripAboveC),
    UpperTolerance: number(heating.readyBandK),
    LowerTolerance: number(-heating.readyBandK),
    UpperTolerance2: number(guards.deviationK),
    LowerTolerance2: number(-guards.deviationK),
  });
  fillSemantics(variableOf(object, 'NominalHeatingPower'), { unit: 'kW' });
  views.show(variableOf(object, 'ActualValue'), zone.temperature);
  views.show(variableOf(object, 'SetValue'), zone.setpoint);
  views.show(variableOf(object, 'ControllerOutput'), zone.output);
  // The zone's limits, not what may be asked of them: they are the configuration's and a recipe's, and are not written here.
  for (const name of tolerances) limit(variableOf(object, name), { unit: 'K' });
  for (const name of limits) {
    limit(variableOf(object, name), { unit: '°C', ...(temperature?.span && { span: temperature.span }) });
  }
  views.computeFrom(variableOf(object, 'MinValue'), [scanSignal], () => number(minimumOf(zone, views)));
  serveToleranceStatus(object, zone, () => minimumOf(zone, views), views);
  views.computeFrom(variableOf(object, 'ControlMode'), [heating.enabled, modeSignal, scanSignal], () =>
    choice(controlModeOf(zone, views)),
  );
}

function limit(variable: UAVariable, semantics: { unit: string; span?: readonly [number, number] }): void {
  onlyReadable(variable);
  fillSemantics(variable, semantics);
}

function serveController(loop: UAObject, zone: ZoneDeclaration, views: Views, requests: RequestOptions): void {
  const { addressSpace } = loop;
  const type = addressSpace.findDataType('PIDParametersDataType', indexOf(addressSpace, 'plastics'));
  if (!type) throw new Error('OPC 40083 has no data type PIDParametersDataType');
  views.computeFrom(variableOf(loop, 'PIDParameters'), [scanSignal], () => {
    const status = statusOf(zone, views);
    if (!status) return null;
    const { kp: p, ki: i, kd: d } = status.gains;
    return structures([addressSpace.constructExtensionObject(type, { p, i, d })]);
  });
  views.computeFrom(variableOf(loop, 'AutoTuningActive'), [scanSignal], () => truth(isTuned(zone, views)));
  bindRequest(
    methodOf(loop, 'AutoTuningOn'),
    () => {
      const setpointC = views.goodValueOf(zone.setpoint);
      return typeof setpointC === 'number' ? { name: 'tune', zone: zone.id, setpointC } : null;
    },
    requests,
  );
  bindRequest(methodOf(loop, 'AutoTuningOff'), () => ({ name: 'abortTuning', zone: zone.id }), requests);
}

/** About a second old at most, as `zones` is. */
function statusOf({ id }: ZoneDeclaration, views: Views): ZoneStatus | undefined {
  return views.machine.zones.find((each) => each.id === id);
}

/** A recipe may have taken it down. */
function minimumOf(zone: ZoneDeclaration, views: Views): number {
  return statusOf(zone, views)?.minimumC ?? zone.minimumC;
}

function isTuned(zone: ZoneDeclaration, views: Views): boolean {
  return runningPhases.has(statusOf(zone, views)?.tuning.test?.phase ?? '');
}

function controlModeOf(zone: ZoneDeclaration, views: Views): number {
  if (views.goodValueOf(views.machine.declaration.heating.enabled) !== true) return controlMode.off;
  if (modeOf(views) === 'MANUAL') return controlMode.openLoop;
  return isTuned(zone, views) ? controlMode.tuning : controlMode.automatic;
}
