import type { CommandAction, CommandOutcome, Origin, Principal, Reason } from '../../machine/commands/command.ts';
import type { Role } from '../../machine/commands/role.ts';
import type { SignalValue } from '../../machine/signal.ts';
import type { Page } from './page.ts';

/** `accepted` and `refused` are answers to a request; `failed` says that it was neither carried out nor decided. */
export type AuditResult = 'accepted' | 'refused' | 'failed';

/** Who asked for what, from where, and what became of it. */
export interface AuditEntry {
  readonly atMs: number;
  readonly actor: string;
  readonly role: Role | null;
  readonly kind: Principal['kind'];
  readonly origin: Origin;
  /** The address or device that the request came from. */
  readonly station: string | null;
  /** `start`, `write`, `signIn`, … */
  readonly action: string;
  /** What was asked; of what was accepted also, as `note`, what the operator was told: that it changed nothing, or what. */
  readonly args: Readonly<Record<string, SignalValue>>;
  readonly before: SignalValue;
  readonly after: SignalValue;
  readonly reason: string | null;
  readonly result: AuditResult;
  /** Empty exactly when accepted. */
  readonly reasons: readonly Reason[];
}

/** An entry as it stands in the trail: numbered without gaps and chained to the one before it. */
export interface AuditRecord extends AuditEntry {
  readonly seq: number;
  readonly previousHash: string;
  readonly hash: string;
}

export interface AuditQuery {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly actor?: string;
  readonly action?: string;
  readonly cursor?: string;
  readonly limit: number;
}

export interface AuditTrail {
  append(entry: AuditEntry): Promise<AuditRecord>;
  list(query: AuditQuery): Promise<Page<AuditRecord>>;
  /** Walks the whole chain; `firstBroken` is the first number that was changed, removed or put in. */
  verify(): Promise<{ readonly valid: boolean; readonly entries: number; readonly firstBroken: number | null }>;
}

interface Asked {
  readonly principal: Principal;
  readonly origin: Origin;
  readonly station?: string;
}

/** The audit entry of a command, the same by whatever way it came in. */
export function auditEntryOf(
  command: Asked & { readonly action: CommandAction },
  outcome: CommandOutcome,
  atMs: number,
): AuditEntry {
  const { action } = command;
  const reason = 'reason' in action ? (action.reason ?? null) : null;
  return entryOf(command, { action: action.name, args: argsOf(action), reason }, outcome, atMs);
}

/** The same for a recipe that was asked for by name and did not get as far as the gate. */
export function auditEntryOfRecipe(
  request: Asked & { readonly name: string; readonly ifVersion?: number },
  outcome: CommandOutcome,
  atMs: number,
): AuditEntry {
  const { name, ifVersion } = request;
  const args = { recipe: name, ...(ifVersion === undefined ? {} : { version: ifVersion }) };
  return entryOf(request, { action: 'loadRecipe', args, reason: null }, outcome, atMs);
}

/** A recipe is entered whole: what was loaded can be told from the audit alone, whatever became of the recipe. */
function argsOf(action: CommandAction): AuditEntry['args'] {
  if (action.name === 'loadRecipe') {
    const { name, version, zones, drives } = action.recipe;
    return { recipe: name, version, content: JSON.stringify({ zones, drives }) };
  }
  const { name: _name, ...args } = action;
  return Object.fromEntries(Object.entries(args).filter(([key, value]) => key !== 'reason' && value !== undefined));
}

function entryOf(
  by: Asked,
  asked: Pick<AuditEntry, 'action' | 'args' | 'reason'>,
  outcome: CommandOutcome,
  atMs: number,
): AuditEntry {
  const note = outcome.accepted ? outcome.note : undefined;
  return {
    atMs,
    actor: by.principal.name,
    role: by.principal.role,
    kind: by.principal.kind,
    origin: by.origin,
    station: by.station ?? null,
    ...asked,
    args: note === undefined ? asked.args : { ...asked.args, note },
    before: (outcome.accepted ? outcome.before : undefined) ?? null,
    after: (outcome.accepted ? outcome.after : undefined) ?? null,
    result: outcome.accepted ? 'accepted' : 'refused',
    reasons: outcome.accepted ? [] : outcome.reasons,
  };
}
