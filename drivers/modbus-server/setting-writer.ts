import { isStop, type CommandAction, type CommandOutcome } from '../../machine/commands/command.ts';
import type { MachineView } from '../../machine/ports.ts';
import { Button } from './button.ts';
import type { Commander } from './commander.ts';

interface Written {
  /** What the machine took last from a Modbus client; undefined: nothing yet, or a write is under way. */
  value?: number | boolean;
  underWay: number;
}

/**
 * Sets settings. Some clients write their setpoints in every cycle: what this server has set already and the machine shows
 * as Good and unchanged is not asked again, or the audit would grow by every cycle. Each stop is asked. Heating on is a
 * button, or the next cycle would switch on what an operator has switched off.
 */
export class SettingWriter {
  readonly #machine: MachineView;
  readonly #commander: Commander;
  readonly #heating: Button;
  readonly #written = new Map<string, Written>();

  constructor(machine: MachineView, commander: Commander) {
    this.#machine = machine;
    this.#commander = commander;
    this.#heating = new Button(commander);
  }

  isStop(signal: string, value: number | boolean): boolean {
    return isStop(this.#actionFor(signal, value));
  }

  /** @throws ModbusException as the Commander does, and for heating on as the Button does */
  async set(signal: string, value: number | boolean, address: string): Promise<void> {
    const action = this.#actionFor(signal, value);
    const written = this.#writtenOf(signal);
    if (written.value === value && this.#shows(signal, value) && !isStop(action)) return;
    const ask = async () => this.#ask(written, value, action, address);
    if (action.name === 'heat' && action.on) {
      await this.#heating.press(address, ask);
      return;
    }
    if (action.name === 'heat') this.#heating.letGo(address);
    await this.#commander.await(ask());
  }

  async #ask(
    written: Written,
    value: number | boolean,
    action: CommandAction,
    address: string,
  ): Promise<CommandOutcome> {
    delete written.value;
    written.underWay++;
    const decided = await this.#commander.ask(action, address).finally(() => written.underWay--);
    // of two that crossed each other nobody knows which came last
    if (decided.accepted && written.underWay === 0) written.value = value;
    return decided;
  }

  /** Heating is a command of its own: off is a stop, and a stop is never too late. */
  #actionFor(signal: string, value: number | boolean): CommandAction {
    const isHeating = signal === this.#machine.declaration.heating.enabled && typeof value === 'boolean';
    return isHeating ? { name: 'heat', on: value } : { name: 'write', signal, value };
  }

  #shows(signal: string, value: number | boolean): boolean {
    const sample = this.#machine.samples.get(signal);
    return sample?.quality === 'Good' && sample.value === value;
  }

  #writtenOf(signal: string): Written {
    const known = this.#written.get(signal) ?? { underWay: 0 };
    this.#written.set(signal, known);
    return known;
  }
}
