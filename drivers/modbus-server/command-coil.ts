import { isStop } from '../../machine/commands/command.ts';
import { Button } from './button.ts';
import { actionOf, type Commander } from './commander.ts';
import type { CommandCoil } from './declaration.ts';

/** A coil that gives a command: a button of each client. Each stop is given, let go before or not. */
export class CommandCoilState {
  readonly #coil: CommandCoil;
  readonly #commander: Commander;
  readonly #button: Button;

  constructor(coil: CommandCoil, commander: Commander) {
    this.#coil = coil;
    this.#commander = commander;
    this.#button = new Button(commander);
  }

  /** Off asks nothing. @throws ModbusException as the Button and the Commander do */
  async write(address: string, isOn: boolean): Promise<void> {
    if (!isOn) {
      this.#button.letGo(address);
      return;
    }
    const action = actionOf(this.#coil.command);
    const ask = async () => this.#commander.ask(action, address);
    await (isStop(action) ? this.#commander.await(ask()) : this.#button.press(address, ask));
  }
}
