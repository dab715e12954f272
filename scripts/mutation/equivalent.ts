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
  interlock('drive-fault', '} else point.report(known', 'false', 'true', notStanding),
  interlock('drive-fault', 'return channel.notGoodSinceMs === null', '-1', '+1', patience),
  interlock('estop', 'const unknownMs', '-1', '+1', patience),
  interlock('estop', 'else point.report(closed', 'false', 'true', notStanding),
];
