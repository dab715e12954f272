import { isStop } from '../../machine/commands/command.ts';
import type { MachineView } from '../../machine/ports.ts';
import type { Sample } from '../../machine/signal.ts';
import type { ReadArea } from '../declaration.ts';
import { exceptionCodes, ModbusException, type ModbusSlave } from '../slave/modbus-slave.ts';
import type { CommandBlockState } from './command-block.ts';
import type { CommandCoilState } from './command-coil.ts';
import { actionOf } from './commander.ts';
import type {
  CommandBlock,
  CommandCoil,
  ModbusServerDeclaration,
  RegisterDeclaration,
  ValueRegister,
} from './declaration.ts';
import type { Heartbeat } from './heartbeat.ts';
import { ageOf, readingOf, wordsOfReading } from './reading.ts';
import { illegalAddress, type Piece, type RegisterMap } from './register-map.ts';
import type { SettingWriter } from './setting-writer.ts';
import { wantedValue } from './wanted-value.ts';

/** What all clients have in common. */
export interface Served {
  readonly declaration: ModbusServerDeclaration;
  readonly map: RegisterMap;
  readonly machine: MachineView;
  readonly settings: SettingWriter;
  readonly heartbeat: Heartbeat;
  readonly coils: ReadonlyMap<CommandCoil, CommandCoilState>;
  readonly blocks: ReadonlyMap<CommandBlock, CommandBlockState>;
  readonly wallMs: () => number;
}

/** The machine as the client at one address sees it. */
export class MachineSlave implements ModbusSlave {
  readonly #served: Served;
  readonly #address: string;

  constructor(served: Served, address: string) {
    this.#served = served;
    this.#address = address;
  }

  readCoils(address: number, count: number): readonly boolean[] {
    return this.#read('coil', address, count).map(Boolean);
  }

  readDiscrete(address: number, count: number): readonly boolean[] {
    return this.#read('discrete', address, count).map(Boolean);
  }

  readHolding(address: number, count: number): readonly number[] {
    return this.#read('holding', address, count);
  }

  readInput(address: number, count: number): readonly number[] {
    return this.#read('input', address, count);
  }

  async writeCoils(address: number, values: readonly boolean[]): Promise<void> {
    await this.#write('coil', address, values.map(Number));
  }

  async writeHolding(address: number, values: readonly number[]): Promise<void> {
    await this.#write('holding', address, values);
  }

  /** A stop waits behind nothing. */
  isUrgent(area: 'coil' | 'holding', address: number, values: readonly number[]): boolean {
    const { map, blocks, settings, machine } = this.#served;
    const register = map.at(area, address, values.length);
    switch (register?.kind) {
      case 'command':
        return values[0] === 1 && isStop(actionOf(register.command));
      case 'commandBlock':
        return blocks.get(register)?.isStop(values) === true;
      case 'value': {
        const signal = machine.declaration.signals.get(register.signal);
        const value = register.writable && signal !== undefined ? wantedValue(register, signal.type, values) : null;
        return value !== null && settings.isStop(register.signal, value);
      }
      case 'quality':
      case 'age':
      case 'status':
      case undefined:
        break;
    }
    return false;
  }

  /** Nothing waits between the first word and the last: all are of one image. */
  #read(area: ReadArea, address: number, count: number): readonly number[] {
    const nowMs = this.#served.wallMs();
    const pieces = this.#served.map.within(area, address, count);
    return pieces.flatMap(({ register, from, count }) => this.#wordsOf(register, nowMs).slice(from, from + count));
  }

  #wordsOf(register: RegisterDeclaration, nowMs: number): readonly number[] {
    const { declaration, machine, heartbeat, blocks } = this.#served;
    switch (register.kind) {
      case 'value':
        return wordsOfReading(register, readingOf(register, this.#sampleOf(register)), declaration.whenBad);
      case 'quality': {
        const { qualityWord } = readingOf(register.of, this.#sampleOf(register.of));
        return repeated(qualityWord, register.words);
      }
      case 'age':
        return repeated(ageOf(this.#sampleOf(register.of), nowMs, declaration.ageUnit), register.words);
      case 'command':
        return [0];
      case 'commandBlock':
        return blocks.get(register)?.words(this.#address) ?? [];
      case 'status':
        break;
    }
    switch (register.status) {
      case 'heartbeat':
        return [heartbeat.count];
      case 'controlAlive':
        return [Number(machine.controlAlive)];
      case 'activeAlarms':
        return [atMost16Bits(machine.status.alarms.active)];
      case 'unacknowledgedAlarms':
        break;
    }
    return [atMost16Bits(machine.status.alarms.unacknowledged)];
  }

  #sampleOf({ signal }: ValueRegister): Sample {
    const sample = this.#served.machine.samples.get(signal);
    if (sample === undefined) throw new RangeError(`signal ${signal} is offered over Modbus but not declared`);
    return sample;
  }

  /**
   * One write is one command: the machine decides each by itself, and one reply could not say which of several it took.
   *
   * @throws ModbusException 2 for anything but one whole writable thing, 3 for what is no value of it, else as the Commander
   */
  async #write(area: ReadArea, address: number, words: readonly number[]): Promise<void> {
    const [piece, ...more] = this.#served.map.within(area, address, words.length);
    if (piece === undefined || more.length > 0) throw illegalAddress();
    const { register } = piece;
    switch (register.kind) {
      case 'value':
        await this.#set(register, words);
        return;
      case 'command':
        await this.#served.coils.get(register)?.write(this.#address, words[0] === 1);
        return;
      case 'commandBlock':
        await this.#handshake(register, piece, words);
        return;
      case 'quality':
      case 'age':
      case 'status':
        throw illegalAddress();
    }
  }

  async #set(register: ValueRegister, words: readonly number[]): Promise<void> {
    const { machine, settings } = this.#served;
    const signal = machine.declaration.signals.get(register.signal);
    if (!register.writable || signal === undefined) throw illegalAddress();
    const value = wantedValue(register, signal.type, words);
    if (value === null) throw new ModbusException(exceptionCodes.illegalDataValue);
    await settings.set(register.signal, value, this.#address);
  }

  async #handshake(block: CommandBlock, { from }: Piece, words: readonly number[]): Promise<void> {
    const [command, sequence, ...more] = words;
    if (from !== 0 || command === undefined || sequence === undefined || more.length > 0) throw illegalAddress();
    await this.#served.blocks.get(block)?.give(this.#address, command, sequence);
  }
}

function repeated(word: number, times: number): readonly number[] {
  return Array.from({ length: times }, () => word);
}

function atMost16Bits(count: number): number {
  return Math.min(count, 0xffff);
}
