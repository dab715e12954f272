import type { CommandAction, CommandOutcome, Principal } from '../../machine/commands/command.ts';
import type { CommandGate } from '../../machine/ports.ts';
import { exceptionCodes, ModbusException } from '../slave/modbus-slave.ts';
import type { MachineCommand } from './declaration.ts';
import { refusals } from './refusal.ts';
import type { Traffic } from './traffic.ts';

const actions: Readonly<Record<MachineCommand, CommandAction>> = {
  start: { name: 'start' },
  stop: { name: 'stop' },
  emergencyStop: { name: 'emergencyStop' },
  clearAlarms: { name: 'clearAlarms' },
  heatOn: { name: 'heat', on: true },
  heatOff: { name: 'heat', on: false },
};

export function actionOf(command: MachineCommand): CommandAction {
  return actions[command];
}

export interface CommanderOptions {
  readonly gate: CommandGate;
  readonly principal: Principal;
  readonly answerWithinMs: number;
  readonly traffic: Traffic;
}

/** Leads what clients write through the command gate. */
export class Commander {
  readonly #options: CommanderOptions;

  constructor(options: CommanderOptions) {
    this.#options = options;
  }

  /** Asks the gate; the outcome may take some seconds. @param station the client's address */
  async ask(action: CommandAction, station: string): Promise<CommandOutcome> {
    const { gate, principal, traffic } = this.#options;
    const outcome = await gate.request({ action, principal, origin: 'modbus', station });
    if (!outcome.accepted) traffic.refused(action, station, outcome.reasons);
    return outcome;
  }

  /**
   * Resolves when the machine has done it.
   *
   * @throws ModbusException as `refusals` says; 5 when there is no outcome in time: it is under way, and must not be sent
   *   again without a look at the machine
   */
  async await(outcome: Promise<CommandOutcome>): Promise<void> {
    const overdue = Promise.withResolvers<null>();
    const timer = setTimeout(() => overdue.resolve(null), this.#options.answerWithinMs);
    const inTime = await Promise.race([outcome, overdue.promise]).finally(() => clearTimeout(timer));
    if (inTime === null) throw new ModbusException(exceptionCodes.acknowledge);
    if (!inTime.accepted) throw new ModbusException(refusals[inTime.kind].exception);
  }
}
