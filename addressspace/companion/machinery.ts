import { type Namespace, type UAObject, coerceNodeId } from 'node-opcua';
import { fill, localized, objectOf, text, unknownText } from './instance.ts';
import { executingStateOf, itemStateOf, operationModeOf, stateSources } from './machine-states.ts';
import { indexOf, objectType } from './models.ts';
import { fillNamePlate, namePlateOptionals } from './name-plate.ts';
import { serveStates } from './state-nodes.ts';
import type { Views } from './views.ts';

/** Numeric id of the Machines folder in the Machinery nodeset (OPC 40001-1, 12.1). */
const machinesFolder = 1001;

/** Lists the machine under Objects/Machines. */
export function listAmongMachines({ addressSpace }: Namespace, machine: UAObject): void {
  const machines = addressSpace.findNode(coerceNodeId(machinesFolder, indexOf(addressSpace, 'machinery')));
  if (!machines) throw new Error('the Machinery nodeset has no folder Machines');
  machines.addReference({ referenceType: 'Organizes', nodeId: machine });
}

/** The building blocks of OPC 40001-1 for a machine whose type does not bring them. */
export function addBuildingBlocks(namespace: Namespace, machine: UAObject): UAObject {
  const { addressSpace } = namespace;
  const machinery = indexOf(addressSpace, 'machinery');
  const identification = addIn(namespace, machine, {
    type: 'MachineIdentificationType',
    name: { name: 'Identification', namespaceIndex: indexOf(addressSpace, 'device') },
    optionals: namePlateOptionals,
  });
  const blocks = namespace.addObject({
    nodeId: `s=${String(machine.nodeId.value)}-MachineryBuildingBlocks`,
    browseName: { name: 'MachineryBuildingBlocks', namespaceIndex: machinery },
    componentOf: machine,
    typeDefinition: 'FolderType',
  });
  blocks.addReference({ referenceType: 'HasAddIn', nodeId: identification });
  for (const [name, type] of [
    ['MachineryItemState', 'MachineryItemState_StateMachineType'],
    ['MachineryOperationMode', 'MachineryOperationModeStateMachineType'],
  ] as const) {
    addIn(namespace, blocks, { type, name: { name, namespaceIndex: machinery }, optionals: ['LastTransition'] });
  }
  return blocks;
}

/** Serves name plate, state and mode from what the machine says, whether its type brought their nodes or not. */
export function serveBuildingBlocks(machine: UAObject, views: Views, version: string): void {
  const { declaration } = views.machine;
  fillNamePlate(objectOf(machine, 'Identification'), declaration, version);
  const blocks = objectOf(machine, 'MachineryBuildingBlocks');
  const sources = stateSources(views);
  const itemState = objectOf(blocks, 'MachineryItemState');
  serveStates(itemState, views, sources, () => itemStateOf(views));
  serveStates(objectOf(blocks, 'MachineryOperationMode'), views, sources, () => operationModeOf(views));
  if (itemState.getChildByName('ExtrusionExecutingSubState')) {
    serveStates(objectOf(itemState, 'ExtrusionExecutingSubState'), views, sources, () => executingStateOf(views));
  }
}

/**
 * What the machine is made of, as OPC 40001-1 lists components: zones, drives and I/O modules. Their manufacturers and serial
 * numbers are mandatory there and not known here: they have the null of their types.
 */
export function addComponents(namespace: Namespace, machine: UAObject, views: Views): void {
  const { addressSpace } = namespace;
  const { zones, drives, modules } = views.machine.declaration;
  const components = addIn(namespace, machine, {
    type: 'MachineComponentsType',
    name: { name: 'Components', namespaceIndex: indexOf(addressSpace, 'machinery') },
  });
  const add = (name: string, title: string, deviceClass: string): void => {
    const component = namespace.addObject({
      nodeId: `s=${String(components.nodeId.value)}-${name}`,
      browseName: name,
      displayName: title,
      componentOf: components,
    });
    const identification = addIn(namespace, component, {
      type: 'MachineryComponentIdentificationType',
      name: { name: 'Identification', namespaceIndex: indexOf(addressSpace, 'device') },
      optionals: ['ComponentName', 'DeviceClass'],
    });
    fill(identification, {
      Manufacturer: unknownText(),
      SerialNumber: text(null),
      ComponentName: localized(title),
      DeviceClass: text(deviceClass),
    });
  };
  for (const { id, title } of zones) add(`Zone_${id}`, title, 'Heater zone');
  for (const { id, title } of drives) add(`Drive_${id}`, title, 'Drive');
  for (const { id, line, simulated } of modules) {
    add(`Module_${id}`, `${id} on ${line}`, simulated ? 'Simulated I/O module' : 'I/O module');
  }
}

interface AddIn {
  /** A type of OPC 40001-1. */
  readonly type: string;
  readonly name: { readonly name: string; readonly namespaceIndex: number };
  readonly optionals?: readonly string[];
}

function addIn(namespace: Namespace, owner: UAObject, { type, name, optionals = [] }: AddIn): UAObject {
  const object = objectType(namespace.addressSpace, 'machinery', type).instantiate({
    browseName: name,
    namespace,
    nodeId: `ns=${namespace.index};s=${String(owner.nodeId.value)}-${name.name}`,
    optionals: [...optionals],
  });
  owner.addReference({ referenceType: 'HasAddIn', nodeId: object });
  return object;
}
