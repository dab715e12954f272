import { Acquisition } from './acquisition/acquisition.ts';
import type { Channel } from './acquisition/channel.ts';
import type { AlarmOccurrence } from './alarms/alarm.ts';
import { AlarmEngine } from './alarms/engine.ts';
import { gatewayAlarmIds, guardAlarmIds } from './alarms/guard-alarms.ts';
import { limitAlarms } from './alarms/limit-alarms.ts';
import { causesFirst } from './alarms/order.ts';
import type { Command, Principal } from './commands/command.ts';
import { refused } from './commands/decision.ts';
import { Gate } from './commands/gate.ts';
import { Cycles } from './control/cycles.ts';
import { MachineControl } from './control/machine-control.ts';
import { startBlockers } from './control/permissives.ts';
import { ZoneTests } from './control/zone-tests.ts';
import type { Core, RetainedState, ScanInput, ScanResult } from './core.ts';
import type { MachineDeclaration } from './declaration.ts';
import { Derived } from './derived.ts';
import type { DriveStatus } from './drive-status.ts';
import { resolveEquipment, type Equipment } from './equipment.ts';
import type { FieldReading, ModuleStatus } from './field.ts';
import { Image, numberOf } from './image.ts';
import type { Guard } from './interlocks/guard.ts';
import { interlocks } from './interlocks/interlocks.ts';
import { Learning } from './model/learning.ts';
import { LoadedRecipe } from './recipes/loaded-recipe.ts';
import { hasRecipeForm, unreadableRecipe } from './recipes/recipe-form.ts';
import type { RetainedRecipe } from './recipes/recipe.ts';
import { Settings } from './settings.ts';
import type { Now, Sample, SignalUpdate } from './signal.ts';
import { initialSituation, longestStepSeconds, type Situation } from './situation.ts';
import { StatusBoard } from './status-board.ts';
import { ZoneBoard } from './zone-board.ts';
import type { ZoneStatus } from './zone-status.ts';

/** The panel's buttons act as this account. */
const panel: Principal = { name: 'panel', role: 'operator', kind: 'panel' };

/** Gains that turned out worse are taken back by this account, through the gate, so that the audit has it. */
const system: Principal = { name: 'system', role: 'engineer', kind: 'system' };

/** Running hours are kept in steps of this, in h: a crash loses half a minute. */
const retainedHoursStep = 0.01;

/**
 * The control core of the machine that `declaration` declares.
 *
 * @param retained what the core before this one left; null on the very first start
 * @throws RangeError when the declaration refers to what it does not declare: the configuration check has a hole
 */
export function createCore(declaration: MachineDeclaration, retained: RetainedState | null, now: Now): Core {
  return new ControlCore(declaration, retained, now);
}

class ControlCore implements Core {
  readonly #image: Image;
  readonly #acquisition: Acquisition;
  readonly #equipment: Equipment;
  readonly #situation: Situation;
  readonly #settings: Settings;
  readonly #recipe: LoadedRecipe;
  readonly #alarms: AlarmEngine;
  readonly #guards: readonly Guard[];
  readonly #control: MachineControl;
  readonly #gate: Gate;
  readonly #derived: Derived;
  readonly #status: StatusBoard;
  readonly #zones: ZoneBoard;
  readonly #learning: Learning;
  readonly #zoneTests: ZoneTests;
  readonly #panelStart: Channel | undefined;
  readonly #panelStop: Channel | undefined;
  #lastStep: Now;
  #panelCommands = 0;
  #retainedHours: number;

