import type { Gains, GainsFrom, MachineDeclaration } from '../declaration.ts';
import type { Equipment, Zone } from '../equipment.ts';
import { isCellGood, numberOf } from '../image.ts';
import { settlingMs } from '../interlocks/prove-off.ts';
import type { Situation } from '../situation.ts';
import { bumplessPid, fullDutyPercent, regainedPid, restingPid, stepPid, type PidState } from './pid.ts';
import { SetpointRamp } from './setpoint-ramp.ts';

/** Takes the place of a zone's PID for a while, under the same interlocks: a tuning, or the test of a zone. */
export interface DutyProgram {
  /** Asked once per scan. @returns the duty in %, 0…100; null: done, the PID goes on from the duty as it is */
  duty(situation: Readonly<Situation>): number | null;
  /** It is over before it was done: heating off, MANUAL, a temperature not to be trusted, or another program. */
  ended(why: 'heatingOff' | 'manual' | 'temperatureUnknown' | 'replaced'): void;
}

interface ZoneControl {
  readonly zone: Zone;
  readonly ramp: SetpointRamp;
  pid: PidState;
  /** The PID's duty stays below it, in %. */
  highestPercent: number;
  program: DutyProgram | null;
  /** What an engineer asked for in MANUAL, in %. */
  manualPercent: number;
}

/** Contactor, test of the relays, and the duty of every zone: by PID in AUTO, by hand in MANUAL. */
export class Heating {
  readonly #declaration: MachineDeclaration;
  readonly #equipment: Equipment;
  readonly #zones: readonly ZoneControl[];
  /** A power reading is from the test when it is newer than this after its begin, in ms. */
  readonly #settlingMs: number;
  #proved = false;

