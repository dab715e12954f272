import { drop, set, signal, spare, tellsExactly } from './cases.ts';

describe('the check of signals', () => {
  tellsExactly([
    [
      'a signal without an origin',
      [set(signal('spare.one'), { title: 'Spare' })],
      'signals.spare.one',
      /neither source nor setting nor derived/,
    ],
    [
      'a signal with two origins',
      [set(signal('fan.on', 'setting'), { role: 'operator', initial: false }), drop(signal('fan.on', 'manual'))],
      'signals.fan.on',
      /has source and setting; a signal is one of them/,
    ],
    [
      'a derived signal that nothing computes',
      [set(signal('machine.mood'), { title: 'Mood', derived: true })],
      'signals.machine.mood.derived',
      /did you mean machine\.mode\?/,
    ],
    [
      'a type on a derived signal',
      [set(signal('machine.cycles', 'type'), 'Double')],
      'signals.machine.cycles.type',
      /the control gives a derived signal its type/,
    ],
    [
      'a setting with a span that is true to begin with',
      [set(signal('heater.zone1.setpoint', 'setting', 'initial'), true)],
      'signals.heater.zone1.setpoint.setting.initial',
      /is true, but the signal is a number/,
    ],
    [
      'a setting for everybody',
      [set(signal('heater.enabled', 'setting', 'role'), 'observer')],
      'signals.heater.enabled.setting.role',
      /is "observer"; expected: lowest role that may change it: operator, engineer, admin/,
    ],
    [
      'a derived signal that is missing',
      [drop(signal('machine.heartbeat'))],
      'signals.machine.heartbeat',
      /is missing; declare it/,
    ],
    [
      'the hold of the start missing',
      [drop(signal('machine.startBlockedByClient'))],
      'signals.machine.startBlockedByClient',
      /is missing; declare it/,
    ],
    [
      'a module that is not there',
      [set(signal('spare.one'), { ...spare, source: { module: 'ai2', channel: 0 } })],
      'signals.spare.one.source.module',
      /is ai2.*did you mean ai1\?/,
    ],
    [
      'a channel that is not there',
      [set(signal('spare.one'), { ...spare, source: { module: 'ai1', channel: 4 } })],
      'signals.spare.one.source.channel',
      /is 4, which ai1 \(thermocouple-4\) does not have/,
    ],
    [
      'a misspelt channel',
      [set(signal('spare.one'), { ...spare, source: { module: 'ssr1', channel: 'powr' } })],
      'signals.spare.one.source.channel',
      /did you mean power\?/,
    ],
    [
      'one channel for two signals',
      [set(signal('spare.one'), { ...spare, source: { module: 'ai1', channel: 3 } })],
      'signals.spare.one.source',
      /channel 3 of ai1, which temperature\.motor has already/,
    ],
    [
      'a number read as a Boolean',
      [
        set(signal('spare.one'), { title: 'Spare', type: 'Boolean', source: { module: 'drive1', channel: 'atSpeed' } }),
        set(signal('motor.main.fault', 'type'), 'Boolean'),
      ],
      'signals.motor.main.fault.type',
      /is Boolean, but channel fault of drive1 carries a number/,
    ],
    [
      'a bit read as a number',
      [set(signal('spare.one'), { title: 'Spare', type: 'Double', source: { module: 'dio1', channel: 'di5' } })],
      'signals.spare.one.type',
      /is Double, but channel di5 of dio1 carries a bit/,
    ],
    [
      'a unit on a Boolean',
      [set(signal('pump.on', 'unit'), 'l')],
      'signals.pump.on.unit',
      /does not fit here: the signal is a Boolean/,
    ],
    [
      'states on a number',
      [set(signal('heater.power', 'states'), ['low', 'high'])],
      'signals.heater.power.states',
      /only a Boolean has states/,
    ],
    [
      'an average of an output',
      [set(signal('fan.nozzle', 'averageSeconds'), 2)],
      'signals.fan.nozzle.averageSeconds',
      /only an input is averaged/,
    ],
    [
      'a manual input',
      [set(signal('heater.power', 'manual'), true)],
      'signals.heater.power.manual',
      /only an output is written in MANUAL/,
    ],
    [
      'a poll period of a setting',
      [set(signal('heater.enabled', 'pollPeriodMs'), 250)],
      'signals.heater.enabled.pollPeriodMs',
      /is not polled/,
    ],
    [
      'an output without a span',
      [drop(signal('fan.nozzle', 'span'))],
      'signals.fan.nozzle.span',
      /is missing; give the range/,
    ],
    [
      'a setting that begins outside its span',
      [set(signal('heater.zone1.setpoint', 'setting', 'initial'), 300)],
      'signals.heater.zone1.setpoint.setting.initial',
      /is 300, outside the span 0…265/,
    ],
    [
      'a switch that begins as a number',
      [set(signal('heater.enabled', 'setting', 'initial'), 1)],
      'signals.heater.enabled.setting.initial',
      /is 1, but the signal is a Boolean/,
    ],
    [
      'a calibration with one reading twice',
      [
        set(signal('temperature.feed', 'calibration'), [
          [0, 0],
          [0, 1],
        ]),
      ],
      'signals.temperature.feed.calibration',
      /two points with the same reading/,
    ],
    [
      'a command that the register cannot hold',
      [set(signal('fan.nozzle', 'span'), [-10, 100])],
      'signals.fan.nozzle.span',
      /is -10…100, but the register holds 0…6553\.5/,
    ],
    [
      'a speed that the register cannot hold',
      [set(signal('motor.main.command', 'span'), [-40_000, 40_000])],
      'signals.motor.main.command.span',
      /the speed register holds -32767…32767; narrow it/,
    ],
  ]);
});
