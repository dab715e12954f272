import type { SignalValue } from '../signal.ts';
import type { MachineMode, MachineState } from '../control/state.ts';
import type { Recipe } from '../recipes/recipe.ts';
import type { Role } from './role.ts';

/** Who asks. The panel's buttons act as the account `panel`, the server's own acts as `system`. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
  /** Persons count for adoption figures; tokens, the panel and the system don't. */
  readonly kind: 'person' | 'token' | 'panel' | 'system';
}

export type Origin = 'rest' | 'opcua' | 'panel' | 'modbus' | 'system';

/** Everything that can be asked of the machine, by every way in. */
export type CommandAction =
  | { readonly name: 'heat'; readonly on: boolean }
  | { readonly name: 'start' }
  | { readonly name: 'stop' }
  | { readonly name: 'emergencyStop' }
  | { readonly name: 'setMode'; readonly mode: MachineMode }
  | { readonly name: 'clearAlarms' }
  | { readonly name: 'acknowledge'; readonly alarm: string; readonly occurrenceId?: string; readonly comment?: string }
  /** Says something about an occurrence, for the journal. */
  | { readonly name: 'comment'; readonly alarm: string; readonly occurrenceId?: string; readonly comment: string }
  /** `once`: only until its condition is gone, if that is before. */
  | {
      readonly name: 'shelve';
      readonly alarm: string;
      readonly occurrenceId?: string;
      readonly minutes: number;
      readonly once?: boolean;
      readonly reason: string;
    }
  | { readonly name: 'unshelve'; readonly alarm: string; readonly occurrenceId?: string }
  /** Out of service, or back into it. */
  | {
      readonly name: 'setInService';
      readonly alarm: string;
      readonly occurrenceId?: string;
      readonly inService: boolean;
      readonly reason: string;
    }
  | { readonly name: 'loadRecipe'; readonly recipe: Recipe }
  /** Finds gains for a zone by a relay test around `setpointC`. */
  | {
      readonly name: 'tune';
      readonly zone: string;
      readonly setpointC: number;
      readonly maximumDutyPercent?: number;
    }
  /** Ends the test; once its gains were applied, takes them back. */
  | { readonly name: 'abortTuning'; readonly zone: string; readonly reason?: string }
  | { readonly name: 'applyTuning'; readonly zone: string }
  /** Heats one zone alone and sees which sensor follows: for commissioning. */
  | { readonly name: 'testZone'; readonly zone: string }
  | { readonly name: 'write'; readonly signal: string; readonly value: SignalValue; readonly reason?: string }
  | { readonly name: 'blockStart'; readonly blocked: boolean; readonly reason: string };

export type CommandName = CommandAction['name'];

/** Brings the machine only closer to rest: never refused by a state or an interlock, and never too late. */
export function isStop(action: CommandAction): boolean {
  return action.name === 'stop' || action.name === 'emergencyStop' || (action.name === 'heat' && !action.on);
}

export interface Command {
  /** Unique; outcomes and audit refer to it. */
  readonly id: string;
  readonly action: CommandAction;
  readonly principal: Principal;
  readonly origin: Origin;
  /** The address or device that the request came from. */
  readonly station?: string;
}

/** One thing that stands against a command, in words for the operator and with the number that blocks it. */
export interface Reason {
  /** Stable: `NOT_AT_TEMPERATURE`, `ESTOP_OPEN`, … */
  readonly code: string;
  /** The thing, the number and the way out, as one sentence. */
  readonly text: string;
  readonly actual?: SignalValue;
  readonly required?: SignalValue;
  readonly unit?: string;
  readonly etaSeconds?: number;
}

/**
 * Why a command was not carried out:
 * `permission` the role lacks the right · `unknown` no such signal or alarm · `invalid` wrong type, range or option ·
 * `state` the machine's state or an interlock stands against it · `tooFast` repeated within its dead time ·
 * `unconfirmed` written, but the module did not read it back · `unavailable` the control process did not answer.
 */
export type RefusalKind = 'permission' | 'unknown' | 'invalid' | 'state' | 'tooFast' | 'unconfirmed' | 'unavailable';

export type CommandOutcome =
  | {
      readonly accepted: true;
      readonly commandId: string;
      readonly state: MachineState;
      /** Value before and after, for the audit, where the command changed one. */
      readonly before?: SignalValue;
      readonly after?: SignalValue;
      /** Said to the operator, for example that nothing was running. */
      readonly note?: string;
    }
  | {
      readonly accepted: false;
      readonly commandId: string;
      readonly state: MachineState;
      readonly kind: RefusalKind;
      /** Never empty: refused means that at least one reason is listed. */
      readonly reasons: readonly Reason[];
    };
