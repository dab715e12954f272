import { isStop, type CommandOutcome } from '../../machine/commands/command.ts';
import { exceptionCodes, ModbusException } from '../slave/modbus-slave.ts';
import { ClientMemory } from './client-memory.ts';
import { actionOf, type Commander } from './commander.ts';
import { machineCommands, type CommandBlock } from './declaration.ts';
import { refusals, results } from './refusal.ts';

/**
 * The same command with the same sequence from the same address within this time is the client's second try of one whose
 * answer it did not get; later it is a new command, from a client that began to count anew.
 */
const repeatMs = 10_000;

interface Given {
  readonly command: number;
  readonly sequence: number;
  readonly atMs: number;
  readonly outcome: Promise<CommandOutcome>;
  result: number;
}

/** The handshake of one command block: each client sees its own. Each stop is given, repeated or not. */
export class CommandBlockState {
  readonly #block: CommandBlock;
  readonly #commander: Commander;
  readonly #monotonicMs: () => number;
  readonly #given = new ClientMemory<Given>();

  constructor(block: CommandBlock, commander: Commander, monotonicMs: () => number) {
    this.#block = block;
    this.#commander = commander;
    this.#monotonicMs = monotonicMs;
  }

  /** Command, sequence, sequence that the result belongs to, result. */
  words(address: string): readonly [number, number, number, number] {
    const given = this.#given.get(address);
    if (given === undefined) return [0, 0, 0, results.none];
    const { command, sequence, result } = given;
    return [command, sequence, sequence, result];
  }

  /** @throws ModbusException 3 for what is no command here, else as the Commander does */
  async give(address: string, command: number, sequence: number): Promise<void> {
    const name = machineCommands[command - 1];
    if (name === undefined || !this.#block.commands.includes(name) || sequence === 0) throw illegalValue();
    const last = this.#given.get(address);
    const isRepeated = last?.sequence === sequence && this.#monotonicMs() - last.atMs < repeatMs;
    // another command under a number that was used just now: the client has lost count
    if (isRepeated && last.command !== command) throw illegalValue();
    const isAnswered = isRepeated && !isStop(actionOf(name));
    await this.#commander.await(isAnswered ? last.outcome : this.#begin(address, command, sequence, name));
  }

  #begin(
    address: string,
    command: number,
    sequence: number,
    name: (typeof machineCommands)[number],
  ): Promise<CommandOutcome> {
    const outcome = this.#commander.ask(actionOf(name), address);
    const given: Given = { command, sequence, atMs: this.#monotonicMs(), outcome, result: results.underWay };
    this.#given.set(address, given);
    return outcome.then((decided) => {
      given.result = decided.accepted ? results.done : refusals[decided.kind].result;
      return decided;
    });
  }
}

function illegalValue(): ModbusException {
  return new ModbusException(exceptionCodes.illegalDataValue);
}
