import assert from 'node:assert/strict';

import { drop, set, tellsExactly } from './cases.ts';
import { configurationAfter, factoryValue, faultsAfter } from './factory.ts';

const warm = factoryValue(['alarms', 'MOTOR_WARM']) as object;

describe('the check of alarms', () => {
  tellsExactly([
    [
      'an alarm without a consequence',
      [drop(['alarms', 'ESTOP', 'consequence'])],
      'alarms.ESTOP.consequence',
      /is missing; expected: what happens if nobody acts/,
    ],
    [
      'an alarm with an empty response',
      [set(['alarms', 'ESTOP', 'response'], ' ')],
      'alarms.ESTOP.response',
      /which is empty/,
    ],
    [
      'an alarm that nobody raises',
      [set(['alarms', 'MOTOR_HOT'], { ...warm, limit: undefined })],
      'alarms.MOTOR_HOT',
      /has no limit, and no guard raises MOTOR_HOT/,
    ],
    [
      'a guard without its alarm',
      [drop(['alarms', 'COLD_EXTRUSION'])],
      'alarms.COLD_EXTRUSION',
      /is missing; the machine raises it/,
    ],
    [
      'two zones without the alarm that tells them swapped',
      [drop(['alarms', 'ZONES_SWAPPED'])],
      'alarms.ZONES_SWAPPED',
      /is missing; the machine raises it/,
    ],
    ['a gateway alarm that is missing', [drop(['alarms', 'CONTROL_LOST'])], 'alarms.CONTROL_LOST', /is missing/],
    [
      'an interlock that would not trip',
      [drop(['alarms', 'MOTOR_OVERTEMP', 'trip'])],
      'alarms.MOTOR_OVERTEMP.trip',
      /is an interlock and must trip/,
    ],
    [
      'a trip that nobody carries out',
      [set(['alarms', '{ZONE}_DEVIATION', 'trip'], { afterSeconds: 0 })],
      'alarms.{ZONE}_DEVIATION.trip',
      /what raises ZONE1_DEVIATION only warns/,
    ],
    [
      'a trip that would not latch',
      [set(['alarms', 'ESTOP', 'latches'], false)],
      'alarms.ESTOP.latches',
      /every trip latches/,
    ],
    [
      'a limit on a guard',
      [set(['alarms', 'MOTOR_OVERTEMP', 'limit'], { signal: 'temperature.motor', above: 65, deadband: 1 })],
      'alarms.MOTOR_OVERTEMP.limit',
      /is raised by its guard/,
    ],
    [
      'a limit outside the span',
      [set(['alarms', 'MOTOR_WARM', 'limit', 'above'], 200)],
      'alarms.MOTOR_WARM.limit.above',
      /is 200, outside the span -20…150 of temperature\.motor/,
    ],
    [
      'a limit that always rings',
      [set(['alarms', 'MOTOR_WARM', 'limit', 'below'], 70)],
      'alarms.MOTOR_WARM.limit.above',
      /is 60, not above below \(70\)/,
    ],
    [
      'a limit that never rings',
      [drop(['alarms', 'MOTOR_WARM', 'limit', 'above'])],
      'alarms.MOTOR_WARM.limit',
      /neither above nor below/,
    ],
    [
      'a limit of a Boolean',
      [set(['alarms', 'MOTOR_WARM', 'limit', 'signal'], 'fan.on')],
      'alarms.MOTOR_WARM.limit.signal',
      /is fan\.on, a Boolean/,
    ],
    [
      'a limit of a signal that is not there',
      [set(['alarms', 'MOTOR_WARM', 'limit', 'signal'], 'temperature.moter')],
      'alarms.MOTOR_WARM.limit.signal',
      /did you mean temperature\.motor\?/,
    ],
    [
      'a text that quotes what a zone does not have',
      [set(['alarms', '{ZONE}_OVERTEMP', 'text'], '{title} above {tripAbove} °C')],
      'alarms.{ZONE}_OVERTEMP',
      /quotes \{tripAbove\}, which zones\.zone1 does not have, did you mean tripAboveC\?/,
    ],
    [
      'a text that quotes without a family',
      [set(['alarms', 'ESTOP', 'text'], '{title}')],
      'alarms.ESTOP',
      /only a family such as \{ZONE\}_… can/,
    ],
    [
      'a text that quotes a section wrongly',
      [set(['alarms', 'ESTOP', 'text'], 'after {guards.staleTripSecond} s')],
      'alarms.ESTOP',
      /did you mean guards\.staleTripSeconds\?/,
    ],
    [
      'a trip time that is not the guard’s',
      [set(['alarms', 'TEMP_DATA_STALE', 'trip', 'afterSeconds'], 5)],
      'alarms.TEMP_DATA_STALE.trip.afterSeconds',
      /is 5 s, but its guard trips after guards\.staleTripSeconds \(3 s\)/,
    ],
    [
      'a name in small letters',
      [set(['alarms', 'motor_hot'], warm)],
      'alarms.motor_hot',
      /expected: the id of an alarm in capitals/,
    ],
    [
      'a priority beyond 4',
      [set(['alarms', 'ESTOP', 'priority'], 5)],
      'alarms.ESTOP.priority',
      /is 5; expected: priority: 1 critical, 2 high, 3 medium, 4 low/,
    ],
    [
      'two families that give one alarm',
      [
        set(['alarms', '{DRIVE}_SENSOR_FAILED'], {
          ...(factoryValue(['alarms', 'FEED_SENSOR_FAILED']) as object),
          trip: { afterSeconds: 3 },
        }),
        drop(['alarms', 'FEED_SENSOR_FAILED']),
        set(['sensors', 'feed', 'trips'], true),
        set(['alarms', 'MAIN_SENSOR_FAILED'], { ...warm }),
      ],
      'alarms.{DRIVE}_SENSOR_FAILED',
      /gives FEED_SENSOR_FAILED, and so does \{SENSOR\}_SENSOR_FAILED/,
    ],
  ]);

  it('gives a further module and a further line their alarms without a word more', () => {
    const { machine } = configurationAfter(
      set(['lines', 'rtu1'], { title: 'Second line', transport: 'rtu', path: '/dev/ttyUSB1' }),
      set(['modules', 'ai2'], { title: 'Further inputs', profile: 'thermocouple-4', line: 'rtu1', unit: 1 }),
    );
    const alarm = (id: string): string | undefined => machine.alarms.find((each) => each.id === id)?.text;
    assert.equal(alarm('RTU1_COMMS_LOST'), 'Second line (rtu1) is down');
    assert.equal(alarm('AI2_COMMS_LOST'), 'Further inputs (ai2) does not answer');
  });

  it('takes an alarm that is written out in the place of the one of its family', () => {
    const { machine } = configurationAfter(
      set(['alarms', 'ZONE2_DEVIATION'], {
        ...(factoryValue(['alarms', '{ZONE}_DEVIATION']) as object),
        text: 'Nozzle off its setpoint',
      }),
    );
    const texts = machine.alarms.filter(({ id }) => id.endsWith('_DEVIATION')).map(({ text }) => text);
    assert.deepEqual(texts, ['Barrel zone 1 is far from its setpoint', 'Nozzle off its setpoint']);
  });

  it('lets a family watch a limit of every zone', () => {
    const { machine } = configurationAfter(
      set(['alarms', '{ZONE}_HOT'], {
        ...warm,
        text: '{title} is hot',
        limit: { signal: '{temperature}', above: 260, deadband: 2 },
      }),
    );
    assert.deepEqual(
      machine.alarms.filter(({ id }) => id.endsWith('_HOT')).map(({ id, limit }) => [id, limit?.signal]),
      [
        ['ZONE1_HOT', 'temperature.zone1'],
        ['ZONE2_HOT', 'temperature.zone2'],
      ],
    );
  });

  it('complains about a missing section once and not about every alarm that would follow from it', () => {
    const faults = faultsAfter(drop(['zones']));
    assert.deepEqual(
      faults.map(({ path }) => path),
      ['zones'],
      JSON.stringify(faults, null, 2),
    );
  });
});
