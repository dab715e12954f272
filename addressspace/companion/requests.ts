import {
  type CallMethodResultOptions,
  type ISessionContext,
  PermissionFlag,
  StatusCodes,
  type UAMethod,
} from 'node-opcua';
import type { CommandAction } from '../../machine/commands/command.ts';
import { roleFor } from '../../machine/commands/permission.ts';
import { includesRole } from '../../machine/commands/role.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import type { CommandGate } from '../../machine/ports.ts';
import { statusOf } from '../commands/outcome-status.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import type { Identities } from '../security/identities.ts';
import { permissionsOfAll } from '../signals/signal-nodes.ts';

export interface RequestOptions {
  readonly declaration: MachineDeclaration;
  readonly gate: CommandGate;
  readonly identities: Identities;
  readonly log: AddressSpaceLog;
}

/**
 * Lets a method without arguments ask one thing of the machine. It has no place for reasons, so a refusal is its status, as
 * that of a write would be.
 *
 * @param actionNow null: it cannot be asked for, because something that it takes is not known
 */
export function bindRequest(
  method: UAMethod,
  actionNow: () => CommandAction | null,
  { declaration, gate, identities, log }: RequestOptions,
): void {
  // Everybody may call, so that the gate sees, refuses and audits those who may not; UserExecutable tells them before.
  method.setRolePermissions(permissionsOfAll(PermissionFlag.Call));
  const asked = method as UAMethod & { getUserExecutableFlag(context: ISessionContext | null): boolean };
  asked.getUserExecutableFlag = (context) => {
    const action = actionNow();
    return action !== null && includesRole(identities.principalOf(context).role, roleFor(action, declaration));
  };
  method.bindMethod(async (_: unknown, context: ISessionContext): Promise<CallMethodResultOptions> => {
    const action = actionNow();
    if (action === null) return { statusCode: StatusCodes.BadInvalidState };
    try {
      const outcome = await gate.request({
        action,
        principal: identities.principalOf(context),
        origin: 'opcua',
        station: identities.stationOf(context),
      });
      return { statusCode: statusOf(outcome) };
    } catch (cause) {
      log.error({ method: method.nodeId.toString(), cause: String(cause) }, 'a method call got no outcome');
      return { statusCode: StatusCodes.BadInternalError };
    }
  });
}
