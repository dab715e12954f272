import type { Acquisition } from '../acquisition/acquisition.ts';
import { alarmNames } from '../alarms/guard-alarms.ts';
import type { DecidedCommand } from '../core.ts';
import type { MachineControl } from '../control/machine-control.ts';
import {
  commsReason,
  configurationReason,
  estopReason,
  powerReason,
  staleReason,
  startBlockers,
  unverifiedReason,
  type PermissiveGround,
} from '../control/permissives.ts';
import { isTrue, type Image } from '../image.ts';
import type { Settings } from '../settings.ts';
import type { Now, SignalValue } from '../signal.ts';
import { ClearRequest } from './clear-alarms.ts';
import type { Command, CommandAction, CommandOutcome, Reason } from './command.ts';
import { done, noted, refused, type Decision } from './decision.ts';
import { namelessReason, permissionReason, roleFor } from './permission.ts';
import { loadRecipe, type RecipeGround } from './load-recipe.ts';
import { onAlarm } from './on-alarm.ts';
import { ReadBack } from './read-back.ts';
import { testZone } from './test-zone.ts';
import { tuning } from './tuning.ts';
import { notWritable, writeOutput } from './write-output.ts';
import { writeSetting } from './write-setting.ts';

export interface GateGround extends PermissiveGround, RecipeGround {
  readonly image: Image;
  readonly acquisition: Acquisition;
  readonly settings: Settings;
  readonly control: MachineControl;
}

type Write = Extract<CommandAction, { name: 'write' }>;
type SetMode = Extract<CommandAction, { name: 'setMode' }>;

/**
 * The one gate: known → permitted → valid → interlocks → applied. Stop, emergency stop and heat off pass every interlock.
 * Each command gets exactly one outcome, at once or, when a module has to answer first, in a later scan.
 */
export class Gate {
  readonly #ground: GateGround;
  #clears: ClearRequest[] = [];
  #writes: ReadBack[] = [];
  #decided: DecidedCommand[] = [];

  constructor(ground: GateGround) {
    this.#ground = ground;
  }

  take(command: Command, now: Now): void {
    this.conclude(command, this.#decide(command, now));
  }

  /** Notes an outcome; also for what was decided outside a scan. */
  conclude(command: Command, decision: Decision): void {
    if (decision === 'later') return;
    const { state } = this.#ground.control.situation;
    const outcome: CommandOutcome = { ...decision, commandId: command.id, state };
    this.#decided.push({ command, outcome });
  }

  /** Asks those that wait. */
  pursue(now: Now): void {
    if (this.#clears.length > 0) {
      this.#clears = this.#clears.filter((request) => this.#waits(request.command, request.judge(now)));
    }
    if (this.#writes.length > 0) {
      const { outputs, situation } = this.#ground.control;
      this.#writes = this.#writes.filter((write) =>
        this.#waits(write.command, write.judge(outputs.board, situation.state, now.monotonicMs)),
      );
    }
  }

  takeDecided(): readonly DecidedCommand[] {
    if (this.#decided.length === 0) return [];
    const decided = this.#decided;
    this.#decided = [];
    return decided;
  }

  #decide(command: Command, now: Now): Decision {
    const { action, principal } = command;
    const { alarms, declaration } = this.#ground;
    if (action.name === 'write' && !declaration.signals.has(action.signal)) {
      return refused('unknown', {
        code: 'UNKNOWN_SIGNAL',
        text: `There is no signal ${action.signal}. Look it up in the list of signals.`,
      });
    }
    const forbidden = namelessReason(principal, action) ?? permissionReason(principal, roleFor(action, declaration));
    if (forbidden !== null) return refused('permission', forbidden);
    switch (action.name) {
      case 'heat':
        return this.#heat(action.on);
      case 'start':
        return this.#start(command);
      case 'stop':
        return this.#stop();
      case 'emergencyStop':
        return this.#emergencyStop(now);
      case 'setMode':
        return this.#setMode(action);
      case 'clearAlarms':
        this.#clears.push(new ClearRequest(command, this.#ground));
        return 'later';
      case 'write':
        return this.#write(command, action);
      case 'acknowledge':
      case 'comment':
      case 'shelve':
      case 'unshelve':
      case 'setInService':
        return onAlarm({ alarms, annunciation: declaration.annunciation }, action, command, now);
      case 'loadRecipe':
        return loadRecipe(this.#ground, action);
      case 'tune':
      case 'abortTuning':
      case 'applyTuning':
        return tuning(this.#ground, action);
      case 'testZone':
        return testZone(this.#ground, action);
      case 'blockStart':
        break;
    }
    return this.#blockStart(action.blocked, action.reason);
  }

  #heat(on: boolean): Decision {
    const { control, settings, image, declaration } = this.#ground;
    const { situation } = control;
    const cell = image.cell(declaration.heating.enabled);
    if (!on) {
      const wasOn = situation.heatingOn;
      control.heatOff();
      settings.set(cell, false, situation.wallMs);
      return wasOn
        ? { accepted: true, before: true, after: false }
        : noted('Heating was off already; nothing changed.');
    }
    if (situation.heatingOn) return noted('Heating is on already; nothing changed.');
    const reasons = this.#heatBlockers();
    if (reasons.length > 0) return refused('state', ...reasons);
    control.heatOn();
    settings.set(cell, true, situation.wallMs);
    return { accepted: true, before: false, after: true };
  }

  #heatBlockers(): Reason[] {
    const { control, equipment, acquisition, declaration } = this.#ground;
    const { state, configurationUnconfirmed } = control.situation;
    const reasons: Reason[] = [];
    if (state !== 'IDLE') {
      const next = state === 'ALARM' ? 'Mend the cause of the trip and clear the alarms' : 'Wait until it stands';
      const text = `Heating is switched on in IDLE; the machine is ${state}. ${next}.`;
      reasons.push({ code: 'WRONG_STATE', text, actual: state, required: 'IDLE' });
    }
    if (configurationUnconfirmed) reasons.push(configurationReason());
    if (!isTrue(equipment.estop.raw)) reasons.push(estopReason(equipment));
    for (const { channel, declaration: sensor } of equipment.vital) {
      if (!channel.isGood) reasons.push(staleReason(sensor.title, channel.raw.sample.quality));
    }
    if (!equipment.power.isGood) reasons.push(powerReason(equipment));
    const heaters = [declaration.heating.contactor, declaration.heating.power];
    for (const zone of declaration.zones) heaters.push(zone.output);
    for (const module of new Set(heaters.map((signal) => acquisition.channel(signal).module))) {
      if (module.lost || module.lastAnswerAtMs === null) reasons.push(commsReason(module.id));
      else if (!module.verified) reasons.push(unverifiedReason(module.id));
    }
    return reasons;
  }

  #start({ principal }: Command): Decision {
    const { control } = this.#ground;
    const reasons = startBlockers(this.#ground, control.situation);
    if (reasons.length > 0) return refused('state', ...reasons);
    control.start(principal);
    return done;
  }

  #stop(): Decision {
    const { control } = this.#ground;
    const { state, mode } = control.situation;
    if (state === 'STOPPING') return noted('The machine is stopping already.');
    if (state === 'STARTING' || state === 'RUNNING') {
      control.stop();
      return done;
    }
    const wasOn = mode === 'MANUAL' && control.zeroManual();
    return wasOn ? done : noted('Nothing was running; nothing changed.');
  }

