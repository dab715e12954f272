import { type StatusCode, StatusCodes } from 'node-opcua';
import type { CommandOutcome, RefusalKind } from '../../machine/commands/command.ts';

const refusalStatus: Readonly<Record<RefusalKind, StatusCode>> = {
  permission: StatusCodes.BadUserAccessDenied,
  unknown: StatusCodes.BadNodeIdUnknown,
  invalid: StatusCodes.BadOutOfRange,
  state: StatusCodes.BadInvalidState,
  tooFast: StatusCodes.BadInvalidState,
  unconfirmed: StatusCodes.BadDeviceFailure,
  unavailable: StatusCodes.BadCommunicationError,
};

/** What the Write service answers for the gate's decision. */
export function statusOf(outcome: CommandOutcome): StatusCode {
  return outcome.accepted ? StatusCodes.Good : refusalStatus[outcome.kind];
}
