import { EventNotifierFlags, type Namespace, type OPCUAServer, type UAObject } from 'node-opcua';
import type { CommandGate, MachineView, ViewListener } from '../../machine/ports.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import type { Identities } from '../security/identities.ts';
import { instantiateExtruder, serveExtruder } from './extruder.ts';
import { openLogbook } from './logbook.ts';
import { addBuildingBlocks, addComponents, listAmongMachines, serveBuildingBlocks } from './machinery.ts';
import { NodesetError, type NodesetFile } from './nodeset-files.ts';
import { serveUsers } from './users.ts';
import { Views } from './views.ts';

export interface CompanionOptions {
  readonly machine: MachineView;
  readonly gate: CommandGate;
  readonly identities: Identities;
  readonly productVersion: string;
  /** What was loaded beyond OPC 40001-1; none: the machine is that alone. */
  readonly nodesets: readonly NodesetFile[];
  readonly log: AddressSpaceLog;
}

/** The machine as the companion specifications see it. */
export interface Companion {
  /** `s=machine`; what is ours hangs from it too. */
  readonly object: UAObject;
  /** Monitored and written as the signals are. */
  readonly views: Views;
  /** What it wants to hear of the machine apart from its signals, of which the views are told. */
  readonly listener: Pick<ViewListener, 'decided'>;
  /** To be called once, after the identities began to watch the server. */
  readonly watchSessions: (server: OPCUAServer, identities: Identities) => void;
}

/**
 * Adds the machine to Objects and to Objects/Machines: with the building blocks of OPC 40001-1 in any case, and as an
 * Extruder_InterfaceType of OPC 40084-3 when its nodesets are there.
 *
 * @throws NodesetError when the types in the nodesets are not those that their names promise
 */
export function addMachine(namespace: Namespace, options: CompanionOptions): Companion {
  const { machine, gate, identities, productVersion, nodesets, log } = options;
  const { declaration } = machine;
  const views = new Views(machine, log);
  const names = {
    nodeId: 's=machine',
    browseName: declaration.id,
    displayName: declaration.title,
    description: `${declaration.manufacturer} ${declaration.model}, ${declaration.site}`,
  };
  const { addressSpace } = namespace;
  const finish = (object: UAObject): UAObject => {
    object.setEventNotifier(EventNotifierFlags.SubscribeToEvents);
    serveBuildingBlocks(object, views, productVersion);
    addComponents(namespace, object, views);
    listAmongMachines(namespace, object);
    return object;
  };
  if (nodesets.length === 0) {
    const object = namespace.addObject({ ...names, organizedBy: addressSpace.rootFolder.objects });
    addBuildingBlocks(namespace, object);
    return { object: finish(object), views, listener: {}, watchSessions: () => undefined };
  }
  try {
    const object = finish(instantiateExtruder(namespace, names, views));
    serveExtruder(namespace, object, views, { declaration, gate, identities, log });
    const logbook = openLogbook(object, views, log);
    const users = serveUsers(namespace, object, views, logbook.userChanged);
    return {
      object,
      views,
      listener: { decided: logbook.decided },
      watchSessions: users.watch,
    };
  } catch (cause) {
    throw new NodesetError(nodesets, cause);
  }
}