  constructor(declaration: MachineDeclaration, retained: RetainedState | null, now: Now) {
    this.#lastStep = now;
    this.#image = new Image(declaration, now.wallMs);
    this.#acquisition = new Acquisition(declaration, this.#image, now.monotonicMs);
    this.#equipment = resolveEquipment(declaration, this.#image, this.#acquisition);
    this.#situation = initialSituation(now.monotonicMs, now.wallMs);
    this.#settings = new Settings(declaration, this.#image, retained, now);
    this.#alarms = new AlarmEngine(ownAlarms(declaration), declaration.annunciation, retained?.alarms ?? []);
    const ground = { declaration, equipment: this.#equipment, alarms: this.#alarms };
    this.#learning = new Learning(declaration, this.#equipment, retained?.models);
    this.#guards = [...interlocks(ground), limitAlarms(declaration, this.#image, this.#alarms)];
    const cycles = new Cycles(retained?.cycles ?? 0, retained?.runningHours ?? 0);
    this.#control = new MachineControl(declaration, this.#equipment, this.#situation, cycles);
    const { readiness, heating } = this.#control;
    this.#recipe = new LoadedRecipe({ declaration, equipment: this.#equipment, settings: this.#settings, heating });
    this.#zoneTests = new ZoneTests({ ...ground, heating });
    const permissives = { ...ground, readiness, zoneTests: this.#zoneTests };
    this.#gate = new Gate({
      ...permissives,
      image: this.#image,
      acquisition: this.#acquisition,
      settings: this.#settings,
      control: this.#control,
      recipe: this.#recipe,
      zones: () => this.zones(),
      drives: () => this.drives(),
    });
    this.#derived = new Derived(this.#image, retained?.heartbeat ?? 0);
    this.#status = new StatusBoard(() => startBlockers(permissives, this.#situation), this.#alarms, this.#recipe);
    this.#zones = new ZoneBoard({
      equipment: this.#equipment,
      readiness,
      learning: this.#learning,
      tuning: this.#control.tuning,
    });
    this.#panelStart = this.#acquisition.find(declaration.panel.start);
    this.#panelStop = this.#acquisition.find(declaration.panel.stop);
    this.#retainedHours = cycles.runningHours;
    this.#restore(retained);
  }

  receive(readings: readonly FieldReading[]): readonly SignalUpdate[] {
    this.#acquisition.receive(readings);
    return this.#image.takeChanges();
  }

  refresh(modules: readonly ModuleStatus[], now: Now): readonly SignalUpdate[] {
    this.#acquisition.refresh(modules, now.monotonicMs);
    return this.#image.takeChanges();
  }

  step(input: ScanInput, now: Now): ScanResult {
    this.#begin(input, now);
    this.#judge(now);
    this.#learning.observe(this.#situation);
    for (const command of input.commands) this.#gate.take(command, now);
    this.#takePanel(now);
    this.#takeTuning(now);
    this.#gate.pursue(now);
    const control = this.#control;
    const situation = this.#situation;
    this.#zoneTests.advance(situation);
    control.advance();
    if (this.#alarms.tripLatched) control.trip();
    const outputs = control.compose(this.#alarms.summary().unacknowledged > 0);
    this.#settings.showHeating(situation.heatingOn, situation.wallMs);
    this.#derived.beat();
    const { status, changed } = this.#status.refresh(situation);
    this.#derived.publish(situation, status.startPermitted, control.cycles);
    const alarms = this.#alarms.takeEvents();
    const cycles = control.takeCompleted();
    return {
      updates: this.#image.takeChanges(),
      outputs,
      status,
      statusChanged: changed,
      outcomes: this.#gate.takeDecided(),
      alarms,
      cycles,
      retain: this.#mustRetain(alarms.length > 0 || cycles.length > 0),
    };
  }

  samples(): ReadonlyMap<string, Sample> {
    return this.#image.samples;
  }

  alarms(): readonly AlarmOccurrence[] {
    return this.#alarms.standing();
  }

  zones(): readonly ZoneStatus[] {
    return this.#zones.status(this.#situation);
  }

  drives(): readonly DriveStatus[] {
    return this.#equipment.drives.map(({ declaration: { id, title }, maximumRpm }) => ({ id, title, maximumRpm }));
  }

  retained(): RetainedState {
    const { cycles } = this.#control;
    return {
      version: 1,
      ...this.#settings.retained(),
      alarms: this.#alarms.standing(),
      cycles: cycles.count,
      runningHours: cycles.runningHours,
      heartbeat: this.#derived.heartbeat,
      startBlockReason: this.#situation.startBlockReason,
      models: this.#learning.retained(),
      gains: this.#control.tuning.retained(),
      recipe: this.#recipe.retained(),
    };
  }

  #restore(retained: RetainedState | null): void {
    this.#control.tuning.restore(retained?.gains ?? {});
    const blocked = this.#image.find('machine.startBlockedByClient')?.sample.value === true;
    this.#situation.startBlockReason = blocked ? (retained?.startBlockReason ?? '') : null;
    this.#restoreRecipe(retained?.recipe ?? null);
    if (this.#alarms.tripLatched) this.#control.trip();
    this.#derived.publish(this.#situation, false, this.#control.cycles);
    this.#settings.changed = false;
    this.#image.takeChanges();
  }

  /** A recipe that today's configuration would refuse is not in force any more, and the audit says why. */
  #restoreRecipe(retained: RetainedRecipe | null): void {
    const reasons = this.#recipe.restore(retained);
    if (reasons.length === 0) return;
    const id = `recipe-${Math.floor(this.#lastStep.wallMs).toString(36)}`;
    const recipe = hasRecipeForm(retained?.recipe) ? retained.recipe : unreadableRecipe;
    const action = { name: 'loadRecipe', recipe } as const;
    this.#gate.conclude({ id, action, principal: system, origin: 'system' }, refused('invalid', ...reasons));
  }

  #begin(input: ScanInput, now: Now): void {
    const situation = this.#situation;
    const passedMs = now.monotonicMs - this.#lastStep.monotonicMs;
    situation.clockStepMs = now.wallMs - this.#lastStep.wallMs - passedMs;
    situation.dtSeconds = Math.min(longestStepSeconds, Math.max(0, passedMs / 1_000));
    situation.nowMs = now.monotonicMs;
    situation.wallMs = now.wallMs;
    situation.overrun = input.overrun;
    situation.configurationUnconfirmed = input.configurationUnconfirmed;
    this.#lastStep = now;
    this.#acquisition.refresh(input.modules, now.monotonicMs);
    for (const zone of this.#equipment.zones) {
      zone.duties.push(now.monotonicMs, zone.dutyPercent);
      if (zone.sensor.channel.isGood) zone.trail.push(now.monotonicMs, numberOf(zone.sensor.channel.raw));
      else zone.trail.restart();
    }
  }

  /** Interlocks before commands, commands before outputs. */
  #judge(now: Now): void {
    for (const guard of this.#guards) guard(this.#situation);
    this.#alarms.settle(now);
    if (this.#alarms.tripLatched) this.#control.trip();
  }

  /** The stop button comes last, so that it wins over a start pressed with it. */
  #takePanel(now: Now): void {
    if ((this.#panelStart?.takeRisingEdges() ?? 0) > 0) this.#gate.take(this.#panelCommand('start', now), now);
    if ((this.#panelStop?.takeRisingEdges() ?? 0) > 0) this.#gate.take(this.#panelCommand('stop', now), now);
  }

  #takeTuning(now: Now): void {
    for (const { zone, reason } of this.#control.tuning.worse()) {
      const id = `tuning-${zone}-${Math.floor(now.wallMs).toString(36)}`;
      const action = { name: 'abortTuning', zone, reason } as const;
      this.#gate.take({ id, action, principal: system, origin: 'system' }, now);
    }
  }

  #panelCommand(name: 'start' | 'stop', now: Now): Command {
    const id = `panel-${Math.floor(now.wallMs).toString(36)}-${++this.#panelCommands}`;
    return { id, action: { name }, principal: panel, origin: 'panel', station: 'panel' };
  }

  #mustRetain(happened: boolean): boolean {
    const { cycles, tuning } = this.#control;
    const { runningHours } = cycles;
    const hoursDue = runningHours - this.#retainedHours >= retainedHoursStep;
    if (hoursDue) this.#retainedHours = runningHours;
    const happenedElsewhere = this.#learning.takeChanged() || this.#settings.changed || tuning.changed;
    const retain = happened || hoursDue || happenedElsewhere;
    this.#settings.changed = false;
    tuning.changed = false;
    return retain;
  }
}

/**
 * The machine's alarms in the order in which causes come before what follows from them.
 *
 * @throws RangeError naming every guard's alarm that is not declared
 */
function ownAlarms(declaration: MachineDeclaration) {
  const guarded = guardAlarmIds(declaration);
  const declared = new Set(declaration.alarms.map((alarm) => alarm.id));
  const missing = guarded.filter((id) => !declared.has(id));
  if (missing.length > 0) throw new RangeError(`alarms that guards raise are not declared: ${missing.join(', ')}`);
  return causesFirst(
    declaration.alarms.filter((alarm) => !gatewayAlarmIds.includes(alarm.id)),
    guarded,
  );
}
