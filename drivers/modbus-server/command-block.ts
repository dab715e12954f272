import { isStop, type CommandOutcome } from '../../machine/commands/command.ts';
import { exceptionCodes, ModbusException } from '../slave/modbus-slave.ts';
import { ClientMemory } from './client-memory.ts';
import { actionOf, type Commander } from './commander.ts';
import { machineCommands, type CommandBlock } from './declaration.ts';
import { refusals, results } from './refusal.ts';

/**
 * Within this time the same command with the same sequence from the same address is taken for the client's second try of
 * one whose answer it did not get. Later it is a block that somebody holds, and never a new command.
 */
const repeatMs = 10_000;

interface Known {
  readonly command: number;
  readonly sequence: number;
  readonly atMs: number;
  /** null: it was not given, but learnt. */
  readonly outcome: Promise<CommandOutcome> | null;
  result: number;
}

/**
 * The handshake of one command block: each client sees its own. Only another sequence is another command. The first of a
 * client may have been held since before this process began, so it is learnt and not given. Each stop is given.
 */
export class CommandBlockState {
  readonly #block: CommandBlock;
  readonly #commander: Commander;
  readonly #monotonicMs: () => number;
  readonly #known = new ClientMemory<Known>();

  constructor(block: CommandBlock, commander: Commander, monotonicMs: () => number) {
    this.#block = block;
    this.#commander = commander;
    this.#monotonicMs = monotonicMs;
  }

  /** Command, sequence, sequence that the result belongs to, result. */
  words(address: string): readonly [number, number, number, number] {
    const known = this.#known.get(address);
    if (known === undefined) return [0, 0, 0, results.none];
    const { command, sequence, result } = known;
    return [command, sequence, sequence, result];
  }

  /** Whether these words are a stop of this block. */
  isStop([command = 0, sequence = 0, ...more]: readonly number[]): boolean {
    const name = machineCommands[command - 1];
    if (name === undefined || sequence === 0 || more.length > 0) return false;
    return this.#block.commands.includes(name) && isStop(actionOf(name));
  }

  /**
   * @throws ModbusException 3 for what is no command here, 4 for what is not given because it is no new one, else as the
   *   Commander does
   */
  async give(address: string, command: number, sequence: number): Promise<void> {
    const name = machineCommands[command - 1];
    if (name === undefined || !this.#block.commands.includes(name) || sequence === 0) throw illegalValue();
    const begin = async (): Promise<void> => this.#commander.await(this.#begin(address, command, sequence, name));
    if (isStop(actionOf(name))) return begin();
    const last = this.#known.get(address);
    if (last === undefined) this.#learn(address, command, sequence);
    else if (last.sequence !== sequence) return begin();
    // another command under the number of the last one: the client has lost count
    else if (last.command !== command) throw illegalValue();
    else if (last.outcome !== null && this.#monotonicMs() - last.atMs < repeatMs) {
      return this.#commander.await(last.outcome);
    }
    throw new ModbusException(exceptionCodes.deviceFailure);
  }

  #learn(address: string, command: number, sequence: number): void {
    const atMs = this.#monotonicMs();
    this.#known.set(address, { command, sequence, atMs, outcome: null, result: results.learnt });
  }

  #begin(
    address: string,
    command: number,
    sequence: number,
    name: (typeof machineCommands)[number],
  ): Promise<CommandOutcome> {
    const outcome = this.#commander.ask(actionOf(name), address);
    const known: Known = { command, sequence, atMs: this.#monotonicMs(), outcome, result: results.underWay };
    this.#known.set(address, known);
    return outcome.then((decided) => {
      known.result = decided.accepted ? results.done : refusals[decided.kind].result;
      return decided;
    });
  }
}

function illegalValue(): ModbusException {
  return new ModbusException(exceptionCodes.illegalDataValue);
}
