import assert from 'node:assert/strict';

import { factoryMachine } from '../factory.ts';
import { codes, Rig } from '../rig.ts';
import { assertOff, inject, Played, plays, release, type Place, type Rule } from './rule.ts';

const places: readonly Place[] = ['idle', 'running', 'heating by hand', 'jogging'];

/**
 * Who watches each polled signal: the alarm that rings when it alone fails or is not delivered any more, and what of it. All trip 3 s
 * after the signal left Good; the feed throat, without which the machine is only less well known, rings.
 */
const watchers: Readonly<Record<string, readonly [refused: string, lost: string]>> = {
  'temperature.feed': ['FEED_SENSOR_FAILED', 'FEED_SENSOR_FAILED'],
  'temperature.zone1': ['ZONE1_SENSOR_FAILED', 'TEMP_DATA_STALE'],
  'temperature.zone2': ['ZONE2_SENSOR_FAILED', 'TEMP_DATA_STALE'],
  'temperature.motor': ['MOTOR_SENSOR_FAILED', 'TEMP_DATA_STALE'],
  'heater.power': ['SIGNAL_LOST', 'SIGNAL_LOST'],
  'heater.energy': ['SIGNAL_LOST', 'SIGNAL_LOST'],
  'motor.main.speed': ['MAIN_DRIVE_FAULT', 'MAIN_DRIVE_FAULT'],
  'motor.main.current': ['MAIN_DRIVE_FAULT', 'MAIN_DRIVE_FAULT'],
  'motor.main.running': ['MAIN_DRIVE_FAULT', 'MAIN_DRIVE_FAULT'],
  'motor.main.fault': ['MAIN_DRIVE_FAULT', 'MAIN_DRIVE_FAULT'],
  'motor.feed.speed': ['FEED_DRIVE_FAULT', 'FEED_DRIVE_FAULT'],
  'motor.feed.current': ['FEED_DRIVE_FAULT', 'FEED_DRIVE_FAULT'],
  'motor.feed.running': ['FEED_DRIVE_FAULT', 'FEED_DRIVE_FAULT'],
  'motor.feed.fault': ['FEED_DRIVE_FAULT', 'FEED_DRIVE_FAULT'],
  'safety.estopClosed': ['ESTOP', 'ESTOP'],
  'panel.start': ['SIGNAL_LOST', 'SIGNAL_LOST'],
  'panel.stop': ['SIGNAL_LOST', 'SIGNAL_LOST'],
  ...Object.fromEntries(
    [...factoryMachine().signals.values()]
      .filter(({ direction }) => direction === 'output')
      .map(({ id }) => [id, ['OUTPUT_MISMATCH', 'OUTPUT_MISMATCH']]),
  ),
};

const polled = [...factoryMachine().signals.values()].filter(
  ({ source, rawOf }) => source !== undefined && rawOf === undefined,
);

plays(
  Object.entries(watchers).flatMap(([signal, [refused, lost]]): Rule[] => {
    const trips = signal !== 'temperature.feed';
    const mend = release(signal);
    return [
      ...(['BadConfigurationError', 'BadDeviceFailure'] as const).map((quality): Rule => ({
        rule: `${signal} alone is refused by its module as ${quality}`,
        alarm: refused,
        from: quality === 'BadDeviceFailure' ? ['running'] : ['running', 'heating by hand'],
        provoke: inject(signal, quality),
        tripsAfterSeconds: trips ? 3 : null,
        raisedAfterSeconds: raisedAtOnce(refused) || !trips ? 0 : 3,
        mend,
      })),
      {
        rule: `${signal} alone is not delivered any more`,
        alarm: lost,
        from: places,
        provoke: inject(signal, 'lost'),
        // the last reading is a scan old when the first is missed: Good until 1 s, then 3 s
        tripsAfterSeconds: trips ? 3.75 : null,
        raisedAfterSeconds: raisedAtOnce(lost) ? 1 : 3.75,
        mend,
      },
    ];
  }),
);

/** These ring as soon as the signal is not Good; those of drives and e-stop, and the feed throat that is only late, when they trip. */
function raisedAtOnce(alarm: string): boolean {
  return !/DRIVE_FAULT|ESTOP|FEED_SENSOR/.test(alarm);
}

