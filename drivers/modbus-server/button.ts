import type { CommandOutcome } from '../../machine/commands/command.ts';
import { exceptionCodes, ModbusException } from '../slave/modbus-slave.ts';
import { ClientMemory } from './client-memory.ts';
import type { Commander } from './commander.ts';

/** `null`: the client has let the button go and may press it. */
type State = null | { readonly outcome: Promise<CommandOutcome>; isDecided: boolean };

/**
 * What a client has to let go before it can press it again. Some write their coils in every cycle, and a machine that
 * somebody has stopped, or a gateway that was restarted, must not take the next of those writes for a new wish: only off and
 * then on, both written to this process, is one. A client that is not known has let nothing go.
 */
export class Button {
  readonly #commander: Commander;
  readonly #clients = new ClientMemory<State>();

  constructor(commander: Commander) {
    this.#commander = commander;
  }

  letGo(address: string): void {
    this.#clients.set(address, null);
  }

  /**
   * Resolves when the machine has done it; while it is under way a repetition is answered with the same outcome.
   *
   * @param ask  leads the command through the gate
   * @throws ModbusException 4 when the button was not let go: nothing is asked; else as the Commander does
   */
  async press(address: string, ask: () => Promise<CommandOutcome>): Promise<void> {
    const state = this.#clients.get(address);
    if (state === undefined || state?.isDecided === true) throw new ModbusException(exceptionCodes.deviceFailure);
    await this.#commander.await(state?.outcome ?? this.#begin(address, ask));
  }

  #begin(address: string, ask: () => Promise<CommandOutcome>): Promise<CommandOutcome> {
    const press = { outcome: ask(), isDecided: false };
    this.#clients.set(address, press);
    const decide = (): void => void (press.isDecided = true);
    press.outcome.then(decide, decide);
    return press.outcome;
  }
}
