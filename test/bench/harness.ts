import type { CommandAction } from '../../machine/commands/command.ts';
import type { Core, ScanResult } from '../../machine/core.ts';
import { createCore } from '../../machine/create-core.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import type { FieldReading, ModuleStatus } from '../../machine/field.ts';
import type { Now } from '../../machine/signal.ts';
import { Plant } from '../machine/plant.ts';
import { operator } from '../machine/rig.ts';
import { largeMachine, measurementLimit, measurementsOf, type LargeSize } from './large-machine.ts';

const noCommands: readonly never[] = [];

/** A large machine at work: core and plant, every polled signal with a new reading in every scan. */
export class LargeHarness {
  readonly declaration: MachineDeclaration;
  readonly core: Core;
  readonly #plant: Plant;
  readonly #measurements: readonly string[];
  readonly #size: LargeSize;
  #nowMs = 1_000;
  #scans = 0;
  #last: ScanResult;

  constructor(size: LargeSize) {
    this.#size = size;
    this.declaration = largeMachine(size);
    this.core = createCore(this.declaration, null, this.now);
    this.#plant = new Plant(this.declaration, 200);
    this.#measurements = measurementsOf(this.declaration);
    this.#last = this.#step();
  }

  get now(): Now {
    return { monotonicMs: this.#nowMs, wallMs: 1_790_000_000_000 + this.#nowMs };
  }

  get last(): ScanResult {
    return this.#last;
  }

  scan(...actions: readonly CommandAction[]): void {
    this.#nowMs += this.declaration.scanPeriodMs;
    this.#scans++;
    this.#plant.advance(this.#last.outputs, this.declaration.scanPeriodMs / 1_000);
    this.core.receive(this.#readings(), this.now);
    this.#last = this.#step(actions);
  }

  /** @throws Error when it does not get there: then something is wrong with the generated machine */
  toRunning(): this {
    const { zones, drives } = this.declaration;
    for (const { setpoint } of zones) this.scan({ name: 'write', signal: setpoint, value: 200 });
    for (const { setpoint } of drives) this.scan({ name: 'write', signal: setpoint, value: 100 });
    this.scan({ name: 'heat', on: true });
    this.#until('READY');
    this.scan({ name: 'start' });
    this.#until('RUNNING');
    return this;
  }

  #until(state: string): void {
    for (let scan = 0; scan < 2_000; scan++) {
      if (this.#last.status.state === state) return;
      this.scan();
    }
    const standing = this.core.alarms().filter(({ trip }) => trip);
    const why = [...standing.map(({ id }) => id), ...this.#last.status.blockers.map(({ text }) => text)].slice(0, 5);
    throw new Error(`the large machine is ${this.#last.status.state} and not ${state}: ${why.join('; ')}`);
  }

  #step(actions: readonly CommandAction[] = noCommands): ScanResult {
    const commands = actions.map((action, place) => ({
      id: `c${this.#scans}-${place}`,
      action,
      principal: operator,
      origin: 'rest' as const,
    }));
    const input = { modules: this.#modules(), commands, overrun: false, configurationUnconfirmed: false };
    return this.core.step(input, this.now);
  }

  #readings(): FieldReading[] {
    const { monotonicMs: atMs, wallMs } = this.now;
    const readings: FieldReading[] = [];
    for (const [signal, value] of this.#plant.readings(this.#last.outputs)) {
      readings.push({ signal, value, quality: 'Good', atMs, wallMs });
    }
    for (const [place, signal] of this.#measurements.entries()) {
      const base = place < this.#size.alarmsActive ? measurementLimit + 10 : measurementLimit - 30;
      const value = base + ((this.#scans + place) % 7);
      readings.push({ signal, value, quality: 'Good', atMs, wallMs });
    }
    return readings;
  }

  #modules(): ModuleStatus[] {
    return this.declaration.modules.map(({ id, line, simulated, pollPeriodMs }) => ({
      id,
      line,
      simulated,
      pollPeriodMs,
      lastAnswerAtMs: this.#nowMs,
      verified: true,
      demoted: false,
      lastError: null,
      mismatches: [],
    }));
  }
}
