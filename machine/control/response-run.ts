import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import { liftByNeighboursK, rateKPerS } from '../interlocks/heater-model.ts';

/**
 * How far a zone answers to a step of duty: its temperature beside what its heater model expects with all duties off, and
 * with the step as its own.
 */
export class ResponseRun {
  readonly zone: Zone;
  /** The step, as a duty of this zone's heater, in %. */
  readonly #stepPercent: number;
  #seconds = 0;
  #restC: number;
  #drivenC: number;
  #alikeK2s = 0;
  #apartK2s = 0;

  constructor(zone: Zone, stepPercent: number) {
    this.zone = zone;
    this.#stepPercent = stepPercent;
    this.#restC = this.#drivenC = numberOf(zone.sensor.channel.cell);
  }

  advance(dtSeconds: number): void {
    const { model, duties, sensor } = this.zone;
    this.#seconds += dtSeconds;
    // for a dead time the duty from before the step still arrives; then nothing, or the step
    const isBefore = this.#seconds <= model.deadTimeSeconds;
    const beforePercent = isBefore ? duties.meanPercent(model.deadTimeSeconds, dtSeconds) : 0;
    const stepPercent = isBefore ? beforePercent : this.#stepPercent;
    const baseC = model.ambientC + liftByNeighboursK(this.zone);
    this.#restC += dtSeconds * rateKPerS(model, this.#restC, baseC + model.gainKPerPercent * beforePercent);
    this.#drivenC += dtSeconds * rateKPerS(model, this.#drivenC, baseC + model.gainKPerPercent * stepPercent);
    const temperatureC = numberOf(sensor.channel.cell);
    this.#alikeK2s += dtSeconds * (temperatureC - this.#restC) * (this.#drivenC - this.#restC);
    this.#apartK2s += dtSeconds * (this.#drivenC - this.#restC) ** 2;
  }

  /** What the step would have made of the zone by now, in K. */
  get expectedK(): number {
    return this.#drivenC - this.#restC;
  }

  /** 0: the step did nothing to the zone; 1: as much as the model expects of its own heater. */
  get share(): number {
    return this.#apartK2s > 0 ? this.#alikeK2s / this.#apartK2s : 0;
  }
}