describe('every polled signal', () => {
  it('is watched by somebody', () => {
    assert.deepEqual(
      polled.map(({ id }) => id).toSorted(),
      Object.keys(watchers).toSorted(),
      'an input that nobody evaluates',
    );
  });

  for (const { id } of polled) {
    it(`keeps its last value, not fresh, when it stops coming: ${id}`, () => {
      const { rig } = new Played('ready');
      const before = rig.sample(id);
      assert.equal(before.quality, 'Good');
      rig.injected.set(id, 'lost');
      rig.run(1);
      assert.equal(rig.sample(id).quality, 'Good');
      rig.scan();
      assert.deepEqual(rig.sample(id), { ...before, quality: 'UncertainLastUsableValue' });
      const others = polled.filter((other) => other.id !== id);
      for (const other of others) assert.equal(rig.sample(other.id).quality, 'Good', other.id);
    });
  }

  it('of which only one value is refused leaves the module and its other values alone', () => {
    const { rig } = new Played('running');
    rig.injected.set('heater.energy', 'BadConfigurationError');
    rig.run(2);
    assert.equal(rig.sample('heater.energy').quality, 'BadConfigurationError');
    assert.equal(rig.sample('heater.power').quality, 'Good');
    assert.equal(rig.state, 'RUNNING');
    assert.equal(rig.alarm('SIGNAL_LOST')?.value, 'heater.energy');
    assert.match(
      rig.alarm('SIGNAL_LOST')?.explanation ?? '',
      /^Heater energy is not known \(BadConfigurationError\) although module ssr1 answers; after 3 s/,
    );
    assert.equal(rig.alarm('SSR1_COMMS_LOST'), undefined);
  });

  it('that is disabled in the configuration is missed by nobody', () => {
    const machine = factoryMachine();
    const off = ['heater.energy', 'panel.start', 'temperature.feed', 'temperature.feed.raw', 'light.green'];
    const signals = new Map(
      [...machine.signals].map(([id, signal]) => [id, off.includes(id) ? { ...signal, enabled: false } : signal]),
    );
    const rig = new Rig({ declaration: { ...machine, signals } });
    rig.run(20);
    assert.deepEqual(rig.events, []);
    for (const id of off) assert.equal(rig.sample(id).quality, 'BadOutOfService');
    assert.equal(rig.state, 'IDLE');
  });

  it('that was never delivered trips 3 s after it is missed, a freshness limit after the first contact with its module', () => {
    const rig = new Rig();
    rig.injected.set('panel.stop', 'lost');
    rig.scan();
    rig.run(3.75);
    assert.equal(rig.state, 'IDLE');
    rig.run(0.5);
    assert.equal(rig.alarm('SIGNAL_LOST')?.trip, true);
    assert.equal(rig.alarm('SIGNAL_LOST')?.value, 'panel.stop');
  });
});

const modules = ['ai1', 'drive1', 'drive2', 'dio1', 'ssr1'] as const;

plays([
  ...modules.map((module): Rule => ({
    rule: `module ${module} does not answer`,
    alarm: `${module.toUpperCase()}_COMMS_LOST`,
    from: places,
    provoke: (rig) => void rig.silent.add(module),
    tripsAfterSeconds: 3.75,
    // that it is not its whole line has to be known first
    raisedAfterSeconds: 1,
    mend: (rig) => rig.silent.clear(),
  })),
  ...(
    [
      ['rtu0', ['ai1', 'drive1', 'drive2']],
      ['tcp0', ['dio1', 'ssr1']],
    ] as const
  ).map(([line, lost]): Rule => ({
    rule: `no module of line ${line} answers`,
    alarm: `${line.toUpperCase()}_COMMS_LOST`,
    from: places,
    provoke: (rig) => {
      for (const module of lost) rig.silent.add(module);
    },
    tripsAfterSeconds: 3.75,
    raisedAfterSeconds: 1,
    mend: (rig) => rig.silent.clear(),
  })),
]);

