/** Mutants that no test can kill, since the machine does the same with them. */
export interface EquivalentMutant {
  readonly file: string;
  /** The line that it changes, without its indentation, or its beginning: it moves less than its number. */
  readonly line: string;
  /** The code that is replaced, and by what, as the report shows them. */
  readonly code: string;
  readonly replacement: string;
  readonly reason: string;
}

const notStanding = 'a condition that does not stand trips nothing';
const patience = 'less than the patience is all that is asked of it';
const tie = 'of two that are alike either may be told';

const interlock = (
  name: string,
  line: string,
  code: string,
  replacement: string,
  reason: string,
): EquivalentMutant => ({ file: `machine/interlocks/${name}.ts`, line, code, replacement, reason });

const control = (name: string, line: string, code: string, replacement: string, reason: string): EquivalentMutant => ({
  file: `machine/control/${name}.ts`,
  line,
  code,
  replacement,
  reason,
});

export const equivalentMutants: readonly EquivalentMutant[] = [
  interlock('over-temperature', 'else point.report(channel.isGood', 'false', 'true', notStanding),
  interlock('over-temperature', 'if (!channel.isGood ||', 'false', 'true', notStanding),
  interlock('over-temperature', 'else point.report(value', 'value >= tripAtC', 'true', notStanding),
  interlock(
    'over-temperature',
    'if (!channel.isGood ||',
    "typeof value !== 'number'",
    'false',
    'a temperature that is Good is a number',
  ),
  interlock(
    'over-temperature',
    'if (!channel.isGood ||',
    "!channel.isGood || typeof value !== 'number'",
    "!channel.isGood && typeof value !== 'number'",
    'what turns bad keeps its last number, and that decides the same until the next good one',
  ),
  interlock(
    'zone-deviation',
    'reachedBand: false',
    'false',
    'true',
    'the first scan sees a new setpoint and forgets it',
  ),
  interlock('zone-deviation', 'watch.point.report(extruding', 'false', 'true', notStanding),
  interlock(
    'comms-lost',
    'others: equipment.modules',
    'other !== module',
    'true',
    'a lost module is none that answers',
  ),
  interlock('sensor-failed', 'point.report(channel.isStale', 'false', 'true', notStanding),
  interlock(
    'signal-lost',
    'const { id } =',
    '{ id: null }',
    '{}',
    'a value is shown only with a condition that stands',
  ),
  interlock(
    'signal-lost',
    'else if (longest === null',
    'notGoodSinceMs < (longest.notGoodSinceMs ?? 0)',
    'notGoodSinceMs <= (longest.notGoodSinceMs ?? 0)',
    tie,
  ),
  interlock('output-mismatch', 'else if (mismatch.tries', 'mismatch.tries > tries', 'mismatch.tries >= tries', tie),
  interlock(
    'output-mismatch',
    'for (const mismatch of status',
    '[]',
    '["Stryker was here"]',
    'what has no number of tries is no mismatch',
  ),
  interlock(
    'prove-off',
    'if (provingSinceMs === null ||',
    'lastGoodAtMs === null',
    'false',
    'a power that was never read is not known, and what is not known is above no limit',
  ),
  interlock(
    'unexpected-rise',
    'if (Number.isNaN(this.#expectedC)',
    'temperatureC < this.#expectedC',
    'temperatureC <= this.#expectedC',
    'what is expected becomes what it is',
  ),
  interlock(
    'heater-model',
    'if (excess > 0)',
    'excess > 0',
    'excess >= 0',
    'a neighbour that stands at ambient lifts by nothing',
  ),
  interlock(
    'swap-watch',
    'zones.slice(place + 1)',
    'zones.slice(place + 1)',
    'zones',
    'a pair the other way round says the same, and stands behind; a zone is never apart from itself',
  ),
  interlock('swap-watch', '#differMs = -1', '-1', '+1', 'what is not crossed is not told'),
  interlock('swap-watch', 'accused = false;', 'false', 'true', 'what is not crossed is not told'),
  interlock('zones-swapped', 'point.report(known', 'false', 'true', notStanding),
  interlock('drive-fault', '} else point.report(known', 'false', 'true', notStanding),
  interlock('drive-fault', 'return channel.notGoodSinceMs === null', '-1', '+1', patience),
  interlock('estop', 'const unknownMs', '-1', '+1', patience),
  interlock('estop', 'else point.report(closed', 'false', 'true', notStanding),
  control('cycles', '#ran = false', 'false', 'true', 'a start sets it before anything asks'),
  ...(['false', '""'] as const).map((replacement) =>
    control(
      'cycles',
      "if (from !== 'STOPPING'",
      replacement === 'false' ? "to === 'STOPPING'" : "'STOPPING'",
      replacement,
      'it is told of changes only',
    ),
  ),
  control(
    'machine-control',
    "if (this.situation.state === 'ALARM'",
    "this.situation.state === 'ALARM'",
    'false',
    'to trip again what is tripped changes nothing',
  ),
  control(
    'machine-control',
    "if (this.situation.state === 'ALARM'",
    "'ALARM'",
    '""',
    'to trip again what is tripped changes nothing',
  ),
  control('machine-control', 'if (to === from)', 'to === from', 'false', 'a state that stays completes no cycle'),
  control(
    'readiness',
    'const soakedSeconds',
    'this.#inBandSinceMs === null',
    'false',
    'nobody asks for it out of band',
  ),
  control(
    'sequence',
    'while (this.#next',
    'this.#next < this.#steps.length',
    'this.#next <= this.#steps.length',
    'behind the last step there is none, and that ends it',
  ),
  control('sequence', 'if (next === undefined', 'next === undefined', 'false', 'the loop ends before'),
  control(
    'outputs',
    'board.set(this.#declaration.heating.contactor',
    "state !== 'ALARM'",
    'true',
    'a trip has put heating off',
  ),
  control('outputs', 'board.set(this.#declaration.heating.contactor', "'ALARM'", '""', 'a trip has put heating off'),
  control(
    'outputs',
    "...(mode === 'MANUAL'",
    "mode === 'MANUAL'",
    'true',
    'in AUTO nothing is in the engineer’s hands',
  ),
  control(
    'drives',
    "if (state === 'ALARM') return 0",
    "state === 'ALARM'",
    'false',
    'a trip has switched every drive off and ended its jog',
  ),
  control(
    'drives',
    "if (state === 'ALARM') return 0",
    "'ALARM'",
    '""',
    'a trip has switched every drive off and ended its jog',
  ),
  control(
    'drives',
    'this.#jogs.delete(drive)',
    'this.#jogs.delete(drive);',
    ';',
    'a jog whose time is over moves nothing',
  ),
  control('drives', 'if (on && !drive.on)', 'on && !drive.on', 'true', 'each step of a sequence is taken once'),
  control(
    'drives',
    'if (on && !drive.on)',
    'on && !drive.on',
    'on || !drive.on',
    'each step of a sequence is taken once',
  ),
  control(
    'lights',
    'const blink',
    'Math.floor(nowMs / halfPeriodMs) % 2 === 0',
    'Math.floor(nowMs / halfPeriodMs) % 2 !== 0',
    'it blinks all the same',
  ),
  control(
    'ramp',
    'const slower',
    'Math.abs(aimRpm) < Math.abs(fromRpm)',
    'Math.abs(aimRpm) <= Math.abs(fromRpm)',
    'where nothing differs no rate counts',
  ),
  control(
    'ramp',
    'return Math.abs(differenceRpm)',
    'Math.abs(differenceRpm) <= stepRpm',
    'Math.abs(differenceRpm) < stepRpm',
    'a whole step leads there as well',
  ),
];
