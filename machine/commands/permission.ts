import type { MachineDeclaration } from '../declaration.ts';
import { isStop, type CommandAction, type Principal, type Reason } from './command.ts';
import { includesRole, type Role } from './role.ts';

const engineering: ReadonlySet<CommandAction['name']> = new Set([
  'setInService',
  'tune',
  'abortTuning',
  'applyTuning',
  'testZone',
]);

/**
 * The role that a command needs. Outputs and MANUAL are for engineers, what a setting needs is declared with it. Recipes are
 * written by engineers, so that an operator may load what is in one.
 */
export function roleFor(
  action: CommandAction | { readonly name: 'loadRecipe' },
  declaration: MachineDeclaration,
): Role {
  if (action.name === 'setMode') return action.mode === 'MANUAL' ? 'engineer' : 'operator';
  if (engineering.has(action.name)) return 'engineer';
  if (action.name !== 'write') return 'operator';
  const signal = declaration.signals.get(action.signal);
  return signal?.direction === 'output' ? 'engineer' : (signal?.setting?.role ?? 'operator');
}

/** Nobody acts without a name, or nobody could be asked later; but whoever stops the machine is not asked first. */
export function namelessReason({ name }: Principal, action: CommandAction): Reason | null {
  if (name.trim() !== '' || isStop(action)) return null;
  const text = 'The command bears no name, and the record would not say who gave it. Sign in first.';
  return { code: 'NO_NAME', text, actual: name };
}

/** Null when the principal may. */
export function permissionReason({ name, role }: Principal, needed: Role): Reason | null {
  if (includesRole(role, needed)) return null;
  const text = `This needs the role ${needed}; ${name} is ${role}. Ask somebody who has it.`;
  return { code: 'NOT_PERMITTED', text, actual: role, required: needed };
}
