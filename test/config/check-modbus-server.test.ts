import assert from 'node:assert/strict';
import { checkConfiguration } from '../../config/load.ts';
import { set, tellsExactly, type Case } from './cases.ts';
import { changed, configurationAfter, faultsAfter } from './factory.ts';

/** The server with these registers, and what else its section says. */
function server(registers: readonly object[], more: object = {}): ReturnType<typeof set> {
  return set(['modbusServer'], { registers, ...more });
}

const zone1 = { signal: 'temperature.zone1', area: 'input', address: 0, type: 'float32' };
const estop = { signal: 'safety.estopClosed', area: 'discrete', address: 0 };
const setpoint = { signal: 'heater.zone1.setpoint', area: 'holding', address: 0, type: 'float32', writable: 'set' };
const at = (key: string, index = 0): string => `modbusServer.registers[${index}].${key}`;

const faults: readonly Case[] = [
  ['a server that offers nothing', [server([])], 'modbusServer.registers', /empty list, too short/],
  ['a port that is none', [server([zone1], { port: 70_000 })], 'modbusServer.port', /above the largest value 65535/],
  ['an unknown key', [server([zone1], { unit: 1 })], 'modbusServer.unit', /not known, did you mean units\?/],
  [
    'an address that no client has',
    [server([zone1], { allowedAddresses: ['plc1'] })],
    'modbusServer.allowedAddresses[0]',
    /"plc1".*IP address, or a network/,
  ],
  ['a policy that there is not', [server([zone1], { whenBad: 'zero' })], 'modbusServer.whenBad', /exception, sentinel/],
  [
    'writes under the name of the panel',
    [server([zone1], { account: 'Panel' })],
    'modbusServer.account',
    /is Panel, under which other doings stand in the audit/,
  ],
  [
    'a server too impatient for the scan',
    [server([zone1], { answerWithinMs: 300 })],
    'modbusServer.answerWithinMs',
    /300 ms, less than two scans \(500 ms\)/,
  ],
  [
    'a signal that there is not',
    [server([{ ...zone1, signal: 'temperature.zone9' }])],
    at('signal'),
    /signals does not declare, did you mean temperature\.zone\d\?/,
  ],
  ['a register beyond the last', [server([{ ...zone1, address: 65_536 }])], at('address'), /largest value 65535/],
  ['a negative address', [server([{ ...zone1, address: -1 }])], at('address'), /below the smallest value 0/],
  [
    'a value that reaches beyond the last register',
    [server([{ ...zone1, address: 65_535 }])],
    at('address'),
    /puts temperature\.zone1 at 65536, beyond 65535/,
  ],
  [
    'two values that overlap',
    [server([zone1, { ...zone1, address: 1, signal: 'temperature.zone2' }])],
    at('address', 1),
    /puts temperature\.zone2 at input 1, where temperature\.zone1 stands already/,
  ],
  [
    'a quality word on a value',
    [server([{ ...zone1, quality: 1 }])],
    at('quality'),
    /puts the quality of temperature\.zone1 at input 1, where temperature\.zone1 stands/,
  ],
  [
    'an age on a quality word',
    [server([{ ...estop, quality: 5, age: 5 }])],
    at('age'),
    /puts the age of safety\.estopClosed at input 5, where the quality of safety\.estopClosed stands/,
  ],
  [
    'qualities behind each value that meet other values',
    [server([zone1, { ...zone1, address: 10 }], { qualityOffset: 10 })],
    at('address', 1),
    /at input 10, where the quality of temperature\.zone1 stands already/,
  ],
  [
    'ages that fall off the end',
    [server([{ ...zone1, address: 60_000 }], { ageOffset: 6_000 })],
    at('address'),
    /puts the age of temperature\.zone1 at 66001, beyond 65535/,
  ],
  ['a register without a type', [server([{ ...zone1, type: undefined }])], at('type'), /is missing.*float32/],
  ['a type that there is not', [server([{ ...zone1, type: 'flaot32' }])], at('type'), /did you mean float32/],
  ['a number in a coil', [server([{ ...zone1, area: 'coil', type: undefined }])], at('area'), /the signal is a number/],
  ['a typed coil', [server([{ ...estop, type: 'uint16' }])], at('type'), /a discrete is one bit; remove it/],
  [
    'a Boolean as a float',
    [server([{ ...estop, area: 'input', type: 'float32' }])],
    at('type'),
    /the signal is a Boolean; choose uint16/,
  ],
  ['a scale of 0', [server([{ ...zone1, scale: 0 }])], at('scale'), /every value would read the same/],
  [
    'two things in one',
    [server([{ ...zone1, status: 'heartbeat' }])],
    'modbusServer.registers[0]',
    /signal and status/,
  ],
  ['nothing', [server([{ area: 'input', address: 0 }])], 'modbusServer.registers[0]', /offers nothing/],
  [
    'a count in a coil',
    [server([{ status: 'activeAlarms', area: 'coil', address: 0 }])],
    at('area'),
    /activeAlarms is a number; choose input or holding/,
  ],
  [
    'a status that is written',
    [server([{ status: 'heartbeat', area: 'holding', address: 0, writable: 'set' }])],
    at('writable'),
    /only read; remove it/,
  ],
  [
    'a measured value that is written',
    [server([{ ...zone1, area: 'holding', writable: 'set' }])],
    at('writable'),
    /is no setting/,
  ],
  [
    'an output that is written',
    [server([{ signal: 'pump.on', area: 'coil', address: 0, writable: 'set' }])],
    at('writable'),
    /pump\.on is no setting/,
  ],
  [
    'an input register that is written',
    [server([{ ...setpoint, area: 'input' }])],
    at('writable'),
    /choose holding or coil/,
  ],
  ['a signal that is a command', [server([{ ...setpoint, writable: 'start' }])], at('writable'), /write set, or leave/],
  [
    'a command by a register',
    [server([{ writable: 'start', area: 'holding', address: 0 }])],
    at('area'),
    /choose coil/,
  ],
  [
    'a command that there is not',
    [server([{ writable: 'begin', area: 'coil', address: 0 }])],
    at('writable'),
    /"begin".*start, stop, emergencyStop/,
  ],
  [
    'a command block of inputs',
    [server([{ commands: ['start'], area: 'input', address: 0 }])],
    at('area'),
    /choose holding/,
  ],
  [
    'a command block with a type',
    [server([{ commands: ['stop'], area: 'holding', address: 0, type: 'uint16' }])],
    at('type'),
    /remove it/,
  ],
  [
    'a setting beyond the rights of the server',
    [set(['signals', 'heater.zone1.setpoint', 'setting', 'role'], 'engineer'), server([setpoint])],
    at('writable'),
    /needs engineer, and modbusServer\.role is operator/,
  ],
  [
    'a bad value that nobody reads',
    [server([{ ...zone1, badValue: -1 }])],
    at('badValue'),
    /whenBad is exception; remove it/,
  ],
  [
    'an integer without its bad value',
    [server([{ ...zone1, type: 'int16' }], { whenBad: 'sentinel' })],
    at('badValue'),
    /is missing; whenBad is sentinel/,
  ],
  ['a coil without its bad value', [server([estop], { whenBad: 'sentinel' })], at('badValue'), /is missing/],
  [
    'a bad value that does not fit',
    [server([{ ...zone1, type: 'int16', badValue: 40_000 }], { whenBad: 'sentinel' })],
    at('badValue'),
    /40000, which int16 can not hold/,
  ],
  [
    'a bad value that could be a reading',
    [server([{ ...zone1, type: 'int16', scale: 0.1, badValue: 0 }], { whenBad: 'sentinel' })],
    at('badValue'),
    /means 0, within the span -20…400/,
  ],
  [
    'a bad value of another kind',
    [server([{ ...estop, badValue: 0 }], { whenBad: 'sentinel' })],
    at('badValue'),
    /takes true or false/,
  ],
  [
    'a bit that reads its bad value without a quality word',
    [server([{ ...estop, badValue: true }], { whenBad: 'sentinel' })],
    at('quality'),
    /is missing; safety\.estopClosed is one bit, so badValue true alone would pass for a reading/,
  ],
  [
    'a Boolean in a register with the bad value of a Good one',
    [server([{ ...estop, area: 'input', type: 'uint16', badValue: 1 }], { whenBad: 'sentinel' })],
    at('badValue'),
    /is 1, which safety\.estopClosed reads when it is Good/,
  ],
  [
    'a state as a bad value',
    [
      server([{ signal: 'machine.state', area: 'input', address: 0, type: 'uint16', badValue: 4 }], {
        whenBad: 'sentinel',
      }),
    ],
    at('badValue'),
    /means 4, one of the states 0…6 of machine\.state/,
  ],
  [
    'a bad value of a number without a span',
    [
      set(['signals', 'temperature.zone1', 'span'], undefined),
      server([{ ...zone1, type: 'int16', badValue: -1 }], { whenBad: 'sentinel' }),
    ],
    at('badValue'),
    /has no span, so it could be a reading; give it one, or choose float32, which reads NaN/,
  ],
  [
    'a type that can not hold its signal',
    [server([{ ...setpoint, type: 'int16', scale: 0.001 }])],
    at('type'),
    /is int16, which holds -32768…32767, but the span 0…265 of heater\.zone1\.setpoint is 0…265000 in the register/,
  ],
  [
    'a negative reading in a type without a sign',
    [server([{ ...zone1, type: 'uint16', scale: 0.1 }])],
    at('type'),
    /the span -20…400 of temperature\.zone1 is -200…4000/,
  ],
  [
    'last values without a quality word',
    [server([zone1], { whenBad: 'last' })],
    at('quality'),
    /would pass for a new one/,
  ],
];

