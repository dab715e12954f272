import assert from 'node:assert/strict';

import type { ScanResult } from '../../../machine/core.ts';
import { engineer, Rig, type Injected } from '../rig.ts';

/** What the machine does when a rule is put to the test: every mode, standing and turning, cold and hot. */
export type Place =
  | 'idle'
  | 'idle in MANUAL'
  | 'idle and hot'
  | 'heating'
  | 'heating by hand'
  | 'ready'
  | 'running'
  /** MANUAL, heating off, the main drive held at 100 rpm by a jog that is renewed. */
  | 'jogging';

/** One rule of the interlock or alarm table. A row is played from every place that it names. */
export interface Rule {
  readonly rule: string;
  readonly alarm: string;
  readonly from: readonly Place[];
  /** Setpoint and temperature of the barrel, °C; 200 unless said. */
  readonly barrelC?: number;
  /** Brings the machine near the limit without a jump; then a second passes. */
  readonly approach?: (rig: Rig) => void;
  /** At the limit, which is still allowed, however long it lasts. */
  readonly allowed?: (rig: Rig) => void;
  readonly provoke: (rig: Rig) => void;
  /** From the scan that sees it to the trip, s: the scan before must not trip. Null: an alarm that stops nothing. */
  readonly tripsAfterSeconds: number | null;
  /** From the scan that sees it to the alarm, s; with the trip unless said. */
  readonly raisedAfterSeconds?: number;
  readonly mend: (rig: Rig) => void;
  /** The input that the rule judges. When it turns bad, a standing alarm stays. */
  readonly input?: string;
  /** It ends by what the trip itself does, or by the reset edge: a clear is not refused. */
  readonly endsByItself?: boolean;
}

export const inject = (signal: string, value: Injected) => (rig: Rig) => void rig.injected.set(signal, value);
export const release = (signal: string) => (rig: Rig) => void rig.injected.delete(signal);

const scanSeconds = 0.25;

/** The machine at a place; `scan` keeps it there. */
export class Played {
  readonly rig: Rig;
  readonly place: Place;
  #scans = 0;

  constructor(place: Place, barrelC = 200) {
    this.place = place;
    this.rig = machineAt(place, barrelC);
    if (place === 'jogging') this.run(1.5);
  }

  scan(): ScanResult {
    const renews = this.place === 'jogging' && this.#scans++ % 2 === 0 && this.rig.state !== 'ALARM';
    const action = { name: 'write', signal: 'motor.main.command', value: 100 } as const;
    return renews ? this.rig.scan({ action, by: engineer }) : this.rig.scan();
  }

  run(seconds: number): void {
    for (let passed = 0; passed < seconds; passed += scanSeconds) this.scan();
  }
}

function machineAt(place: Place, barrelC: number): Rig {
  switch (place) {
    case 'ready':
      return new Rig().toReady(barrelC);
    case 'running': {
      const rig = new Rig().toReady(barrelC);
      assert.ok(rig.ask({ name: 'start' }).accepted);
      rig.until(() => rig.state === 'RUNNING', 30);
      return rig;
    }
    case 'idle':
    case 'idle and hot':
    case 'idle in MANUAL':
    case 'jogging':
    case 'heating':
    case 'heating by hand':
      break;
  }
  const isHot = place === 'idle and hot' || place === 'jogging';
  const rig = new Rig({ temperatureC: isHot ? barrelC : place.startsWith('heating') ? 120 : 23 });
  rig.run(1);
  if (place === 'heating' || place === 'heating by hand') {
    for (const zone of rig.declaration.zones) rig.write(zone.setpoint, barrelC);
    assert.ok(rig.ask({ name: 'heat', on: true }).accepted);
    rig.run(3);
  }
  if (place === 'idle in MANUAL' || place === 'jogging' || place === 'heating by hand') {
    assert.ok(rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer).accepted);
  }
  if (place === 'heating by hand') {
    for (const { output } of rig.declaration.zones) assert.ok(rig.write(output, 60, engineer).accepted);
  }
  return rig;
}

/** Plays every row from every place: at the limit, in time, too late, and with the input gone bad. */
export function plays(rules: readonly Rule[]): void {
  for (const rule of rules) {
    for (const place of rule.from) {
      const { rule: what, alarm, tripsAfterSeconds: trips } = rule;
      const when = trips === null ? 'rings' : trips === 0 ? 'trips at once' : `trips after ${trips} s`;
      describe(`${what}, ${place}: ${alarm} ${when}`, () => {
        if (rule.allowed !== undefined) it('and not at the limit', () => staysAtTheLimit(rule, place));
        if (Math.max(trips ?? 0, rule.raisedAfterSeconds ?? 0) > 0) {
          it('and not when it ends in time', () => endsInTime(rule, place));
        }
        if (trips === null) it('and stops nothing', () => rings(rule, place));
        else it('and stays until it is cleared with no cause standing', () => stops(rule, place));
        if (rule.input !== undefined) it('and does not end when its input turns bad', () => freezes(rule, place));
      });
    }
  }
}

function begin({ barrelC, approach }: Rule, place: Place): Played {
  const played = new Played(place, barrelC);
  if (approach !== undefined) {
    approach(played.rig);
    played.run(1);
  }
  return played;
}

