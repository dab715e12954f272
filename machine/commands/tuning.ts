import type { ZoneTests } from '../control/zone-tests.ts';
import type { Zone } from '../equipment.ts';
import { fullDutyPercent } from '../control/pid.ts';
import { numberText } from '../control/reason-text.ts';
import { areSameGains, gainsText } from '../tuning/retained-gains.ts';
import { orderFault, orderObstacle, tuningBlockers } from '../tuning/tuning-blockers.ts';
import type { CommandAction } from './command.ts';
import { noted, refused, type Decision } from './decision.ts';
import { writeSetting, type SettingGround } from './write-setting.ts';

type TuningAction = Extract<CommandAction, { name: 'tune' | 'abortTuning' | 'applyTuning' }>;
type Tune = Extract<CommandAction, { name: 'tune' }>;

export interface TuningCommandGround extends SettingGround {
  readonly zoneTests: ZoneTests;
}

/** Finds gains for a zone, takes them into force, and gives them up again: three commands, each audited by itself. */
export function tuning(ground: TuningCommandGround, action: TuningAction): Decision {
  const zone = ground.equipment.zones.find(({ declaration }) => declaration.id === action.zone);
  if (zone === undefined) {
    const text = `There is no zone ${action.zone}.`;
    return refused('unknown', { code: 'UNKNOWN_ZONE', text });
  }
  if (action.name === 'tune') return tune(ground, zone, action);
  return action.name === 'abortTuning' ? abort(ground, zone) : apply(ground, zone);
}

/** The setpoint of the test becomes the setpoint of the zone, so that everybody sees what the zone is at. */
function tune(ground: SettingGround, zone: Zone, action: Tune): Decision {
  const { control, declaration, equipment } = ground;
  const { setpointC, maximumDutyPercent = fullDutyPercent } = action;
  const { heating, readiness } = control;
  const tuningGround = { declaration, equipment, heating, readiness };
  const order = { setpointC, maximumDutyPercent };
  const invalid = orderFault(tuningGround, zone, order);
  if (invalid !== null) return refused('invalid', invalid);
  const reasons = tuningBlockers(tuningGround, zone, control.situation);
  const obstacle = orderObstacle(tuningGround, zone, order);
  if (obstacle !== null) reasons.push(obstacle);
  if (reasons.length > 0) return refused('state', ...reasons);
  const written = writeSetting(ground, zone.setpoint, setpointC);
  if (written !== 'later' && !written.accepted) return written;
  control.tuning.start(zone, order);
  const note = `The setpoint of ${zone.declaration.title} is ${numberText(setpointC)} °C and stays so after the test.`;
  return written === 'later' ? noted(note) : { ...written, note };
}

function abort({ control, zoneTests }: TuningCommandGround, zone: Zone): Decision {
  if (zoneTests.zone === zone) {
    zoneTests.abort();
    return noted('The test of the zone is over; its control goes on.');
  }
  const run = control.tuning.runOf(zone);
  const applied = control.tuning.appliedTo(zone);
  // gains that turned out worse wait for this very command
  if (run?.isUnderWay === true && applied?.areWorse !== true) {
    control.tuning.interrupt('byCommand');
    return noted('The test is over; the gains are as before.');
  }
  const found = run?.result?.gains;
  if (applied?.areInForce === true && found !== undefined && !areSameGains(found, applied.gains)) {
    control.tuning.discard(zone);
    return noted('The result of the last test is given up; the gains are as before. Once more takes those back.');
  }
  if (applied?.areInForce === true) {
    control.tuning.takeBack(zone, applied);
    const changed = { accepted: true, before: gainsText(applied.gains), after: gainsText(zone.pid) } as const;
    return applied.text === null ? changed : { ...changed, note: applied.text };
  }
  const before = gainsText(zone.pid);
  if (run !== null) control.tuning.discard(zone);
  if (zone.gainsFrom === 'tuning') {
    // what they had replaced is not known any more
    control.tuning.toConfigured(zone);
    return {
      accepted: true,
      before,
      after: gainsText(zone.pid),
      note: 'The gains are those of the configuration again.',
    };
  }
  return noted(
    run === null
      ? 'No test was under way and no result was there; nothing changed.'
      : 'The result of the test is given up; the gains are as before.',
  );
}

function apply({ control }: SettingGround, zone: Zone): Decision {
  const { title, id } = zone.declaration;
  const run = control.tuning.runOf(zone);
  const result = run?.result ?? null;
  if (run === null || result === null) {
    const because = run === null ? 'no test was made' : run.isUnderWay ? 'its test is under way' : run.status().text;
    const text = `There are no new gains for ${title}: ${because.replace(/\.$/u, '')}. Tune the zone and wait until that is done.`;
    return refused('state', { code: 'NO_TUNING_RESULT', text, actual: run?.status().phase ?? null, required: 'done' });
  }
  const { gains, baselineK } = result;
  if (areSameGains(zone.pid, gains)) return noted(`${title} (${id}) has these gains already; nothing changed.`);
  const before = gainsText(zone.pid);
  control.tuning.apply(zone, gains, baselineK);
  return { accepted: true, before, after: gainsText(gains) };
}
