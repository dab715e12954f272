import {
  type AddressSpace,
  type BaseNode,
  type OPCUAServer,
  PermissionFlag,
  type RolePermissionTypeOptions,
  type ServerSession,
  type UAVariable,
  WellKnownRoles,
  makeRoles,
  resolveNodeId,
} from 'node-opcua';
import { permissionsOfAll } from '../signals/signal-nodes.ts';

/** Below ServerDiagnostics: what it tells of the sessions and subscriptions of others. */
const securityDiagnostics = 'i=3708';
const tellingOfOthers = ['i=3706', 'i=3707', securityDiagnostics, 'i=2290'];
/** The server's own namespace by the standard: the library keeps nothing in it but what it tells of sessions. */
const sessionsNamespace = 1;

/** Rights to change what a client finds; nobody has them but on signals, where the gate decides. */
const changing =
  PermissionFlag.Write |
  PermissionFlag.WriteAttribute |
  PermissionFlag.WriteRolePermissions |
  PermissionFlag.WriteHistorizing |
  PermissionFlag.InsertHistory |
  PermissionFlag.ModifyHistory |
  PermissionFlag.DeleteHistory |
  PermissionFlag.AddReference |
  PermissionFlag.RemoveReference |
  PermissionFlag.DeleteNode |
  PermissionFlag.AddNode;

const reading = PermissionFlag.Browse | PermissionFlag.Read | PermissionFlag.ReadRolePermissions;

function permissionsOfAdmins(): RolePermissionTypeOptions[] {
  return makeRoles([WellKnownRoles.ConfigureAdmin, WellKnownRoles.SecurityAdmin]).map((roleId) => ({
    roleId,
    permissions: reading | PermissionFlag.ReceiveEvents,
  }));
}

/**
 * Says for every node of the standard and of companion specifications who may do what with it, once all are there: read and
 * call by everybody, unless the standard itself asks for an administrator; what tells of other sessions by administrators;
 * changed by nobody. The nodes of the machine itself, in `ownNamespace`, have said so already.
 */
export function closePermissions(server: OPCUAServer, addressSpace: AddressSpace, ownNamespace: number): void {
  server.on('session_activated', (session: ServerSession) => {
    // The library makes these when a session becomes active, and lets administrators write them.
    const array = addressSpace.findNode(resolveNodeId(securityDiagnostics)) as UAVariable | null;
    for (const node of [session.sessionSecurityDiagnostics, ...(array?.getComponents() ?? [])]) {
      if (node) takeChangingAway(node);
    }
  });
  for (const namespace of addressSpace.getNamespaceArray()) {
    if (namespace.index === ownNamespace) continue;
    const isOfSessions = namespace.index === sessionsNamespace;
    namespace.setDefaultRolePermissions(isOfSessions ? permissionsOfAdmins() : permissionsOfAll(PermissionFlag.Call));
    for (const node of namespace.nodeIterator()) takeChangingAway(node);
  }
  for (const nodeId of tellingOfOthers) {
    addressSpace.findNode(resolveNodeId(nodeId))?.setRolePermissions(permissionsOfAdmins());
  }
}

function takeChangingAway(node: BaseNode): void {
  const declared = node.rolePermissions;
  if (declared?.some(({ permissions }) => (permissions & changing) !== 0)) {
    node.setRolePermissions(
      declared.map(({ roleId, permissions }) => ({ roleId, permissions: permissions & ~changing })),
    );
  }
  if ('accessLevel' in node) takeWritingAway(node as UAVariable);
}

const writing = 0b10;

/** AccessLevel tells a client beforehand; the diagnostics' EnabledFlag for example would say that it can be written. */
function takeWritingAway(variable: UAVariable): void {
  variable.accessLevel &= ~writing;
  if (variable.userAccessLevel !== undefined) variable.userAccessLevel &= ~writing;
}