describe('the check of the Modbus server', () => {
  tellsExactly(faults);

  it('takes every kind of register together', () => {
    const { modbusServer } = configurationAfter(
      server(
        [
          zone1,
          { ...zone1, signal: 'temperature.zone1.raw', address: 2 },
          { signal: 'machine.state', area: 'input', address: 4, type: 'uint16' },
          { ...estop, quality: 500 },
          setpoint,
          { signal: 'heater.enabled', area: 'coil', address: 0, writable: 'set' },
          { writable: 'stop', area: 'coil', address: 1 },
          { commands: ['start', 'stop'], area: 'holding', address: 900 },
          { status: 'controlAlive', area: 'coil', address: 2 },
        ],
        { qualityOffset: 100, ageOffset: 200, order: 'CDAB' },
      ),
    );
    const places = modbusServer?.registers.map(({ kind, area, address }) => `${kind} ${area} ${address}`);
    assert.deepEqual(places, [
      'value input 0',
      'quality input 100',
      'age input 200',
      'value input 2',
      'quality input 102',
      'age input 202',
      'value input 4',
      'quality input 104',
      'age input 204',
      'value discrete 0',
      'quality input 500',
      'value holding 0',
      'quality holding 100',
      'age holding 200',
      'value coil 0',
      'command coil 1',
      'commandBlock holding 900',
      'status coil 2',
    ]);
    assert.equal(modbusServer?.port, 1502);
    assert.equal(modbusServer?.whenBad, 'exception');
    assert.deepEqual(modbusServer?.allowedAddresses, ['127.0.0.1', '::1']);
  });

  it('takes bad values that no reading could be', () => {
    configurationAfter(
      server(
        [
          { ...zone1, type: 'int16', scale: 0.1, badValue: -32_768 },
          { ...estop, badValue: false, quality: 500 },
          { ...estop, area: 'input', address: 1, type: 'uint16', badValue: 65_535 },
          { signal: 'machine.state', area: 'input', address: 2, type: 'uint16', badValue: 65_535 },
        ],
        { whenBad: 'sentinel' },
      ),
    );
  });

  it('leaves the server off where there is no such section', () => {
    assert.equal(configurationAfter().modbusServer, null);
  });

  it('tells all faults of all registers at once', () => {
    const paths = faultsAfter(server([{ ...zone1, signal: 'x.y' }, estop, { ...estop, type: 'uint16' }, estop])).map(
      ({ path }) => path,
    );
    assert.deepEqual(paths, [at('signal'), at('type', 2), at('address', 3)]);
  });

  it('takes the port from the environment', () => {
    const result = checkConfiguration(changed(server([zone1], { port: '${TVE_MODBUS_PORT:1502}' })), {
      TVE_MODBUS_PORT: '2502',
    });
    assert.equal(result.ok && result.configuration.modbusServer?.port, 2502);
  });

  const ports: readonly [what: string, section: object, env: Record<string, string>, fault: RegExp | null][] = [
    ['the port of OPC UA', { port: 4840 }, {}, /is 4840, at which OPC UA is served on 127\.0\.0\.1 already/],
    ['the port of the page', { port: 8080 }, {}, /is 8080, at which REST and the page is served/],
    ['that port on all addresses', { port: 4840, host: '0.0.0.0' }, {}, /OPC UA/],
    ['a port that the environment gives to OPC UA', {}, { TVE_OPCUA_PORT: '1502' }, /is 1502/],
    ['the same port at another address', { port: 4840, host: '127.0.0.2' }, {}, null],
  ];
  for (const [what, section, env, fault] of ports)
    it(`${fault === null ? 'takes' : 'refuses'} ${what}`, () => {
      const result = checkConfiguration(changed(server([zone1], section)), env);
      const faults = result.ok ? [] : result.faults;
      if (fault === null) return assert.deepEqual(faults, []);
      assert.deepEqual(
        faults.map(({ path }) => path),
        ['modbusServer.port'],
      );
      assert.match(faults[0]?.message ?? '', fault);
    });
});