describe('a lost module', () => {
  for (const module of modules) {
    it(`is one alarm, and what follows from it is suppressed: ${module}`, () => {
      const { rig } = new Played('running');
      rig.silent.add(module);
      rig.run(10);
      const alarm = `${module.toUpperCase()}_COMMS_LOST`;
      assert.deepEqual(rig.standing(), [alarm]);
      assert.deepEqual(
        rig.events.filter(({ transition }) => transition === 'tripped').map(({ occurrence }) => occurrence.id),
        [alarm],
      );
      for (const { id, source } of polled) {
        const quality = source?.module === module ? 'BadCommunicationError' : 'Good';
        assert.equal(rig.sample(id).quality, quality, id);
      }
      assert.deepEqual(codes(rig.ask({ name: 'clearAlarms' })), ['ALARM_ACTIVE']);
      rig.silent.clear();
      rig.run(1);
      assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, true);
    });
  }

  it('with temperatures takes the heat at once', () => {
    const { rig } = new Played('heating');
    assert.ok(Number(rig.output('heater.zone1.output')) > 0);
    rig.silent.add('ai1');
    rig.run(1);
    assert.ok(Number(rig.output('heater.zone1.output')) > 0);
    rig.scan();
    assert.deepEqual([rig.output('heater.zone1.output'), rig.output('heater.zone2.output')], [0, 0]);
  });

  it('that answers again in time trips nothing', () => {
    for (const module of modules) {
      const { rig } = new Played('running');
      rig.silent.add(module);
      rig.run(3.5);
      rig.silent.clear();
      rig.run(30);
      assert.equal(rig.state, 'RUNNING', module);
    }
  });
});

/** What was announced, in order. */
function raised(rig: Rig): string[] {
  return rig.events.filter(({ transition }) => transition === 'raised').map(({ occurrence }) => occurrence.id);
}

describe('what falls silent together', () => {
  const after = [
    [0.25, false],
    [0.5, false],
    [0.75, true],
  ] as const;
  for (const [seconds, ringsAlone] of after) {
    const how = ringsAlone ? 'and rings for itself first' : 'and is not heard of apart';
    it(`a module went ${seconds} s before its line ${how}`, () => {
      const { rig } = new Played('running');
      rig.silent.add('ai1');
      rig.run(seconds);
      rig.silent.add('drive1');
      rig.silent.add('drive2');
      rig.run(10);
      assert.deepEqual(raised(rig), [...(ringsAlone ? ['AI1_COMMS_LOST'] : []), 'RTU0_COMMS_LOST']);
      assert.equal(rig.alarm('AI1_COMMS_LOST')?.suppressedBy, 'RTU0_COMMS_LOST');
    });

    for (const [signal, alarm, module] of [
      ['heater.power', 'SIGNAL_LOST', 'ssr1'],
      ['light.red', 'OUTPUT_MISMATCH', 'dio1'],
      ['temperature.zone1', 'TEMP_DATA_STALE', 'ai1'],
    ] as const) {
      it(`${signal} went ${seconds} s before its module ${how}`, () => {
        const { rig } = new Played('running');
        rig.injected.set(signal, 'lost');
        rig.run(seconds);
        rig.silent.add(module);
        rig.run(10);
        const lost = `${module.toUpperCase()}_COMMS_LOST`;
        assert.deepEqual(raised(rig), [...(ringsAlone ? [alarm] : []), lost]);
      });
    }
  }

  it('a line and its modules are told in the scan in which all of them are lost, the modules under the line', () => {
    const { rig } = new Played('running');
    for (const module of ['dio1', 'ssr1']) rig.silent.add(module);
    rig.run(1);
    assert.deepEqual(rig.core.alarms(), []);
    rig.scan();
    for (const module of ['DIO1', 'SSR1']) {
      assert.equal(rig.alarm(`${module}_COMMS_LOST`)?.suppressedBy, 'TCP0_COMMS_LOST', module);
    }
    assert.deepEqual(rig.standing(), ['TCP0_COMMS_LOST']);
  });

  it('a temperature that rings does not stop to while it is open whether its module or its line is gone too', () => {
    const { rig } = new Played('ready');
    rig.injected.set('temperature.zone1', 'lost');
    rig.run(1);
    rig.silent.add('ai1');
    rig.scan();
    for (const module of ['drive1', 'drive2']) rig.silent.add(module);
    rig.run(10);
    const told = rig.events.filter(({ occurrence }) => occurrence.id === 'TEMP_DATA_STALE');
    assert.ok(!told.some(({ transition }) => transition === 'returned' || transition === 'cleared'));
  });

  it('a value that is refused stays so while its module is lost', () => {
    const { rig } = new Played('running');
    rig.injected.set('heater.power', 'BadDeviceFailure');
    rig.injected.set('light.red', 'BadDeviceFailure');
    rig.run(2);
    for (const module of ['dio1', 'ssr1']) rig.silent.add(module);
    rig.run(20);
    for (const id of ['SIGNAL_LOST', 'OUTPUT_MISMATCH']) assert.equal(rig.alarm(id)?.active, true, id);
  });

  it('of several lost values the one that was lost first counts', () => {
    for (const [first, then] of [
      ['heater.power', 'panel.stop'],
      ['panel.stop', 'heater.power'],
      ['fan.on', 'light.green'],
      ['light.green', 'fan.on'],
    ] as const) {
      const { rig } = new Played('running');
      rig.injected.set(first, 'BadDeviceFailure');
      rig.scan();
      rig.run(1);
      rig.injected.set(then, 'BadDeviceFailure');
      rig.run(1.75);
      assert.equal(rig.state, 'RUNNING');
      rig.scan();
      assert.equal(rig.state, 'ALARM', first);
    }
  });
});

