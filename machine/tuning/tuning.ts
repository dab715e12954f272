import type { Gains } from '../declaration.ts';
import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import type { Situation } from '../situation.ts';
import { AppliedGains } from './applied-gains.ts';
import { interruptions, type Interruption } from './interruption.ts';
import { areSameGains, validGains, type RetainedGains } from './retained-gains.ts';
import type { TuningGround } from './tuning-ground.ts';
import { TuningRun, type TuningOrder } from './tuning-run.ts';
import type { ZoneTuningStatus } from './tuning-status.ts';

interface ZoneTuning {
  readonly zone: Zone;
  /** The test under way, or the last one. */
  run: TuningRun | null;
  applied: AppliedGains | null;
  /** When its setpoint changes, the zone moves for another reason than its gains. */
  setpointC: number;
}

/** Autotune of all zones: one test at a time, and a watch over the gains that came of it. */
export class Tuning {
  readonly #ground: TuningGround;
  readonly #situation: Situation;
  readonly #zones: readonly ZoneTuning[];
  #active: TuningRun | null = null;
  /** Something about the gains changed since the state was last asked for. */
  changed = false;

  constructor(ground: TuningGround, situation: Situation) {
    this.#ground = ground;
    this.#situation = situation;
    this.#zones = ground.equipment.zones.map((zone) => ({ zone, run: null, applied: null, setpointC: Number.NaN }));
  }

  runOf(zone: Zone): TuningRun | null {
    return this.#of(zone).run;
  }

  appliedTo(zone: Zone): AppliedGains | null {
    return this.#of(zone).applied;
  }

