import {
  type CallMethodResultOptions,
  DataType,
  type ISessionContext,
  type LocalizedText,
  PermissionFlag,
  type StatusCode,
  StatusCodes,
  type UAMethod,
  type UAObject,
  type Variant,
} from 'node-opcua';
import type { CommandOutcome } from '../../machine/commands/command.ts';
import type { AlarmAction } from '../../machine/commands/on-alarm.ts';
import { type Role, includesRole } from '../../machine/commands/role.ts';
import type { CommandGate } from '../../machine/ports.ts';
import { statusOf } from '../commands/outcome-status.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import type { Identities } from '../security/identities.ts';
import { permissionsOfAll } from '../signals/signal-nodes.ts';
import type { Condition } from './condition.ts';
import { longestComment, unexplained } from './comment-text.ts';

/** What came along with a call. */
interface Call {
  readonly eventId: Buffer | null;
  /** null: none, or an empty one. */
  readonly comment: string | null;
  readonly shelvingTimeMs: number;
}

/** What is asked of the machine, or the answer when there is nothing to ask. */
type Asked = AlarmAction | StatusCode;

interface ConditionMethod {
  /** Names from the condition down. */
  readonly path: readonly string[];
  /** Who may at least; the gate decides by the alarm. */
  readonly role: Role;
  /** Also while the condition is disabled. */
  readonly whileDisabled?: true;
  readonly asks: (condition: Condition, call: Call, longestShelfMinutes: number) => Asked;
  /** The answer when the machine says that nothing changed. */
  readonly unchanged?: StatusCode;
}

const shelving = (name: string, method: Omit<ConditionMethod, 'path' | 'role'>): ConditionMethod => ({
  path: ['ShelvingState', name],
  role: 'operator',
  ...method,
});

const service = (name: string, inService: boolean, unchanged: StatusCode): ConditionMethod => ({
  path: [name],
  role: 'engineer',
  whileDisabled: true,
  unchanged,
  asks: ({ id }, { comment }) => ({
    name: 'setInService',
    alarm: id,
    inService,
    reason: comment ?? unexplained(name),
  }),
});

const timedShelve = (name: string): ConditionMethod =>
  shelving(name, {
    asks: ({ id }, { shelvingTimeMs, comment }) => ({
      name: 'shelve',
      alarm: id,
      minutes: shelvingTimeMs / 60_000,
      reason: comment ?? unexplained(name),
    }),
  });

const oneShotShelve = (name: string): ConditionMethod =>
  shelving(name, {
    asks: ({ id, occurrence }, { comment }, minutes) =>
      occurrence?.shelf?.once === true
        ? StatusCodes.BadConditionAlreadyShelved
        : { name: 'shelve', alarm: id, minutes, once: true, reason: comment ?? unexplained(name) },
  });

const unshelve = (name: string): ConditionMethod =>
  shelving(name, {
    asks: ({ id }) => ({ name: 'unshelve', alarm: id }),
    unchanged: StatusCodes.BadConditionNotShelved,
  });

const methods: readonly ConditionMethod[] = [
  {
    path: ['Acknowledge'],
    role: 'operator',
    unchanged: StatusCodes.BadConditionBranchAlreadyAcked,
    asks(condition, { eventId, comment }) {
      const occurrenceId = condition.occurrenceOf(eventId);
      if (occurrenceId === null) return StatusCodes.BadEventIdUnknown;
      if (condition.isOver(occurrenceId)) return StatusCodes.BadConditionBranchAlreadyAcked;
      return { name: 'acknowledge', alarm: condition.id, occurrenceId, ...(comment !== null && { comment }) };
    },
  },
  {
    // the machine asks for no confirmation, so that none is ever missing
    path: ['Confirm'],
    role: 'operator',
    asks: (condition, { eventId }) =>
      condition.occurrenceOf(eventId) === null
        ? StatusCodes.BadEventIdUnknown
        : StatusCodes.BadConditionBranchAlreadyConfirmed,
  },
  {
    path: ['AddComment'],
    role: 'operator',
    asks(condition, { eventId, comment }) {
      const occurrenceId = condition.occurrenceOf(eventId);
      if (occurrenceId === null || condition.isOver(occurrenceId)) return StatusCodes.BadEventIdUnknown;
      return { name: 'comment', alarm: condition.id, occurrenceId, comment: comment ?? '' };
    },
  },
  timedShelve('TimedShelve'),
  timedShelve('TimedShelve2'),
  oneShotShelve('OneShotShelve'),
  oneShotShelve('OneShotShelve2'),
  unshelve('Unshelve'),
  unshelve('Unshelve2'),
  service('Enable', true, StatusCodes.BadConditionAlreadyEnabled),
  service('Disable', false, StatusCodes.BadConditionAlreadyDisabled),
  service('PlaceInService', true, StatusCodes.BadInvalidState),
  service('PlaceInService2', true, StatusCodes.BadInvalidState),
  service('RemoveFromService', false, StatusCodes.BadInvalidState),
  service('RemoveFromService2', false, StatusCodes.BadInvalidState),
];