describe('a line', () => {
  it('without a module is never lost', () => {
    const machine = factoryMachine();
    const [like] = machine.alarms.filter(({ id }) => id === 'TCP0_COMMS_LOST');
    const alarms = [...machine.alarms, { ...(like ?? assert.fail()), id: 'SPARE_COMMS_LOST' }];
    const rig = new Rig({ declaration: { ...machine, lines: [...machine.lines, { id: 'spare' }], alarms } });
    rig.run(20);
    assert.deepEqual(rig.events, []);
  });

  it('that is cut is one alarm; its modules, and what they measure, are suppressed under it', () => {
    const { rig } = new Played('running');
    rig.silent.add('ai1');
    rig.scan();
    rig.silent.add('drive1');
    rig.silent.add('drive2');
    rig.run(10);
    assert.equal(rig.state, 'ALARM');
    assert.deepEqual(rig.standing(), ['RTU0_COMMS_LOST']);
    for (const id of ['AI1_COMMS_LOST', 'DRIVE1_COMMS_LOST', 'DRIVE2_COMMS_LOST', 'TEMP_DATA_STALE']) {
      assert.equal(rig.alarm(id)?.suppressedBy, 'RTU0_COMMS_LOST', id);
    }
    const told = rig.events.filter(({ transition }) => transition === 'raised' || transition === 'tripped');
    assert.deepEqual(
      told.map(({ transition, occurrence }) => `${transition} ${occurrence.id}`),
      ['raised RTU0_COMMS_LOST', 'tripped RTU0_COMMS_LOST'],
    );
  });

  it('on which one module still answers is not lost', () => {
    const { rig } = new Played('running');
    rig.silent.add('ai1');
    rig.silent.add('drive1');
    rig.run(10);
    assert.equal(rig.alarm('RTU0_COMMS_LOST'), undefined);
    assert.deepEqual(rig.standing().toSorted(), ['AI1_COMMS_LOST', 'DRIVE1_COMMS_LOST']);
  });
});

describe('the first 10 s', () => {
  it('of missing modules block the start but trip nothing; 3 s later they do', () => {
    const rig = new Rig();
    for (const module of modules) rig.silent.add(module);
    rig.run(12.75);
    assert.equal(rig.state, 'IDLE');
    assert.ok(rig.blockers().includes('COMMS_LOST'));
    assert.equal(rig.ask({ name: 'heat', on: true }).accepted, false);
    rig.run(0.5);
    assert.equal(rig.state, 'ALARM');
    assertOff(rig);
  });

  it('end for a module that was heard once', () => {
    const rig = new Rig();
    rig.run(1);
    rig.silent.add('drive1');
    rig.run(4.5);
    assert.equal(rig.alarm('DRIVE1_COMMS_LOST')?.trip, true);
  });
});