  /** Begins a test. Whether it may begin was asked before. */
  start(zone: Zone, order: TuningOrder): void {
    const run = new TuningRun(this.#ground, zone, order, this.#situation);
    this.#of(zone).run = run;
    this.#active = run;
    this.#situation.tuningZone = zone.declaration.id;
  }

  /** The machine leaves what a test needs. Asked before it does, so that the duty is in good hands. */
  interrupt(why: keyof typeof interruptions): void {
    this.#active?.interrupt(interruptions[why] satisfies Interruption);
    this.#release();
  }

  /** Forgets the result of a test that was not applied. */
  discard(zone: Zone): void {
    this.#of(zone).run = null;
  }

  /** @param baselineK mean absolute error under the present gains, in K: what the new ones are held against */
  apply(zone: Zone, gains: Gains, baselineK: number): void {
    const { kp, ki, kd } = zone.pid;
    const { declaration, heating } = this.#ground;
    this.#of(zone).applied = new AppliedGains(declaration.tuning, gains, {
      gains: { kp, ki, kd },
      from: zone.gainsFrom,
      baselineK,
      appliedAtMs: this.#situation.wallMs,
      watching: true,
    });
    heating.setGains(zone, gains, 'tuning');
    this.changed = true;
  }

  /** The way back from gains of which nothing else is known any more. */
  toConfigured(zone: Zone): void {
    this.#ground.heating.setGains(zone, zone.declaration.pid, 'configuration');
    this.changed = true;
  }

  takeBack(zone: Zone, applied: AppliedGains): void {
    applied.takeBack();
    this.#ground.heating.setGains(zone, applied.replaced.gains, applied.replaced.from);
    this.changed = true;
  }

  /** Once per scan, before the duties are set. */
  advance(): void {
    this.#active?.advance(this.#situation);
    this.#release();
    let moved = false;
    for (const each of this.#zones) {
      const setpointC = numberOf(each.zone.setpoint);
      moved ||= setpointC !== each.setpointC;
      each.setpointC = setpointC;
    }
    for (const each of this.#zones) if (each.applied !== null) this.#watch(each, each.applied, moved);
  }

  /** Zones whose new gains turned out worse, and in what: they wait for the command that takes them back. */
  worse(): readonly { readonly zone: string; readonly reason: string }[] {
    if (!this.#zones.some(isWorse)) return [];
    return this.#zones.filter(isWorse).map(({ zone, applied }) => {
      return { zone: zone.declaration.id, reason: applied?.text ?? '' };
    });
  }

  status(zone: Zone): ZoneTuningStatus {
    const { run, applied } = this.#of(zone);
    return { test: run?.status() ?? null, applied: applied?.status() ?? null };
  }

  /** By zone id; of zones whose gains are the configuration's there is nothing to keep. */
  retained(): Readonly<Record<string, RetainedGains>> {
    const kept: Record<string, RetainedGains> = {};
    for (const { zone, applied } of this.#zones) {
      const { pid, gainsFrom: from, declaration } = zone;
      if (from === 'configuration') continue;
      const mine = applied !== null && applied.areInForce ? applied : null;
      const replaced = mine && { ...mine.replaced, watching: mine.watch !== null || mine.areWorse };
      kept[declaration.id] = {
        gains: { kp: pid.kp, ki: pid.ki, kd: pid.kd },
        from,
        configured: { kp: declaration.pid.kp, ki: declaration.pid.ki, kd: declaration.pid.kd },
        ...(replaced === null ? {} : { replaced }),
      };
    }
    return kept;
  }

  restore(retained: Readonly<Record<string, RetainedGains>>): void {
    const { declaration, heating } = this.#ground;
    for (const each of this.#zones) {
      const kept = validGains(each.zone, retained[each.zone.declaration.id]);
      if (kept === null) continue;
      heating.setGains(each.zone, kept.gains, kept.from);
      if (kept.replaced === undefined) continue;
      each.applied = new AppliedGains(declaration.tuning, kept.gains, kept.replaced);
    }
  }

  #of(zone: Zone): ZoneTuning {
    const found = this.#zones.find((each) => each.zone === zone);
    if (found === undefined) throw new RangeError(`${zone.declaration.id} is not among the zones`);
    return found;
  }

  #release(): void {
    if (this.#active === null || this.#active.isUnderWay) return;
    this.#active = null;
    this.#situation.tuningZone = null;
  }

  /** Gains that were on probation when a recipe took their place do not come back with the next recipe. */
  #forgetBeneath(zone: Zone, { gains, replaced }: AppliedGains): void {
    const { ownGains } = zone;
    if (ownGains === null || !areSameGains(ownGains.gains, gains)) return;
    const { kp, ki, kd } = zone.declaration.pid;
    const before = replaced.from === 'recipe' ? null : { gains: replaced.gains, from: replaced.from };
    zone.ownGains = before ?? { gains: { kp, ki, kd }, from: 'configuration' };
    this.changed = true;
  }

  /** Only time at rest at the setpoint compares with the time before the test. */
  #watch(each: ZoneTuning, applied: AppliedGains, moved: boolean): void {
    const { zone } = each;
    // a recipe has put others in their place
    if (applied.areInForce && !(zone.gainsFrom === 'tuning' && areSameGains(zone.pid, applied.gains))) {
      if (applied.watch !== null || applied.areWorse) this.#forgetBeneath(zone, applied);
      each.applied = null;
      return;
    }
    const { watch } = applied;
    if (watch === null) return;
    const { nowMs, dtSeconds } = this.#situation;
    if (moved || !this.#isAtRest(zone)) {
      watch.disturb();
      return;
    }
    watch.advance(nowMs, dtSeconds, numberOf(zone.setpoint) - numberOf(zone.sensor.channel.cell));
    if (watch.verdict !== 'watching') this.changed = true;
  }

  #isAtRest(zone: Zone): boolean {
    const { state, mode, heatingOn, tuningZone } = this.#situation;
    const standing = state === 'HEATING' || state === 'READY';
    if (!standing || mode !== 'AUTO' || !heatingOn || tuningZone !== null || this.#ground.heating.anyLent) return false;
    return numberOf(zone.setpoint) > 0 && zone.sensor.channel.isGood && zone.workingSetpointC !== null;
  }
}

function isWorse({ applied }: ZoneTuning): boolean {
  return applied?.areWorse === true;
}
