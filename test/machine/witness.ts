import assert from 'node:assert/strict';

import type { CommandAction, CommandOutcome, Principal, Reason } from '../../machine/commands/command.ts';
import { isStop } from '../../machine/commands/command.ts';
import { numberText } from '../../machine/control/reason-text.ts';
import type { MachineState } from '../../machine/control/state.ts';
import { nextState, transitions, type MachineEvent } from '../../machine/control/transitions.ts';
import type { DecidedCommand } from '../../machine/core.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import type { Quality } from '../../machine/quality.ts';
import { observer, type Rig } from './rig.ts';
import type { Deed } from './script.ts';

const staleQualities: ReadonlySet<Quality> = new Set([
  'UncertainLastUsableValue',
  'BadCommunicationError',
  'BadNotConnected',
]);

const moving: ReadonlySet<MachineState> = new Set(['STARTING', 'RUNNING', 'STOPPING']);

/** Looks at the machine after every scan of a script, and knows what must hold whatever is asked and whatever fails. */
export class Witness {
  readonly reached = new Set<string>();
  readonly #declaration: MachineDeclaration;
  /** By what the configuration or the recipe in force says, in °C and rpm, in the order of the declaration. */
  #minimaC: readonly number[];
  #maximaRpm: readonly number[];
  /** Commands that have no outcome yet. */
  readonly #pending = new Set<string>();
  #before: Picture;
  #outcomesSeen: number;
  #coldSinceMs: number | null = null;
  #closedSinceMs: number | null = null;
  #startedBy: Principal | null = null;
  /** What the emergency keeps; not known after a restart. */
  #keptNozzleFan: number | null = null;

  constructor(rig: Rig) {
    this.#declaration = rig.declaration;
    this.#minimaC = rig.declaration.zones.map(({ minimumC }) => minimumC);
    this.#maximaRpm = rig.declaration.drives.map(({ maximumRpm }) => maximumRpm);
    this.#before = new Picture(rig);
    this.#closedSinceMs = this.#before.contactor ? Number.NEGATIVE_INFINITY : null;
    this.#outcomesSeen = rig.outcomes.length;
    for (const { command, outcome } of rig.outcomes) {
      if (command.action.name === 'start' && outcome.accepted) this.#startedBy = command.principal;
    }
  }