export interface ConditionMethodOptions {
  readonly gate: CommandGate;
  readonly identities: Identities;
  readonly longestShelfMinutes: number;
  /** Resolves when what the machine has said by now is told as events. */
  readonly told: () => Promise<void>;
  readonly log: AddressSpaceLog;
}

/** Leads the methods of one condition to the gate; each is answered when the machine has decided. */
export function bindConditionMethods(condition: Condition, options: ConditionMethodOptions): void {
  for (const method of methods) {
    const node = methodNode(condition.node, method.path);
    // everybody may call, so that the gate sees, refuses and audits those who may not; UserExecutable tells them before
    node.setRolePermissions(permissionsOfAll(PermissionFlag.Call));
    tellWhoMay(node, options.identities, method.role);
    node.bindMethod(async (inputs: Variant[], context: ISessionContext): Promise<CallMethodResultOptions> => {
      const call = callOf(inputs);
      if (call === null) return tooLong(inputs);
      return { statusCode: await answer(condition, method, call, context, options) };
    });
  }
}

function methodNode(condition: UAObject, path: readonly string[]): UAMethod {
  const [name = '', parent = null] = path.toReversed();
  const owner = parent === null ? condition : (condition.getChildByName(parent) as UAObject | null);
  const method = owner?.getMethodByName(name) ?? null;
  if (method === null) throw new Error(`the alarm ${condition.browseName.name} has no method ${path.join('.')}`);
  return method;
}

/** The attribute UserExecutable, which the library reads through this function of its methods. */
function tellWhoMay(method: UAMethod, identities: Identities, role: Role): void {
  const asked = method as UAMethod & { getUserExecutableFlag(context: ISessionContext | null): boolean };
  asked.getUserExecutableFlag = (context) => includesRole(identities.principalOf(context).role, role);
}

/** null: the comment is too long to be kept. */
function callOf(inputs: readonly Variant[]): Call | null {
  let call: Call = { eventId: null, comment: null, shelvingTimeMs: Number.NaN };
  for (const { dataType, value } of inputs) {
    if (dataType === DataType.ByteString) call = { ...call, eventId: value as Buffer | null };
    else if (dataType === DataType.Double) call = { ...call, shelvingTimeMs: Number(value) };
    else if (dataType === DataType.LocalizedText) {
      const text = (value as LocalizedText | null)?.text?.trim() ?? '';
      if (text.length > longestComment) return null;
      if (text !== '') call = { ...call, comment: text };
    }
  }
  return call;
}

function tooLong(inputs: readonly Variant[]): CallMethodResultOptions {
  return {
    statusCode: StatusCodes.BadInvalidArgument,
    inputArgumentResults: inputs.map((input) =>
      input.dataType === DataType.LocalizedText ? StatusCodes.BadOutOfRange : StatusCodes.Good,
    ),
  };
}

async function answer(
  condition: Condition,
  method: ConditionMethod,
  call: Call,
  context: ISessionContext,
  { gate, identities, longestShelfMinutes, told, log }: ConditionMethodOptions,
): Promise<StatusCode> {
  // what has happened by now counts, though nobody has been told of it yet: a trip, for example
  await told();
  const principal = identities.principalOf(context);
  const mayAsk = includesRole(principal.role, method.role);
  const asked =
    condition.isDisabled && method.whileDisabled !== true
      ? StatusCodes.BadConditionDisabled
      : method.asks(condition, call, longestShelfMinutes);
  if (!('name' in asked && 'alarm' in asked)) return mayAsk ? asked : StatusCodes.BadUserAccessDenied;
  try {
    const station = identities.stationOf(context);
    const outcome = await gate.request({ action: asked, principal, origin: 'opcua', station });
    await told();
    return statusOfOutcome(outcome, method);
  } catch (cause) {
    log.error({ alarm: condition.id, method: method.path.at(-1), cause: String(cause) }, 'a method got no outcome');
    return StatusCodes.BadInternalError;
  }
}

/** What the codes of the alarm commands are in OPC 10000-9. */
const codeStatus: Readonly<Record<string, StatusCode>> = {
  OTHER_OCCURRENCE: StatusCodes.BadEventIdUnknown,
  ALARM_NOT_STANDING: StatusCodes.BadEventIdUnknown,
  OUT_OF_RANGE: StatusCodes.BadShelvingTimeOutOfRange,
  OUT_OF_SERVICE: StatusCodes.BadConditionDisabled,
  COMMENT_REQUIRED: StatusCodes.BadInvalidArgument,
};

function statusOfOutcome(outcome: CommandOutcome, { unchanged }: ConditionMethod): StatusCode {
  if (!outcome.accepted) {
    const [code] = outcome.reasons.flatMap((reason) => codeStatus[reason.code] ?? []);
    return outcome.kind === 'permission' ? statusOf(outcome) : (code ?? statusOf(outcome));
  }
  // a note without a state that followed says that there was nothing to do
  const didNothing = outcome.note !== undefined && outcome.after === undefined;
  return didNothing ? (unchanged ?? StatusCodes.Good) : StatusCodes.Good;
}
