import type { Namespace, UAObject } from 'node-opcua';
import { choice, fill, fillSemantics, localized, number, text, truth, variableOf } from './instance.ts';
import { indexOf, objectType } from './models.ts';
import { type Views, onlyReadable } from './views.ts';

/** ControlModeEnumeration of OPC 40083: a sensor by which nothing is controlled. */
const onlyMeasurement = 6;

export interface Devices {
  readonly namespace: Namespace;
  readonly views: Views;
}

export interface Device {
  /** Browse name in the container. */
  readonly name: string;
  readonly id: string;
  readonly title: string;
  readonly signal: string;
  /** At it the machine trips, in the signal's unit; absent: there is no such limit. */
  readonly maximum?: number;
}

/** One measured value as a MeasuringDeviceType of OPC 40083 in a container of such. */
export function addDevice({ namespace, views }: Devices, container: UAObject, device: Device): void {
  const { name, id, title, signal, maximum } = device;
  const { addressSpace } = namespace;
  const declaration = views.declarationOf(signal);
  const object = objectType(addressSpace, 'plastics', 'MeasuringDeviceType').instantiate({
    browseName: { name, namespaceIndex: indexOf(addressSpace, 'plastics') },
    displayName: title,
    namespace,
    nodeId: `ns=${namespace.index};s=${String(container.nodeId.value)}-${name}`,
    componentOf: container,
    optionals: [
      'Name',
      'ActualValue.EngineeringUnits',
      ...(maximum === undefined ? [] : ['MaxValue.EngineeringUnits']),
    ],
  });
  fill(object, {
    Id: text(id),
    Name: localized(title),
    IsPresent: truth(declaration?.enabled === true),
    ControlMode: choice(onlyMeasurement),
  });
  views.show(variableOf(object, 'ActualValue'), signal);
  if (maximum === undefined) return;
  const limit = variableOf(object, 'MaxValue');
  onlyReadable(limit);
  fill(object, { MaxValue: number(maximum) });
  const { unit, span } = declaration ?? {};
  fillSemantics(limit, { ...(unit !== undefined && { unit }), ...(span && { span }) });
}