  constructor(declaration: MachineDeclaration, equipment: Equipment) {
    this.#declaration = declaration;
    this.#equipment = equipment;
    this.#settlingMs = settlingMs(declaration, equipment);
    this.#zones = equipment.zones.map((zone) => ({
      zone,
      ramp: new SetpointRamp(zone.declaration.setpointRampKPerMinute),
      pid: restingPid,
      highestPercent: fullDutyPercent,
      program: null,
      manualPercent: 0,
    }));
  }

  on(situation: Situation): void {
    situation.heatingOn = true;
    situation.provingSinceMs = situation.nowMs;
    this.#proved = false;
    this.#rest();
  }

  /** Also what every trip does. */
  off(situation: Situation): void {
    situation.heatingOn = false;
    situation.provingSinceMs = null;
    this.#proved = false;
    this.#endPrograms('heatingOff');
    this.#rest();
  }

  /** The duties stay where they are, now in the engineer's hands. */
  toManual(): void {
    this.#endPrograms('manual');
    for (const control of this.#zones) control.manualPercent = control.zone.dutyPercent;
  }

  /** PID goes on from the duties as they are. */
  toAuto(): void {
    for (const control of this.#zones) this.#toPid(control);
  }

  /** Lets a program give the duty of a zone; one that was there before is over. */
  lend(zone: Zone, program: DutyProgram): void {
    for (const control of this.#zones) {
      if (control.zone !== zone) continue;
      this.#endProgram(control, 'replaced');
      control.program = program;
    }
  }

  /** The PID goes on from the duty as it is, or from another one that suits better. */
  takeBack(zone: Zone, fromPercent = zone.dutyPercent): void {
    for (const control of this.#zones) {
      if (control.zone !== zone || control.program === null) continue;
      zone.dutyPercent = fromPercent;
      this.#toPid(control);
    }
  }

  /** Whether a program gives the duty of a zone, of any. */
  get anyLent(): boolean {
    return this.#zones.some(({ program }) => program !== null);
  }

  /** Keeps the PID's duty of a zone below a limit, in %, until another is set. */
  limit(zone: Zone, highestPercent: number): void {
    for (const control of this.#zones) if (control.zone === zone) control.highestPercent = highestPercent;
  }

  /** The one place where a zone gets other gains. Under control the duty goes on from where it is. */
  setGains(zone: Zone, { kp, ki, kd }: Gains, from: GainsFrom): void {
    const before = zone.pid;
    zone.pid = { kp, ki, kd, derivativeFilterSeconds: before.derivativeFilterSeconds };
    zone.gainsFrom = from;
    const { workingSetpointC } = zone;
    if (workingSetpointC === null) return;
    for (const control of this.#zones) {
      if (control.zone !== zone) continue;
      control.pid = regainedPid(before, zone.pid, control.pid, workingSetpointC, control.highestPercent);
    }
  }

  setManual(zone: Zone, percent: number): void {
    for (const control of this.#zones) if (control.zone === zone) control.manualPercent = percent;
  }

  /** @returns whether any duty was above 0 */
  zeroManual(): boolean {
    let any = false;
    for (const control of this.#zones) {
      any ||= control.manualPercent > 0;
      control.manualPercent = 0;
    }
    return any;
  }

  /** Sets the duty of every zone for this scan. */
  advance(situation: Situation): void {
    this.#prove(situation);
    const allowed = situation.heatingOn && this.#proved && situation.state !== 'ALARM' && !this.#anyStale();
    for (const control of this.#zones) {
      const { zone } = control;
      zone.workingSetpointC = null;
      if (allowed && zone.sensor.channel.isGood) zone.dutyPercent = this.#duty(control, situation);
      else {
        zone.dutyPercent = 0;
        if (!zone.sensor.channel.isGood) this.#endProgram(control, 'temperatureUnknown');
        // the integral waits for the sensor; a slope over the gap would be none
        if (control.pid.measuredC !== null) control.pid = { ...control.pid, measuredC: null };
      }
    }
  }

  /** The contactor has been closed with all duties 0 for its time, and the power is known to have stayed low. */
  #prove(situation: Situation): void {
    const { provingSinceMs, nowMs } = situation;
    if (provingSinceMs === null) return;
    const { power } = this.#equipment;
    const proveMs = this.#declaration.heating.proveOffSeconds * 1_000;
    // without a power reading of the test itself nothing is proved, and no heater goes on
    const isMeasured = isCellGood(power.raw) && (power.lastGoodAtMs ?? 0) > provingSinceMs + this.#settlingMs;
    if (nowMs - provingSinceMs < proveMs || (proveMs > 0 && !isMeasured)) return;
    situation.provingSinceMs = null;
    this.#proved = true;
  }

  #duty(control: ZoneControl, situation: Situation): number {
    const { mode, dtSeconds } = situation;
    if (mode === 'MANUAL') return control.manualPercent;
    if (control.program !== null) {
      const dutyPercent = control.program.duty(situation);
      if (dutyPercent !== null) return dutyPercent;
      this.#toPid(control);
    }
    return this.#pidDuty(control, dtSeconds);
  }

  #pidDuty(control: ZoneControl, dtSeconds: number): number {
    const { zone, ramp, highestPercent } = control;
    const setpointC = numberOf(zone.setpoint);
    if (!(setpointC > 0)) {
      control.pid = restingPid;
      ramp.restart();
      return 0;
    }
    const measuredC = numberOf(zone.sensor.channel.cell);
    const workingC = ramp.advance(setpointC, measuredC, dtSeconds, zone.pid);
    zone.workingSetpointC = workingC;
    if (!(dtSeconds > 0)) return zone.dutyPercent;
    const step = stepPid(zone.pid, control.pid, workingC, measuredC, dtSeconds, highestPercent);
    control.pid = step.state;
    return step.dutyPercent;
  }

  /** One temperature that is too old takes the duty from all heaters. */
  #anyStale(): boolean {
    for (const { channel } of this.#equipment.vital) if (channel.isStale) return true;
    return false;
  }

  #toPid(control: ZoneControl): void {
    const { zone, ramp } = control;
    const { channel } = zone.sensor;
    control.program = null;
    control.pid = restingPid;
    ramp.restart();
    if (!channel.isGood) return;
    const measuredC = numberOf(channel.cell);
    const workingC = ramp.advance(numberOf(zone.setpoint), measuredC, 0, zone.pid);
    control.pid = bumplessPid(zone.pid, restingPid, workingC, measuredC, zone.dutyPercent);
  }

  #endPrograms(why: Parameters<DutyProgram['ended']>[0]): void {
    for (const control of this.#zones) this.#endProgram(control, why);
  }

  #endProgram(control: ZoneControl, why: Parameters<DutyProgram['ended']>[0]): void {
    const { program } = control;
    control.program = null;
    program?.ended(why);
  }

  #rest(): void {
    for (const control of this.#zones) {
      control.pid = restingPid;
      control.ramp.restart();
      control.manualPercent = 0;
      control.zone.dutyPercent = 0;
      control.zone.workingSetpointC = null;
    }
  }
}
