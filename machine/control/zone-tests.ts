import type { AlarmEngine } from '../alarms/engine.ts';
import { alarmNames } from '../alarms/guard-alarms.ts';
import type { MachineDeclaration } from '../declaration.ts';
import type { Equipment, Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import { Held } from '../interlocks/held.ts';
import { reportSwap } from '../interlocks/zones-swapped.ts';
import type { Situation } from '../situation.ts';
import type { ZoneTest } from '../zone-status.ts';
import type { DutyProgram, Heating } from './heating.ts';
import { numberText } from './reason-text.ts';
import { ResponseRun } from './response-run.ts';

/** A zone follows the heater from this share of what the model expects on, and does not follow it up to the second. */
const followsShare = 0.6;
const ignoresShare = 0.3;
/** The model must expect so much before a response is believed, and so much before its absence is, in K. */
const sureResponseK = 5;
const sureAbsenceK = 10;
/** A verdict that stands for so long is sure, in s. */
const sureSeconds = 5;

const abortTexts: Readonly<Record<Parameters<DutyProgram['ended']>[0], string>> = {
  heatingOff: 'heating went off',
  manual: 'the machine was put into MANUAL',
  temperatureUnknown: 'a zone temperature was not known any more',
  replaced: 'something else took over the duty of a zone',
};

interface Run {
  readonly zone: Zone;
  readonly startMs: number;
  readonly startedAtMs: number;
  readonly untilMs: number;
  readonly responses: readonly ResponseRun[];
  readonly setpoints: readonly number[];
  readonly sure: Held;
  verdict: ZoneTest['verdict'];
  crossedWith: Zone | null;
}

export interface ZoneTestGround {
  readonly declaration: MachineDeclaration;
  readonly equipment: Equipment;
  readonly alarms: AlarmEngine;
  readonly heating: Heating;
}

/**
 * The commissioning test: one zone is heated alone, and what every zone does is held against its heater model. A sensor
 * that answers in the place of the zone's own is connected to another heater's zone, or the other way round.
 */
export class ZoneTests {
  readonly #ground: ZoneTestGround;
  #run: Run | null = null;
  #wallMs = 0;

  constructor(ground: ZoneTestGround) {
    this.#ground = ground;
  }

  /** The zone under test. */
  get zone(): Zone | null {
    return this.#run?.zone ?? null;
  }

  /** What is left of the test at most, in s. */
  leftSeconds(nowMs: number): number {
    return this.#run === null ? 0 : Math.max(0, (this.#run.untilMs - nowMs) / 1_000);
  }

  /** Up to here a zone may be for a test to begin, in °C: there must be room for a response. */
  highestStartC(zone: Zone): number {
    return this.#highestC(zone) - sureAbsenceK;
  }

  begin(zone: Zone, { nowMs, wallMs }: Readonly<Situation>): void {
    const { equipment, heating, declaration } = this.#ground;
    const { zoneTestDutyPercent, zoneTestSeconds } = declaration.tuning;
    const { nominalPowerW } = zone.declaration;
    this.#run = {
      zone,
      startMs: nowMs,
      startedAtMs: wallMs,
      untilMs: nowMs + zoneTestSeconds * 1_000,
      responses: equipment.zones.map(
        (each) => new ResponseRun(each, (zoneTestDutyPercent * nominalPowerW) / each.declaration.nominalPowerW),
      ),
      setpoints: equipment.zones.map(({ setpoint }) => numberOf(setpoint)),
      sure: new Held(),
      verdict: 'running',
      crossedWith: null,
    };
    for (const each of equipment.zones) {
      const dutyPercent = each === zone ? zoneTestDutyPercent : 0;
      heating.lend(each, { duty: () => dutyPercent, ended: (why) => this.#abort(abortTexts[why]) });
    }
    const text = `${zone.declaration.title} is heated alone at ${numberText(zoneTestDutyPercent)} %.`;
    zone.test = { verdict: 'running', crossedWith: null, text, startedAtMs: wallMs, endedAtMs: null };
    this.#wallMs = wallMs;
  }

  /** Ended by command. */
  abort(): void {
    this.#abort('it was aborted by command');
  }

  /** One scan of the test, before the duties are set. */
  advance({ nowMs, wallMs, dtSeconds }: Readonly<Situation>): void {
    const run = this.#run;
    this.#wallMs = wallMs;
    if (run === null || run.startMs === nowMs) return;
    const { zones } = this.#ground.equipment;
    if (zones.some(({ setpoint }, place) => numberOf(setpoint) !== run.setpoints[place])) {
      this.#abort('a setpoint was changed');
      return;
    }
    const hot = zones.find((zone) => numberOf(zone.sensor.channel.raw) >= this.#highestC(zone));
    if (hot !== undefined) {
      this.#abort(`${hot.declaration.title} came to ${numberText(this.#highestC(hot))} °C, close to its trip`);
      return;
    }
    for (const response of run.responses) response.advance(dtSeconds);
    const before = run.verdict;
    const beforeWith = run.crossedWith;
    this.#judge(run);
    const same = run.verdict === before && run.crossedWith === beforeWith && run.verdict !== 'running';
    if (run.sure.atLeast(same, sureSeconds, nowMs)) this.#conclude(run, { monotonicMs: nowMs, wallMs });
    else if (nowMs >= run.untilMs) this.#end('inconclusive', null, `${this.#sharesText(run)} That is no clear answer.`);
  }

  #highestC({ declaration: { tripAboveC } }: Zone): number {
    return tripAboveC - this.#ground.declaration.tuning.marginK;
  }

  /** What the responses say at present. */
  #judge(run: Run): void {
    run.verdict = 'running';
    run.crossedWith = null;
    const leastExpectedK = Math.min(...run.responses.map(({ expectedK }) => expectedK));
    if (leastExpectedK < sureResponseK) return;
    const following = run.responses.filter(({ share }) => share >= followsShare);
    const ignoring = run.responses.filter(({ share }) => share <= ignoresShare);
    // one in between, or two that follow: nothing is clear
    if (following.length > 1 || following.length + ignoring.length < run.responses.length) return;
    const [first] = following;
    if (first === undefined) {
      if (leastExpectedK >= sureAbsenceK) run.verdict = 'noResponse';
    } else if (first.zone === run.zone) run.verdict = 'ok';
    else {
      run.verdict = 'crossed';
      run.crossedWith = first.zone;
    }
  }

  #conclude(run: Run, now: { readonly monotonicMs: number; readonly wallMs: number }): void {
    const { alarms } = this.#ground;
    const { zone, verdict, crossedWith } = run;
    const { id, title } = zone.declaration;
    if (verdict === 'crossed' && crossedWith !== null) {
      const text = `${this.#sharesText(run)} ${crossedWith.declaration.title} answers in its place: the heaters or the sensors of the two are connected crosswise.`;
      this.#end('crossed', crossedWith, text);
      reportSwap(alarms.point(alarmNames.zonesSwapped), zone, crossedWith);
      alarms.settle(now);
    } else if (verdict === 'noResponse') {
      this.#end('noResponse', null, `${this.#sharesText(run)} Check the sensor, the heater band, its fuse and relay.`);
      const { value, quality } = zone.sensor.channel.raw.sample;
      const point = alarms.point(alarmNames.notHeating(id));
      const seen = this.#sharesText(run);
      point.explain = () => seen;
      point.report(true, true, value, quality);
      alarms.settle(now);
    } else this.#end('ok', null, `${this.#sharesText(run)} ${title} is connected as it should be.`);
  }

  /** “Barrel zone 1 rose by 98 % of what its heater should give, Barrel zone 2 by 2 %.” */
  #sharesText({ zone, responses }: Run): string {
    const own = responses.find((response) => response.zone === zone);
    const others = responses.filter((response) => response !== own);
    const first = `${zone.declaration.title} rose by ${own === undefined ? '0 %' : percent(own)} of what its heater should give`;
    return `${[first, ...others.map((each) => `${each.zone.declaration.title} by ${percent(each)}`)].join(', ')}.`;
  }

  #abort(why: string): void {
    this.#end('aborted', null, `The test ended early: ${why}.`);
  }

  /** The PIDs go on from the duties as they are. */
  #end(verdict: ZoneTest['verdict'], crossedWith: Zone | null, text: string): void {
    const run = this.#run;
    if (run === null) return;
    this.#run = null;
    const { startedAtMs } = run;
    run.zone.test = {
      verdict,
      crossedWith: crossedWith?.declaration.id ?? null,
      text,
      startedAtMs,
      endedAtMs: this.#wallMs,
    };
    for (const zone of this.#ground.equipment.zones) this.#ground.heating.takeBack(zone);
  }
}

function percent({ share }: ResponseRun): string {
  return `${Math.round(share * 100)} %`;
}