function staysAtTheLimit(rule: Rule, place: Place): void {
  const played = begin(rule, place);
  rule.allowed?.(played.rig);
  played.run(Math.max(rule.tripsAfterSeconds ?? 0, rule.raisedAfterSeconds ?? 0) + 5);
  assert.equal(played.rig.alarm(rule.alarm), undefined);
  assert.notEqual(played.rig.state, 'ALARM');
}

function endsInTime(rule: Rule, place: Place): void {
  const played = begin(rule, place);
  const { rig } = played;
  const { state } = rig;
  rule.provoke(rig);
  played.run(rule.raisedAfterSeconds ?? rule.tripsAfterSeconds ?? 0);
  if (rule.raisedAfterSeconds !== 0) assert.equal(rig.alarm(rule.alarm), undefined, 'rang too soon');
  if (rule.tripsAfterSeconds !== null)
    played.run(rule.tripsAfterSeconds - (rule.raisedAfterSeconds ?? rule.tripsAfterSeconds));
  assert.notEqual(rig.state, 'ALARM', 'tripped too soon');
  rule.mend(rig);
  played.run(12);
  assert.equal(rig.alarm(rule.alarm)?.active ?? false, false);
  assert.notEqual(rig.state, 'ALARM');
  if (state === 'RUNNING') assert.equal(rig.state, 'RUNNING');
}

function rings(rule: Rule, place: Place): void {
  const played = begin(rule, place);
  const { rig } = played;
  const { state } = rig;
  rule.provoke(rig);
  played.run(rule.raisedAfterSeconds ?? 0);
  played.scan();
  assert.equal(rig.alarm(rule.alarm)?.active, true, `${rule.alarm} did not ring: ${rig.standing().join(', ')}`);
  played.run(20);
  assert.notEqual(rig.state, 'ALARM');
  if (state === 'RUNNING') assert.equal(rig.state, 'RUNNING');
  assert.equal(rig.alarm(rule.alarm)?.active, true);
  rule.mend(rig);
  played.run(12);
  assert.equal(rig.alarm(rule.alarm)?.state, 'returned-unacknowledged');
}

function stops(rule: Rule, place: Place): void {
  const played = begin(rule, place);
  const { rig } = played;
  trip(rule, played);
  const occurrence = rig.alarm(rule.alarm);
  assert.deepEqual([occurrence?.trip, occurrence?.latched, occurrence?.firstOut], [true, true, true]);
  assertOff(rig);
  played.run(1);
  if (rule.endsByItself !== true) {
    const clear = rig.ask({ name: 'clearAlarms' });
    assert.ok(!clear.accepted && clear.reasons.length > 0, 'cleared while the cause stands');
  }
  assert.equal(rig.state, 'ALARM');
  rule.mend(rig);
  played.run(12);
  assert.equal(rig.state, 'ALARM', 'a trip is latched');
  assertOff(rig);
  assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, true);
  assert.equal(rig.state, 'IDLE');
  played.rig.run(2);
  assert.equal(rig.state, 'IDLE');
  assertOff(rig);
}

/** Provokes it and goes to the scan that trips; the one before must not. */
function trip(rule: Rule, played: Played): void {
  const { rig } = played;
  rule.provoke(rig);
  const seconds = rule.tripsAfterSeconds ?? 0;
  for (let passed = 0; passed < seconds; passed += scanSeconds) {
    played.scan();
    assert.notEqual(rig.state, 'ALARM', `tripped ${passed} s after it was seen`);
    const isDue = rule.raisedAfterSeconds !== undefined && passed >= rule.raisedAfterSeconds;
    assert.equal(rig.alarm(rule.alarm)?.active ?? false, isDue, `${passed} s after it was seen`);
  }
  played.scan();
  assert.equal(rig.state, 'ALARM', `did not trip: ${rig.standing().join(', ')}`);
  assert.equal(rig.alarm(rule.alarm)?.trip, true, `${rule.alarm} is not what tripped: ${rig.standing().join(', ')}`);
}

function freezes(rule: Rule, place: Place): void {
  const input = rule.input ?? '';
  for (const bad of ['lost', 'BadDeviceFailure'] as const) {
    const played = begin(rule, place);
    const { rig } = played;
    rule.provoke(rig);
    played.run((rule.tripsAfterSeconds ?? rule.raisedAfterSeconds ?? 0) + scanSeconds);
    assert.equal(rig.alarm(rule.alarm)?.active, true);
    rig.injected.set(input, bad);
    played.run(8);
    assert.equal(rig.alarm(rule.alarm)?.active, true, `${bad}: ended with its input`);
    if (rule.tripsAfterSeconds !== null) assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, false);
  }
}

export function assertOff(rig: Rig): void {
  for (const output of ['heater.zone1.output', 'heater.zone2.output', 'motor.main.command', 'motor.feed.command']) {
    assert.equal(rig.output(output), 0, output);
  }
  assert.equal(rig.output('heater.contactor'), false);
  assert.equal(rig.sample('heater.enabled').value, false);
  assert.equal(rig.last.status.heating, false);
}
