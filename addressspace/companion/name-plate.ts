import type { UAObject, Variant } from 'node-opcua';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import { fill, localized, text } from './instance.ts';

/** The optional properties of a name plate that are known here. */
export const namePlateOptionals = ['Model', 'SoftwareRevision', 'ComponentName', 'DeviceClass', 'Location'] as const;

/** Fills an Identification of MachineIdentificationType with what the configuration says of the machine. */
export function fillNamePlate(identification: UAObject, declaration: MachineDeclaration, version: string): void {
  const plate: Readonly<Record<string, Variant>> = {
    Manufacturer: localized(declaration.manufacturer),
    Model: localized(declaration.model),
    SerialNumber: text(declaration.serialNumber),
    ProductInstanceUri: text(instanceUri(declaration)),
    SoftwareRevision: text(version),
    ComponentName: localized(declaration.title),
    DeviceClass: text('Extruder'),
    Location: text(declaration.site),
  };
  fill(identification, plate);
}

/** Unique world-wide, as OPC 40001-1 wants it: manufacturer, model and serial number. */
function instanceUri({ manufacturer, model, serialNumber }: MachineDeclaration): string {
  return `urn:${[manufacturer, model, serialNumber].map((part) => encodeURIComponent(part)).join(':')}`;
}
