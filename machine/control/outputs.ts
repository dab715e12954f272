import type { MachineDeclaration } from '../declaration.ts';
import type { Equipment } from '../equipment.ts';
import type { OutputImage } from '../field.ts';
import type { Situation } from '../situation.ts';
import { Auxiliaries } from './auxiliaries.ts';
import { emergencyOutputs } from './emergency.ts';
import { stackLight } from './lights.ts';
import { OutputBoard } from './output-board.ts';

/** Composes the output image of a scan from heating, drives, auxiliaries and lights. */
export class Outputs {
  readonly board: OutputBoard;
  readonly #declaration: MachineDeclaration;
  readonly #equipment: Equipment;
  readonly #auxiliaries: Auxiliaries;
  /** What an engineer asked for in MANUAL: auxiliaries, and outputs that no rule serves. */
  readonly #manual = new Map<string, number | boolean>();
  /** What the emergency sequence holds as long as the trip is latched. */
  #emergency: ReadonlyMap<string, number | boolean> | null = null;

  constructor(declaration: MachineDeclaration, equipment: Equipment) {
    this.#declaration = declaration;
    this.#equipment = equipment;
    this.#auxiliaries = new Auxiliaries(declaration, equipment);
    this.board = new OutputBoard(declaration.auxiliaries);
  }

  setManual(signal: string, value: number | boolean): void {
    this.#manual.set(signal, value);
  }

  /** An engineer's value for it waits for the end of this scan. */
  isAboutToChange(signal: string): boolean {
    const wanted = this.#manual.get(signal);
    return wanted !== undefined && wanted !== this.board.get(signal);
  }

  /** Auxiliaries stay as they are until the engineer changes them. */
  toManual(): void {
    const { fan, pump, nozzleFan } = this.#declaration.auxiliaries;
    for (const signal of [fan, pump, nozzleFan]) {
      const present = this.board.get(signal);
      if (present !== undefined) this.#manual.set(signal, present);
    }
  }

  /** What only an engineer had switched on goes off; the auxiliaries follow their rules again, without a gap. */
  toAuto(nowMs: number): void {
    const { fan, pump, nozzleFan } = this.#declaration.auxiliaries;
    for (const [signal, value] of this.#manual) {
      if (signal === fan || signal === pump || signal === nozzleFan) continue;
      this.board.set(signal, typeof value === 'boolean' ? false : 0, nowMs);
    }
    this.#manual.clear();
  }

  /** A trip: cooling is kept or switched on, per output, since the barrel is hot. */
  enterEmergency(): void {
    this.#emergency = emergencyOutputs(this.#declaration, (output) => this.board.get(output));
  }

  /** The emergency sequence keeps it where it is until the trip is cleared. */
  isHeld(signal: string): boolean {
    return this.#emergency?.has(signal) === true;
  }

  leaveEmergency(): void {
    this.#emergency = null;
  }

  compose(situation: Readonly<Situation>, unacknowledged: boolean, resetIsRaised: boolean): OutputImage {
    const { nowMs, state, heatingOn } = situation;
    const { board } = this;
    for (const zone of this.#equipment.zones) board.set(zone.declaration.output, zone.dutyPercent, nowMs);
    for (const drive of this.#equipment.drives) {
      board.set(drive.declaration.command, drive.commandRpm, nowMs);
      board.set(drive.declaration.reset, resetIsRaised, nowMs);
    }
    board.set(this.#declaration.heating.contactor, heatingOn && state !== 'ALARM', nowMs);
    this.#composeAuxiliaries(situation);
    const { red, yellow, green } = this.#declaration.auxiliaries;
    const light = stackLight(situation, unacknowledged);
    board.set(red, light.red, nowMs);
    board.set(yellow, light.yellow, nowMs);
    board.set(green, light.green, nowMs);
    return board.take();
  }

  #composeAuxiliaries(situation: Readonly<Situation>): void {
    const { nowMs, mode } = situation;
    const { fan, pump, nozzleFan } = this.#declaration.auxiliaries;
    const demand = this.#auxiliaries.demand(situation);
    const wanted = new Map<string, number | boolean>([
      [fan, demand.fan],
      [pump, demand.pump],
      [nozzleFan, demand.nozzleFanPercent],
      ...(mode === 'MANUAL' ? this.#manual : []),
      ...(this.#emergency ?? []),
    ]);
    for (const [signal, value] of wanted) this.board.set(signal, value, nowMs);
  }
}
