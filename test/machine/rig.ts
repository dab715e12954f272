import type { AlarmEvent, AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import type { CommandAction, CommandOutcome, Principal, Reason } from '../../machine/commands/command.ts';
import type { MachineState } from '../../machine/control/state.ts';
import type { CompletedCycle, Core, DecidedCommand, RetainedState, ScanResult } from '../../machine/core.ts';
import { createCore } from '../../machine/create-core.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import type { FieldReading, ModuleStatus, OutputMismatch } from '../../machine/field.ts';
import type { Quality } from '../../machine/quality.ts';
import type { Now, Sample, SignalValue } from '../../machine/signal.ts';
import { factoryMachine } from './factory.ts';
import { Plant, type PlantOptions } from './plant.ts';

export const operator: Principal = { name: 'olga', role: 'operator', kind: 'person' };
export const engineer: Principal = { name: 'erik', role: 'engineer', kind: 'person' };
export const observer: Principal = { name: 'otto', role: 'observer', kind: 'person' };

/** What a test makes of one signal's readings: a value, a verdict of the device, or nothing (`lost`). */
export type Injected = number | boolean | Quality | 'lost';

const epochMs = Date.UTC(2026, 10, 23, 6);

export interface RigOptions {
  readonly declaration?: MachineDeclaration;
  readonly retained?: RetainedState | null;
  readonly temperatureC?: number;
  readonly plant?: Partial<PlantOptions>;
  /** Time of the first scan, ms. */
  readonly startMs?: number;
  /** What makes the core; a test may put something around it. */
  readonly create?: typeof createCore;
}

/** A core with a plant behind it, read and written once per scan; time passes only by `scan`. */
export class Rig {
  readonly declaration: MachineDeclaration;
  core: Core;
  readonly plant: Plant;
  readonly injected = new Map<string, Injected>();
  readonly silent = new Set<string>();
  readonly unverified = new Set<string>();
  /** Modules that their driver only probes, and what it says of each. */
  readonly demoted = new Set<string>();
  readonly lastErrors = new Map<string, string>();
  readonly events: AlarmEvent[] = [];
  readonly outcomes: DecidedCommand[] = [];
  /** Ids of the commands that went into the last scan. */
  asked: readonly string[] = [];
  readonly cycles: CompletedCycle[] = [];
  readonly states: MachineState[] = ['IDLE'];
  mismatches: OutputMismatch[] = [];
  overrun = false;
  configurationUnconfirmed = false;
  /** Added to the wall clock, ms. */
  clockStepMs = 0;
  /** Outputs stay unread: the modules do not do as they are told. */
  outputsRead = true;
  last: ScanResult;
  nowMs: number;
  readonly #answeredAtMs = new Map<string, number>();
  readonly #startMs: number;
  readonly #create: typeof createCore;
  #commands = 0;

  constructor(options: RigOptions = {}) {
    this.declaration = options.declaration ?? factoryMachine();
    this.nowMs = this.#startMs = options.startMs ?? 1_000;
    this.#create = options.create ?? createCore;
    this.core = this.#create(this.declaration, options.retained ?? null, this.now);
    this.plant = new Plant(this.declaration, options.temperatureC ?? 23, options.plant);
    this.last = this.#step([]);
    this.#note();
  }

  get now(): Now {
    return { monotonicMs: this.nowMs, wallMs: epochMs + this.nowMs - this.#startMs + this.clockStepMs };
  }

  get state(): MachineState {
    return this.last.status.state;
  }

  /** One scan with fresh readings before it. */
  scan(
    ...actions: readonly { readonly action: CommandAction; readonly by?: Principal; readonly id?: string }[]
  ): ScanResult {
    const periodMs = this.declaration.scanPeriodMs;
    this.nowMs += periodMs;
    this.plant.advance(this.last.outputs, periodMs / 1_000);
    this.core.receive(this.#readings(), this.now);
    this.last = this.#step(actions);
    this.#note();
    return this.last;
  }

  /** No scan for so long: the next one finds the machine later. */
  pause(ms: number): void {
    this.nowMs += ms;
    this.plant.advance(this.last.outputs, ms / 1_000);
  }

  /** The control process ends and comes up again with what it kept on the disk; nothing has been read yet. */
  restart(): void {
    const retained = JSON.parse(JSON.stringify(this.core.retained())) as RetainedState;
    this.#answeredAtMs.clear();
    this.core = this.#create(this.declaration, retained, this.now);
    this.last = this.#step([]);
    this.#note();
  }

  run(seconds: number): void {
    const untilMs = this.nowMs + seconds * 1_000;
    while (this.nowMs < untilMs) this.scan();
  }

  /** @returns seconds until `condition` held */
  until(condition: () => boolean, withinSeconds: number): number {
    const sinceMs = this.nowMs;
    while (!condition()) {
      if (this.nowMs - sinceMs > withinSeconds * 1_000) {
        throw new Error(
          `not within ${withinSeconds} s: ${condition.toString()}; the machine is ${this.state}, ${this.standing().join(', ')}`,
        );
      }
      this.scan();
    }
    return (this.nowMs - sinceMs) / 1_000;
  }

  /** Asks, and scans until the answer is there. */
  ask(action: CommandAction, by: Principal = operator): CommandOutcome {
    const id = `c${++this.#commands}`;
    this.scan({ action, by, id });
    for (let scans = 0; scans < 20; scans++) {
      const found = this.outcomes.find(({ command }) => command.id === id);
      if (found !== undefined) return found.outcome;
      this.scan();
    }
    throw new Error(`no outcome for ${action.name}`);
  }

  write(signal: string, value: SignalValue, by: Principal = operator): CommandOutcome {
    return this.ask({ name: 'write', signal, value }, by);
  }

  sample(signal: string): Sample {
    const sample = this.core.samples().get(signal);
    if (sample === undefined) throw new RangeError(`no signal ${signal}`);
    return sample;
  }

  output(signal: string): number | boolean | undefined {
    return this.last.outputs.get(signal);
  }

  alarm(id: string): AlarmOccurrence | undefined {
    return this.core.alarms().find((occurrence) => occurrence.id === id);
  }

  /** Alarms that are announced and active, by id. */
  standing(): string[] {
    return this.core
      .alarms()
      .filter(({ active, suppressedBy }) => active && suppressedBy === null)
      .map(({ id }) => id);
  }

  blockers(): string[] {
    return this.last.status.blockers.map(({ code }) => code);
  }

  /** At temperature and soaked, with speeds set. The barrel is found hot: no reading may have been taken before. */
  toReady(setpointC = 200): this {
    this.plant.warm(setpointC);
    this.write('heater.zone1.setpoint', setpointC);
    this.write('heater.zone2.setpoint', setpointC);
    this.write('motor.main.setpoint', 300);
    this.write('motor.feed.setpoint', 100);
    const heat = this.ask({ name: 'heat', on: true });
    if (!heat.accepted) throw new Error(`heat on was refused: ${codes(heat).join(', ')}`);
    this.until(() => this.state === 'READY', 120);
    return this;
  }

  toRunning(): this {
    this.toReady();
    const start = this.ask({ name: 'start' });
    if (!start.accepted) throw new Error(`start was refused: ${codes(start).join(', ')}`);
    this.until(() => this.state === 'RUNNING', 30);
    return this;
  }

  #step(
    actions: readonly { readonly action: CommandAction; readonly by?: Principal; readonly id?: string }[],
  ): ScanResult {
    const commands = actions.map(({ action, by, id }) => ({
      id: id ?? `c${++this.#commands}`,
      action,
      principal: by ?? operator,
      origin: 'rest' as const,
    }));
    this.asked = commands.map(({ id }) => id);
    const { overrun, configurationUnconfirmed } = this;
    return this.core.step({ modules: this.#modules(), commands, overrun, configurationUnconfirmed }, this.now);
  }

  #note(): void {
    this.events.push(...this.last.alarms);
    this.outcomes.push(...this.last.outcomes);
    this.cycles.push(...this.last.cycles);
    if (this.states.at(-1) !== this.last.status.state) this.states.push(this.last.status.state);
  }

  #readings(): FieldReading[] {
    const readings: FieldReading[] = [];
    const { monotonicMs: atMs, wallMs } = this.now;
    for (const [signal, truth] of this.plant.readings(this.last.outputs)) {
      const declared = this.declaration.signals.get(signal);
      const module = declared?.source?.module ?? '';
      if (this.silent.has(module)) continue;
      this.#answeredAtMs.set(module, atMs);
      if (declared?.direction === 'output' && !this.outputsRead) continue;
      const injected = this.injected.get(signal);
      if (injected === 'lost') continue;
      if (typeof injected === 'string') readings.push({ signal, value: null, quality: injected, atMs, wallMs });
      else readings.push({ signal, value: injected ?? truth, quality: 'Good', atMs, wallMs });
    }
    return readings;
  }

  #modules(): ModuleStatus[] {
    return this.declaration.modules.map(({ id, line, simulated, pollPeriodMs }) => ({
      id,
      line,
      simulated,
      pollPeriodMs,
      lastAnswerAtMs: this.#answeredAtMs.get(id) ?? null,
      verified: !this.unverified.has(id) && this.#answeredAtMs.has(id),
      demoted: this.demoted.has(id),
      lastError: this.lastErrors.get(id) ?? null,
      mismatches: this.mismatches.filter(({ signal }) => this.declaration.signals.get(signal)?.source?.module === id),
    }));
  }
}

export function reasonsOf(outcome: CommandOutcome): readonly Reason[] {
  return outcome.accepted ? [] : outcome.reasons;
}

export function codes(outcome: CommandOutcome): string[] {
  return reasonsOf(outcome).map(({ code }) => code);
}
