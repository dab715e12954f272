import {
  type ISessionContext,
  type Namespace,
  NodeId,
  NodeIdType,
  type OPCUAServer,
  PermissionFlag,
  type ServerSession,
  SessionContext,
  type UAObject,
  WellKnownRoles,
} from 'node-opcua';
import type { Principal } from '../../machine/commands/command.ts';
import { type Identities, anonymous } from '../security/identities.ts';
import { fillVersion, objectOf, text, truth, variableOf } from './instance.ts';
import { indexOf, objectType } from './models.ts';
import { type Views, readNow } from './views.ts';

/** Places for users who are signed in at the same time; more of them are not listed. */
const places = 10;

export interface UserBoard {
  /** To be called once, after the identities began to watch the server. */
  readonly watch: (server: OPCUAServer, identities: Identities) => void;
}

interface Present {
  readonly principal: Principal;
  readonly sessions: Set<ServerSession>;
}

/**
 * Who is signed in over OPC UA, as Users of OPC 40084-3: one User_<Nr> per account, however many sessions it has. Everybody
 * sees that a place is taken and by which role; who it is only engineers and administrators read.
 */
export function serveUsers(
  namespace: Namespace,
  machine: UAObject,
  views: Views,
  onChange: (principal: Principal, isOn: boolean) => void,
): UserBoard {
  const container = objectOf(machine, 'Users');
  fillVersion(container);
  const present = new Map<string, Present>();
  const board: (string | null)[] = Array.from({ length: places }, () => null);
  let changedAt = new Date();
  const told: (() => void)[] = [];

  const type = objectType(namespace.addressSpace, 'plastics', 'UserType');
  for (let place = 0; place < places; place++) {
    const name = `User_${place + 1}`;
    const object = type.instantiate({
      browseName: { name, namespaceIndex: indexOf(namespace.addressSpace, 'plastics') },
      namespace,
      nodeId: `ns=${namespace.index};s=${String(container.nodeId.value)}-${name}`,
      componentOf: container,
      optionals: ['UserRole'],
    });
    const here = (): Principal | null => present.get(board[place] ?? '')?.principal ?? null;
    const show = (property: string, value: () => ReturnType<typeof text>): void => {
      told.push(views.serve(variableOf(object, property), () => readNow(value(), changedAt)));
    };
    show('IsPresent', () => truth(here() !== null));
    show('UserRole', () => text(here()?.role ?? null));
    for (const property of ['Id', 'Name']) {
      show(property, () => text(here()?.name ?? null));
      variableOf(object, property).setRolePermissions(forEngineers);
    }
  }

  function changed(principal: Principal, isOn: boolean): void {
    changedAt = new Date();
    for (const tellOne of told) tellOne();
    onChange(principal, isOn);
  }

  function arrive(session: ServerSession, principal: Principal): void {
    const there = present.get(principal.name);
    if (there) {
      there.sessions.add(session);
      return;
    }
    present.set(principal.name, { principal, sessions: new Set([session]) });
    const free = board.indexOf(null);
    if (free >= 0) board[free] = principal.name;
    changed(principal, true);
  }

  function leave(session: ServerSession): void {
    for (const [name, { principal, sessions }] of present) {
      if (!sessions.delete(session) || sessions.size > 0) continue;
      present.delete(name);
      const place = board.indexOf(name);
      if (place >= 0) board[place] = null;
      changed(principal, false);
    }
  }

  return {
    watch(server, identities) {
      server.on('session_activated', (session: ServerSession) => {
        const principal = identities.principalOf(new SessionContext({ session, server }) as ISessionContext);
        // A session may change its user: who it was before has left then.
        if (!present.get(principal.name)?.sessions.has(session)) leave(session);
        if (principal.name !== anonymous.name) arrive(session, principal);
      });
      server.on('session_closed', leave);
    },
  };
}

const reading = PermissionFlag.Browse | PermissionFlag.Read;
const forEngineers = [
  { roleId: new NodeId(NodeIdType.NUMERIC, WellKnownRoles.Anonymous), permissions: PermissionFlag.Browse },
  { roleId: new NodeId(NodeIdType.NUMERIC, WellKnownRoles.Engineer), permissions: reading },
];
