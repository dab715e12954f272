import { type AddressSpace, DataType, type UAObject, type UAVariable, Variant } from 'node-opcua';
import type { MachineDeclaration } from '../../machine/declaration.ts';

const machineryUri = 'http://opcfoundation.org/UA/Machinery/';
const deviceUri = 'http://opcfoundation.org/UA/DI/';
/** Numeric id of the Machines folder in the Machinery nodeset (OPC 40001-1, 12.1). */
const machinesFolder = 1001;

/** Lists the machine under Objects/Machines with its name plate, as OPC 40001-1 Machinery has it. */
export function listAmongMachines(
  addressSpace: AddressSpace,
  machine: UAObject,
  declaration: MachineDeclaration,
  softwareRevision: string,
): void {
  const machinery = addressSpace.getNamespaceIndex(machineryUri);
  const machines = addressSpace.findNode(`ns=${machinery};i=${machinesFolder}`);
  const identificationType = addressSpace.findObjectType('MachineIdentificationType', machinery);
  if (!machines || !identificationType) throw new Error('the Machinery nodeset is not loaded');
  machines.addReference({ referenceType: 'Organizes', nodeId: machine });
  const identification = identificationType.instantiate({
    browseName: { name: 'Identification', namespaceIndex: addressSpace.getNamespaceIndex(deviceUri) },
    namespace: addressSpace.getNamespace(machine.nodeId.namespace),
    nodeId: `ns=${machine.nodeId.namespace};s=identification`,
    optionals: ['Model', 'SoftwareRevision', 'ComponentName', 'DeviceClass'],
  });
  machine.addReference({ referenceType: 'HasAddIn', nodeId: identification });
  const plate: Readonly<Record<string, Variant>> = {
    Manufacturer: localized(declaration.manufacturer),
    Model: localized(declaration.model),
    SerialNumber: text(declaration.serialNumber),
    ProductInstanceUri: text(instanceUri(declaration)),
    SoftwareRevision: text(softwareRevision),
    ComponentName: localized(declaration.title),
    DeviceClass: text('Extruder'),
  };
  for (const [name, value] of Object.entries(plate)) {
    const property = identification.getChildByName(name);
    if (!property || !('setValueFromSource' in property)) throw new Error(`the name plate has no ${name}`);
    (property as UAVariable).setValueFromSource(value);
  }
}

/** Unique world-wide, as OPC 40001-1 wants it: manufacturer, model and serial number. */
function instanceUri({ manufacturer, model, serialNumber }: MachineDeclaration): string {
  return `urn:${[manufacturer, model, serialNumber].map((part) => encodeURIComponent(part)).join(':')}`;
}

function localized(value: string): Variant {
  return new Variant({ dataType: DataType.LocalizedText, value: { text: value, locale: 'en' } });
}

function text(value: string): Variant {
  return new Variant({ dataType: DataType.String, value });
}