  look(rig: Rig, deed: Deed): void {
    const now = new Picture(rig);
    const decided = rig.outcomes.slice(this.#outcomesSeen);
    this.#outcomesSeen = rig.outcomes.length;
    this.reached.add(now.state);
    this.reached.add(now.mode);
    if (deed.kind === 'restart') this.#resumesNothing(rig, now);
    else {
      this.#takesRecipes(rig, decided);
      this.#answersOnce(rig, decided);
      this.#moves(now, decided);
      this.#latches(rig, now, decided);
      this.#keepsSettings(now, decided);
      this.#beginsNothingCold(rig, now);
      this.#countsCycles(rig, now, decided);
      assert.equal(now.heartbeat, this.#before.heartbeat + 1, 'the heartbeat counts every scan');
    }
    this.#heatsOnlyWhatItKnows(rig, now);
    this.#staysWithinLimits(rig, now);
    if (deed.kind !== 'restart') this.#coolsInEmergency(now);
    this.#tellsWhyNot(rig, now);
    this.#tripsInTheCold(rig, now);
    this.#before = now;
  }

  /** All that was asked has been answered. */
  end(): void {
    assert.deepEqual([...this.#pending], [], 'commands without an outcome');
  }

  #answersOnce(rig: Rig, decided: readonly DecidedCommand[]): void {
    for (const id of rig.asked) this.#pending.add(id);
    for (const { command, outcome } of decided) {
      assert.equal(outcome.commandId, command.id);
      if (command.origin === 'panel') this.reached.add('panel');
      else assert.ok(this.#pending.delete(command.id), `${command.id} was answered twice, or never asked`);
      if (!outcome.accepted) {
        assert.ok(outcome.reasons.length > 0, 'refused without a reason');
        for (const reason of outcome.reasons) explains(reason);
        const mayAsk = command.principal.role !== observer.role;
        assert.ok(!(isStop(command.action) && mayAsk), `${command.action.name} was refused`);
      } else assert.ok(!('reasons' in outcome), 'accepted, with reasons against it');
    }
  }

  /** The recipe that was accepted last is in force whole: its limits, and the configuration's where it names none. */
  #takesRecipes(rig: Rig, decided: readonly DecidedCommand[]): void {
    const [recipe] = decided
      .toReversed()
      .flatMap(({ command: { action }, outcome }) =>
        action.name === 'loadRecipe' && outcome.accepted ? [action.recipe] : [],
      );
    if (recipe === undefined) return;
    this.reached.add('recipe');
    const { zones, drives } = this.#declaration;
    this.#minimaC = zones.map(({ id, minimumC }) => recipe.zones[id]?.minimumC ?? minimumC);
    this.#maximaRpm = drives.map(({ id, maximumRpm }) => recipe.drives[id]?.maximumRpm ?? maximumRpm);
    assert.equal(rig.last.status.recipe, recipe.name);
  }

  #moves(now: Picture, decided: readonly DecidedCommand[]): void {
    const { state: from } = this.#before;
    const { state: to } = now;
    // a command, what follows from it, and a trip may each move the machine once in a scan
    assert.ok(isReachable(from, to, decided.length + 2), `${from} → ${to} is not drawn`);
    if (from === 'STOPPING') assert.ok(to !== 'STARTING' && to !== 'RUNNING', `STOPPING went back to ${to}`);
    const started = decided.some(isAccepted('start'));
    if (from !== 'STARTING' && to === 'STARTING') assert.ok(started, 'it started unasked');
    if (to === 'RUNNING' && from !== 'RUNNING') assert.ok(from === 'STARTING' || started, 'it runs unasked');
    if (now.heating && !this.#before.heating) assert.ok(decided.some(isHeatOn), 'heating went on unasked');
    if (now.mode !== this.#before.mode) assert.ok(decided.some(isAccepted('setMode')), 'the mode changed unasked');
    if (now.mode === 'AUTO' && !moving.has(to)) {
      for (const rpm of now.speeds) assert.equal(rpm, 0, `a drive turns in ${to}`);
    }
    if (!now.heating) assert.ok(to !== 'HEATING' && to !== 'READY', `${to} with heating off`);
  }

  #latches(rig: Rig, now: Picture, decided: readonly DecidedCommand[]): void {
    const alarms = rig.core.alarms();
    assert.equal(
      now.state === 'ALARM',
      alarms.some(({ trip, latched }) => trip && latched),
      'ALARM is not what is latched',
    );
    const cleared = decided.some(isAccepted('clearAlarms'));
    if (this.#before.state !== 'ALARM' || now.state === 'ALARM') return;
    assert.ok(cleared, 'a trip went away by itself');
    this.reached.add('cleared');
    const causes = alarms.filter(({ active, trip, suppressedBy }) => active && trip && suppressedBy === null);
    assert.deepEqual(causes, [], 'cleared with a standing cause');
    assert.ok(now.state === 'IDLE' || decided.length > 1, 'a clear leads to IDLE');
  }

  /** Refused means that nothing changed; and no setting changes but by command, except that a trip puts heating off. */
  #keepsSettings(now: Picture, decided: readonly DecidedCommand[]): void {
    if (decided.some(({ outcome }) => outcome.accepted)) return;
    for (const [place, value] of now.settings.entries()) {
      const before = this.#before.settings[place];
      const isHeatingOff = now.heatingPlace === place && value === false;
      if (!isHeatingOff) assert.equal(value, before, 'a setting changed by itself');
    }
  }

  #beginsNothingCold(rig: Rig, now: Picture): void {
    const isKnownWarm = this.#declaration.zones.every(({ raw }, place) => {
      const { value, quality } = rig.sample(raw);
      return quality === 'Good' && Number(value) >= (this.#minimaC[place] ?? Number.NaN);
    });
    const mayBegin = isKnownWarm && rig.sample('temperature.motor.raw').quality === 'Good';
    for (const [place, rpm] of now.speeds.entries()) {
      const began = this.#before.speeds[place] === 0 && rpm !== 0;
      assert.ok(!began || mayBegin, 'a drive began to turn in the cold, or blindly');
      if (began) assert.ok(now.state !== 'ALARM');
    }
  }

  /** A drive that turns while a zone is more than 5 K below its minimum for 2 s. */
  #tripsInTheCold(rig: Rig, now: Picture): void {
    const { guards, zones, drives } = this.#declaration;
    const isCold = zones.some(({ raw }, place) => {
      const { value, quality } = rig.sample(raw);
      return quality === 'Good' && Number(value) < (this.#minimaC[place] ?? Number.NaN) - guards.coldTripBelowK;
    });
    const turns =
      this.#before.speeds.some((rpm) => rpm !== 0) ||
      drives.some(({ running }) => {
        const { value, quality } = rig.sample(running);
        return quality === 'Good' && value === true;
      });
    this.#coldSinceMs = isCold && turns ? (this.#coldSinceMs ?? rig.nowMs) : null;
    if (this.#coldSinceMs === null || rig.nowMs - this.#coldSinceMs < guards.coldTripSeconds * 1_000) return;
    this.reached.add('cold extrusion');
    assert.equal(now.state, 'ALARM', 'a drive turns in the cold');
  }

  #heatsOnlyWhatItKnows(rig: Rig, now: Picture): void {
    const needed = [...this.#declaration.zones.map(({ raw }) => raw), 'temperature.motor.raw'];
    const anyStale = needed.some((signal) => staleQualities.has(rig.sample(signal).quality));
    for (const [place, { raw }] of this.#declaration.zones.entries()) {
      const { quality } = rig.sample(raw);
      const duty = now.duties[place] ?? Number.NaN;
      if (quality !== 'Good') assert.equal(duty, 0, `duty ${duty} with a ${quality} sensor`);
      if (anyStale) assert.equal(duty, 0, `duty ${duty} with a stale temperature`);
      if (duty > 0) this.reached.add('duty');
    }
  }

  #staysWithinLimits(rig: Rig, now: Picture): void {
    const { heating, state, mode } = now;
    const { drives, signals } = this.#declaration;
    for (const [output, value] of rig.last.outputs) {
      const { type, span } = signals.get(output) ?? assert.fail(`${output} is not declared`);
      assert.equal(typeof value, type === 'Boolean' ? 'boolean' : 'number', output);
      if (span !== undefined) assert.ok(Number(value) >= span[0] && Number(value) <= span[1], `${output} ${value}`);
    }
    for (const duty of now.duties) {
      assert.ok(duty >= 0 && duty <= 100);
      if (state === 'ALARM' || !heating) assert.equal(duty, 0);
      if (duty > 0) assert.ok(this.#closedLongEnough(rig.nowMs), 'heats before the relays were proved');
    }
    for (const [place, { maximumManualRpm }] of drives.entries()) {
      const rpm = now.speeds[place] ?? Number.NaN;
      const maximumRpm = this.#maximaRpm[place] ?? Number.NaN;
      assert.ok(rpm <= (mode === 'AUTO' ? maximumRpm : maximumManualRpm), `${rpm} rpm`);
      assert.ok(rpm >= (mode === 'AUTO' ? 0 : -maximumManualRpm), `${rpm} rpm`);
      if (state === 'ALARM') assert.equal(rpm, 0);
    }
    assert.equal(now.contactor, heating && state !== 'ALARM', 'the contactor');
    this.#closedSinceMs = now.contactor ? (this.#closedSinceMs ?? rig.nowMs) : null;
    const hot = rig.core.alarms().some(({ id, latched }) => latched && /OVERTEMP|UNCONTROLLED/.test(id));
    if (!hot) return;
    this.reached.add('over-temperature');
    assert.equal(now.contactor, false, 'closed after an over-temperature');
  }

  #closedLongEnough(nowMs: number): boolean {
    const proveMs = this.#declaration.heating.proveOffSeconds * 1_000;
    return this.#closedSinceMs !== null && nowMs - this.#closedSinceMs >= proveMs;
  }

  /** In the scan of the trip a relay may still be inside its debounce time. */
  #coolsInEmergency(now: Picture): void {
    if (now.state !== 'ALARM') this.#keptNozzleFan = null;
    else if (this.#before.state !== 'ALARM') this.#keptNozzleFan = now.nozzleFan;
    else {
      assert.deepEqual([now.fan, now.pump], [true, true], 'no cooling in an emergency');
      if (this.#keptNozzleFan !== null) assert.equal(now.nozzleFan, this.#keptNozzleFan, 'the nozzle fan is kept');
    }
  }

  #tellsWhyNot(rig: Rig, { state, mode }: Picture): void {
    const { startPermitted, blockers } = rig.last.status;
    assert.equal(startPermitted, blockers.length === 0);
    assert.equal(rig.sample('machine.startPermitted').value, startPermitted);
    if (startPermitted) assert.deepEqual([state, mode], ['READY', 'AUTO']);
  }

  #resumesNothing(rig: Rig, now: Picture): void {
    this.#pending.clear();
    this.#startedBy = null;
    this.#coldSinceMs = null;
    this.#keptNozzleFan = null;
    this.reached.add('restart');
    if (this.#before.state === 'ALARM') this.reached.add('restart in ALARM');
    const tripsAnew = rig.last.alarms.some(({ transition }) => transition === 'tripped');
    assert.equal(now.state, this.#before.state === 'ALARM' || tripsAnew ? 'ALARM' : 'IDLE');
    assert.deepEqual([now.mode, now.heating, now.contactor], ['AUTO', false, false]);
    for (const value of [...now.duties, ...now.speeds]) assert.equal(value, 0, 'something resumed by itself');
    assert.equal(now.cycles, this.#before.cycles);
    for (const [place, value] of now.settings.entries()) {
      if (place !== now.heatingPlace) assert.equal(value, this.#before.settings[place], 'a setting got lost');
    }
  }

  /** A cycle belongs to who started it, and counts once it ran and was stopped. */
  #countsCycles(rig: Rig, now: Picture, decided: readonly DecidedCommand[]): void {
    const { cycles } = rig.last;
    assert.equal(now.cycles, this.#before.cycles + cycles.length);
    if (cycles.length > 0) {
      this.reached.add('cycle');
      assert.equal(this.#before.state, 'STOPPING');
      assert.deepEqual(
        cycles.map(({ startedBy }) => startedBy),
        [this.#startedBy],
      );
    }
    for (const { command, outcome } of decided) {
      if (command.action.name === 'start' && outcome.accepted) this.#startedBy = command.principal;
    }
  }
}

/** The machine at the end of one scan. */
class Picture {
  readonly state: MachineState;
  readonly mode: string;
  readonly heating: boolean;
  readonly contactor: boolean;
  readonly fan: boolean;
  readonly pump: boolean;
  readonly nozzleFan: number;
  readonly duties: readonly number[];
  readonly speeds: readonly number[];
  readonly settings: readonly unknown[];
  readonly heatingPlace: number;
  readonly heartbeat: number;
  readonly cycles: number;

  constructor(rig: Rig) {
    const { declaration } = rig;
    const { status } = rig.last;
    const { auxiliaries, heating } = declaration;
    this.state = status.state;
    this.mode = status.mode;
    this.heating = status.heating;
    this.contactor = rig.output(heating.contactor) === true;
    this.fan = rig.output(auxiliaries.fan) === true;
    this.pump = rig.output(auxiliaries.pump) === true;
    this.nozzleFan = Number(rig.output(auxiliaries.nozzleFan));
    this.duties = declaration.zones.map(({ output }) => Number(rig.output(output)));
    this.speeds = declaration.drives.map(({ command }) => Number(rig.output(command)));
    const settings = settingsOf(declaration);
    this.settings = settings.map((signal) => rig.sample(signal).value);
    this.heatingPlace = settings.indexOf(heating.enabled);
    this.heartbeat = Number(rig.sample('machine.heartbeat').value);
    this.cycles = Number(rig.sample('machine.cycles').value);
  }
}

const settingsByMachine = new WeakMap<MachineDeclaration, readonly string[]>();

function settingsOf(declaration: MachineDeclaration): readonly string[] {
  const known = settingsByMachine.get(declaration);
  if (known !== undefined) return known;
  const ids = [...declaration.signals.values()].filter(({ direction }) => direction === 'setting').map(({ id }) => id);
  settingsByMachine.set(declaration, ids);
  return ids;
}

function isAccepted(name: CommandAction['name']): (decided: DecidedCommand) => boolean {
  return ({ command, outcome }) => command.action.name === name && outcome.accepted;
}

function isHeatOn({
  command: { action },
  outcome,
}: {
  command: { action: CommandAction };
  outcome: CommandOutcome;
}): boolean {
  if (!outcome.accepted) return false;
  if (action.name === 'heat') return action.on;
  return action.name === 'write' && action.signal === 'heater.enabled' && action.value === true;
}

/** A reason is a sentence for the operator, with the numbers that it is about. */
function explains({ code, text, actual, required, unit, etaSeconds }: Reason): void {
  assert.ok(code !== '' && /^\S.{10,}[.!?)]$/u.test(text), `${code}: ${text}`);
  if (unit === undefined) return;
  // how long the barrel has soaked follows from how long it still has to
  const stands = code === 'SOAKING' ? etaSeconds : actual;
  for (const number of [stands, required]) {
    if (typeof number !== 'number' || number === 0) continue;
    assert.ok(
      text.includes(numberText(number)) || text.includes(String(number)),
      `${code} does not say ${number}: ${text}`,
    );
  }
}

/** Whether the drawn transitions lead from one state to the other in at most so many steps. */
function isReachable(from: MachineState, to: MachineState, steps: number): boolean {
  if (from === to) return true;
  if (steps === 0) return false;
  return statesAfter(from).some((state) => isReachable(state, to, steps - 1));
}

function statesAfter(state: MachineState): MachineState[] {
  return (Object.keys(transitions[state]) as MachineEvent[]).map((event) => nextState(state, event));
}
