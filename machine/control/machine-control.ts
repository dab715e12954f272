import type { Principal } from '../commands/command.ts';
import type { CompletedCycle } from '../core.ts';
import type { MachineDeclaration } from '../declaration.ts';
import type { Equipment } from '../equipment.ts';
import type { OutputImage } from '../field.ts';
import type { Situation } from '../situation.ts';
import { Tuning } from '../tuning/tuning.ts';
import { Cycles } from './cycles.ts';
import { Drives } from './drives.ts';
import { Heating } from './heating.ts';
import { Outputs } from './outputs.ts';
import { Readiness } from './readiness.ts';
import { Sequence } from './sequence.ts';
import type { MachineMode } from './state.ts';
import { nextState, type MachineEvent } from './transitions.ts';

/** What the machine does: its state, its sequences, and through them heating, drives and outputs. */
export class MachineControl {
  readonly situation: Situation;
  readonly heating: Heating;
  readonly drives: Drives;
  readonly outputs: Outputs;
  readonly readiness: Readiness;
  readonly tuning: Tuning;
  readonly cycles: Cycles;
  readonly #equipment: Equipment;
  readonly #start: Sequence;
  readonly #stop: Sequence;
  #completed: CompletedCycle[] = [];

  constructor(declaration: MachineDeclaration, equipment: Equipment, situation: Situation, cycles: Cycles) {
    this.situation = situation;
    this.#equipment = equipment;
    this.cycles = cycles;
    this.heating = new Heating(declaration, equipment);
    this.drives = new Drives(declaration.commands, equipment);
    this.outputs = new Outputs(declaration, equipment);
    this.readiness = new Readiness(declaration.heating, equipment);
    const { heating, readiness } = this;
    this.tuning = new Tuning({ declaration, equipment, heating, readiness }, situation);
    this.#start = new Sequence(declaration.sequences.start);
    this.#stop = new Sequence(declaration.sequences.stop);
  }

  heatOn(): void {
    this.heating.on(this.situation);
    this.#fire('heatOn');
  }

  /** Duties are 0 at once; drives that turn are stopped by their sequence. */
  heatOff(): void {
    this.tuning.interrupt('heatingOff');
    this.heating.off(this.situation);
    this.#stopBy('heatOff');
  }

  start(by: Principal): void {
    this.#start.start(this.situation.nowMs);
    this.cycles.started(by, this.situation.wallMs);
    this.#fire('start');
  }

  stop(): void {
    this.#stopBy('stop');
  }

  /** The emergency sequence: drives and heaters off at once, cooling as declared. */
  trip(): void {
    if (this.situation.state === 'ALARM') return;
    this.tuning.interrupt('trip');
    this.heating.off(this.situation);
    this.drives.cut();
    this.#start.abort();
    this.#stop.abort();
    this.outputs.enterEmergency();
    this.#fire('trip');
  }

  /** No trip is latched any more. */
  clear(): void {
    this.outputs.leaveEmergency();
    this.#fire('clear');
  }

  setMode(mode: MachineMode): void {
    this.tuning.interrupt('manual');
    this.situation.mode = mode;
    this.drives.release();
    if (mode === 'MANUAL') {
      this.heating.toManual();
      this.outputs.toManual();
    } else {
      this.heating.toAuto();
      this.outputs.toAuto(this.situation.nowMs);
    }
  }

  /** Drives and duties to 0 in MANUAL. @returns whether anything was on */
  zeroManual(): boolean {
    const turning = this.#equipment.drives.some((drive) => drive.commandRpm !== 0);
    this.drives.release();
    return this.heating.zeroManual() || turning;
  }

  /** A zone is tuned or tested. */
  get isTuning(): boolean {
    return this.situation.tuningZone !== null || this.heating.anyLent;
  }

  advance(): void {
    const { situation } = this;
    this.readiness.refresh(situation);
    const { nowMs } = situation;
    for (const step of this.#start.due(nowMs)) this.drives.switch(step.drive, step.action === 'on', nowMs);
    for (const step of this.#stop.due(nowMs)) this.drives.switch(step.drive, step.action === 'on', nowMs);
    this.tuning.advance();
    this.heating.advance(situation);
    this.drives.advance(situation);
    this.#proceed();
    if (situation.state === 'RUNNING') this.cycles.run(situation.dtSeconds);
  }

  compose(unacknowledged: boolean): OutputImage {
    return this.outputs.compose(this.situation, unacknowledged, this.drives.resetIsRaised);
  }

  takeCompleted(): readonly CompletedCycle[] {
    if (this.#completed.length === 0) return [];
    const completed = this.#completed;
    this.#completed = [];
    return completed;
  }

  /** Moves on by what temperatures and drives have reached. */
  #proceed(): void {
    const { situation, readiness, drives } = this;
    const soaked = readiness.isSoaked(situation.nowMs);
    switch (situation.state) {
      case 'HEATING':
        if (soaked) this.#fire('soaked');
        break;
      case 'READY':
        if (!readiness.inBand) this.#fire('outOfBand');
        break;
      case 'STARTING':
        if (this.#start.isDone && drives.allAtSpeed) this.#fire('atSpeed');
        break;
      case 'STOPPING':
        if (!this.#stop.isDone || !drives.allStand) break;
        this.#fire(!situation.heatingOn ? 'stoppedOff' : soaked ? 'stoppedSoaked' : 'stoppedHeating');
        break;
      case 'IDLE':
      case 'RUNNING':
      case 'ALARM':
        break;
    }
  }

  /** A stop that is under way already goes on as it is. */
  #stopBy(event: MachineEvent): void {
    const { state } = this.situation;
    this.#fire(event);
    if (this.situation.state !== 'STOPPING' || state === 'STOPPING') return;
    this.#start.abort();
    this.#stop.start(this.situation.nowMs);
  }

  #fire(event: MachineEvent): void {
    const from = this.situation.state;
    const to = nextState(from, event);
    if (to === from) return;
    this.situation.state = to;
    const completed = this.cycles.changed(from, to, this.situation.wallMs);
    if (completed !== null) this.#completed.push(completed);
  }
}
