import type { Cycles } from './control/cycles.ts';
import { machineModes, machineStates } from './control/state.ts';
import type { Cell, Image } from './image.ts';
import type { Situation } from './situation.ts';

/** Running hours are shown in steps of this, in h, a little under 4 s: a counter, not a stopwatch. */
const hoursStep = 0.001;

const heartbeatModulus = 2 ** 32;

/** The signals that the core computes about itself. A machine may leave out those that it does not want. */
export class Derived {
  readonly #image: Image;
  readonly #state: Cell | undefined;
  readonly #mode: Cell | undefined;
  readonly #startPermitted: Cell | undefined;
  readonly #heartbeat: Cell | undefined;
  readonly #cycles: Cell | undefined;
  readonly #runningHours: Cell | undefined;
  heartbeat: number;

  constructor(image: Image, heartbeat: number) {
    this.#image = image;
    this.heartbeat = heartbeat;
    this.#state = image.find('machine.state');
    this.#mode = image.find('machine.mode');
    this.#startPermitted = image.find('machine.startPermitted');
    this.#heartbeat = image.find('machine.heartbeat');
    this.#cycles = image.find('machine.cycles');
    this.#runningHours = image.find('machine.runningHours');
  }

  /** One more scan. */
  beat(): void {
    this.heartbeat = (this.heartbeat + 1) % heartbeatModulus;
  }

  publish({ state, mode, wallMs }: Readonly<Situation>, startPermitted: boolean, cycles: Cycles): void {
    const runningHours = Math.floor(cycles.runningHours / hoursStep) * hoursStep;
    this.#put(this.#state, machineStates.indexOf(state), wallMs);
    this.#put(this.#mode, machineModes.indexOf(mode), wallMs);
    this.#put(this.#startPermitted, startPermitted, wallMs);
    this.#put(this.#cycles, cycles.count, wallMs);
    this.#put(this.#runningHours, Math.round(runningHours * 1_000) / 1_000, wallMs);
    if (this.#heartbeat !== undefined) this.#image.put(this.#heartbeat, this.heartbeat, 'Good', wallMs);
  }

  #put(cell: Cell | undefined, value: number | boolean, wallMs: number): void {
    if (cell !== undefined) this.#image.putIfChanged(cell, value, 'Good', wallMs);
  }
}
