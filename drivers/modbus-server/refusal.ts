import type { RefusalKind } from '../../machine/commands/command.ts';
import { exceptionCodes, type ExceptionCode } from '../slave/modbus-slave.ts';

interface Answer {
  /** The exception that answers the write. */
  readonly exception: ExceptionCode;
  /** The result word of a command block. */
  readonly result: number;
}

/**
 * What a client is told of a refused command. 3: not a value of this register. 4: refused, nothing was done. 6: too soon
 * after the last, try again. 0x0B: the control process does not answer, and what the machine did is not known.
 */
export const refusals: Readonly<Record<RefusalKind, Answer>> = {
  permission: { exception: exceptionCodes.deviceFailure, result: 10 },
  unknown: { exception: exceptionCodes.illegalDataValue, result: 11 },
  invalid: { exception: exceptionCodes.illegalDataValue, result: 12 },
  state: { exception: exceptionCodes.deviceFailure, result: 13 },
  tooFast: { exception: exceptionCodes.deviceBusy, result: 14 },
  unconfirmed: { exception: exceptionCodes.deviceFailure, result: 15 },
  unavailable: { exception: exceptionCodes.gatewayTargetFailedToRespond, result: 16 },
};

/** Result words of a command block beside those of refusals; `learnt`: a client's first sequence, which is not given. */
export const results = { none: 0, underWay: 1, done: 2, learnt: 17 } as const;
