import { isStop, type CommandOutcome } from '../../machine/commands/command.ts';
import { ClientMemory } from './client-memory.ts';
import { actionOf, type Commander } from './commander.ts';
import type { CommandCoil } from './declaration.ts';

/** A coil that a client writes on again within this time, without off in between, is still held. */
const heldMs = 5_000;

interface Press {
  atMs: number;
  readonly outcome: Promise<CommandOutcome>;
}

/**
 * A button of each client. Some write their coils in every cycle: while a coil is held on, its command was given once, or a
 * machine that somebody stops would start again at the next write. Each stop is given.
 */
export class CommandCoilState {
  readonly #coil: CommandCoil;
  readonly #commander: Commander;
  readonly #monotonicMs: () => number;
  readonly #presses = new ClientMemory<Press>();

  constructor(coil: CommandCoil, commander: Commander, monotonicMs: () => number) {
    this.#coil = coil;
    this.#commander = commander;
    this.#monotonicMs = monotonicMs;
  }

  /** Off asks nothing. @throws ModbusException as the Commander does, the same while the coil is held */
  async write(address: string, isOn: boolean): Promise<void> {
    if (!isOn) {
      this.#presses.forget(address);
      return;
    }
    const action = actionOf(this.#coil.command);
    const atMs = this.#monotonicMs();
    const held = this.#presses.get(address);
    if (held !== undefined && atMs - held.atMs < heldMs && !isStop(action)) {
      held.atMs = atMs;
      await this.#commander.await(held.outcome);
      return;
    }
    const outcome = this.#commander.ask(action, address);
    this.#presses.set(address, { atMs, outcome });
    await this.#commander.await(outcome);
  }
}