  #emergencyStop(now: Now): Decision {
    const { alarms, control, equipment } = this.#ground;
    const { value, quality } = equipment.estop.raw.sample;
    alarms.point(alarmNames.estop).report(true, true, value, quality);
    alarms.settle(now);
    control.trip();
    return done;
  }

  #setMode({ mode }: SetMode): Decision {
    const { control } = this.#ground;
    const { state, mode: before } = control.situation;
    if (mode === before) return noted(`The machine is in ${mode} already.`);
    if (state !== 'IDLE' && state !== 'HEATING' && state !== 'READY') {
      const text = `The mode changes only in IDLE, HEATING or READY; the machine is ${state}. Stop it first.`;
      return refused('state', { code: 'WRONG_STATE', text, actual: state, required: 'IDLE' });
    }
    if (!control.drives.allStand) {
      const text = 'The mode changes only at standstill; a drive turns, or is not known to stand. Stop it first.';
      return refused('state', { code: 'DRIVES_TURNING', text, actual: true, required: false });
    }
    control.setMode(mode);
    return { accepted: true, before, after: mode };
  }

  #write(command: Command, action: Write): Decision {
    const { image, acquisition, declaration, control } = this.#ground;
    const { signal, value, reason } = action;
    const cell = image.cell(signal);
    if (cell.declaration.direction === 'output') {
      const channel = acquisition.channel(signal);
      const decision = writeOutput(this.#ground, channel, value);
      if (decision !== 'later' || typeof value === 'string' || value === null) return decision;
      const ramped = declaration.drives.some((drive) => drive.command === signal);
      const { nowMs } = control.situation;
      const withinSeconds = declaration.commands.confirmSeconds;
      this.#writes.push(new ReadBack(command, channel, value, { ramped, nowMs, withinSeconds }));
      return 'later';
    }
    if (cell.declaration.direction !== 'setting') return refused('invalid', notWritable(cell.declaration));
    if (signal === declaration.heating.enabled || signal === 'machine.startBlockedByClient') {
      return this.#writeSwitch(signal, value, reason ?? '');
    }
    return writeSetting(this.#ground, cell, value);
  }

  /** Two settings are commands of their own, whichever way they come. */
  #writeSwitch(signal: string, value: SignalValue, reason: string): Decision {
    if (typeof value !== 'boolean') {
      const text = `${signal} takes true or false; ${JSON.stringify(value)} was asked for.`;
      return refused('invalid', { code: 'WRONG_TYPE', text, actual: value, required: 'true or false' });
    }
    return signal === this.#ground.declaration.heating.enabled ? this.#heat(value) : this.#blockStart(value, reason);
  }

  #blockStart(blocked: boolean, reason: string): Decision {
    const { settings, image, control } = this.#ground;
    const { situation } = control;
    const before = situation.startBlockReason !== null;
    settings.changed ||= situation.startBlockReason !== (blocked ? reason : null);
    situation.startBlockReason = blocked ? reason : null;
    const cell = image.find('machine.startBlockedByClient');
    if (cell !== undefined) settings.set(cell, blocked, situation.wallMs);
    return { accepted: true, before, after: blocked };
  }

  #waits(command: Command, decision: Decision): boolean {
    if (decision === 'later') return true;
    this.conclude(command, decision);
    return false;
  }
}
