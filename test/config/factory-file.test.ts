import assert from 'node:assert/strict';

import type { AlarmDeclaration } from '../../machine/alarms/alarm.ts';
import { factoryConfiguration } from './factory.ts';

/** Direction, type, unit, span and source of every signal of the factory machine. */
const signals = `
temperature.feed            input   Double  °C   -20…400     ai1/0
temperature.feed.raw        input   Double  °C   -20…400     ai1/0
temperature.zone1           input   Double  °C   -20…400     ai1/1
temperature.zone1.raw       input   Double  °C   -20…400     ai1/1
temperature.zone2           input   Double  °C   -20…400     ai1/2
temperature.zone2.raw       input   Double  °C   -20…400     ai1/2
temperature.motor           input   Double  °C   -20…150     ai1/3
temperature.motor.raw       input   Double  °C   -20…150     ai1/3
heater.zone1.setpoint       setting Double  °C   0…265       -
heater.zone2.setpoint       setting Double  °C   0…265       -
heater.enabled              setting Boolean -    -           -
heater.zone1.output         output  Double  %    0…100       ssr1/duty0
heater.zone2.output         output  Double  %    0…100       ssr1/duty1
heater.contactor            output  Boolean -    -           dio1/do5
heater.power                input   Double  kW   0…20        ssr1/power
heater.energy               input   Double  kWh  -           ssr1/energy
motor.main.setpoint         setting Double  rpm  -5000…5000  -
motor.main.command          output  Double  rpm  -5000…5000  drive1/command
motor.main.reset            output  Boolean -    -           drive1/reset
motor.main.speed            input   Double  rpm  -5000…5000  drive1/speed
motor.main.current          input   Double  A    0…20        drive1/current
motor.main.running          input   Boolean -    -           drive1/running
motor.main.fault            input   UInt16  -    -           drive1/fault
motor.feed.setpoint         setting Double  rpm  -5000…5000  -
motor.feed.command          output  Double  rpm  -5000…5000  drive2/command
motor.feed.reset            output  Boolean -    -           drive2/reset
motor.feed.speed            input   Double  rpm  -5000…5000  drive2/speed
motor.feed.current          input   Double  A    0…20        drive2/current
motor.feed.running          input   Boolean -    -           drive2/running
motor.feed.fault            input   UInt16  -    -           drive2/fault
fan.on                      output  Boolean -    -           dio1/do0
pump.on                     output  Boolean -    -           dio1/do1
fan.nozzle                  output  Double  %    0…100       ssr1/duty2
light.red                   output  Boolean -    -           dio1/do2
light.yellow                output  Boolean -    -           dio1/do3
light.green                 output  Boolean -    -           dio1/do4
safety.estopClosed          input   Boolean -    -           dio1/di0
panel.start                 input   Boolean -    -           dio1/di1
panel.stop                  input   Boolean -    -           dio1/di2
machine.state               derived Enumeration - -          -
machine.mode                derived Enumeration - -          -
machine.startPermitted      derived Boolean -    -           -
machine.startBlockedByClient setting Boolean -   -           -
machine.heartbeat           derived UInt32  -    -           -
machine.cycles              derived UInt32  -    -           -
machine.runningHours        derived Double  h    -           -
`;

/** Priority and trip of every alarm; the number is how long after the condition it trips, in s. */
const alarms = `
ESTOP                   1 0
ZONE1_OVERTEMP          1 0
ZONE2_OVERTEMP          1 0
ZONE1_UNCONTROLLED      1 0
ZONE2_UNCONTROLLED      1 0
MOTOR_OVERTEMP          1 0
MOTOR_WARM              3 -
MAIN_DRIVE_FAULT        2 0
FEED_DRIVE_FAULT        2 0
FEED_SENSOR_FAILED      2 -
ZONE1_SENSOR_FAILED     2 3
ZONE2_SENSOR_FAILED     2 3
MOTOR_SENSOR_FAILED     2 3
TEMP_DATA_STALE         2 3
SIGNAL_LOST             2 3
AI1_COMMS_LOST          2 3
DRIVE1_COMMS_LOST       2 3
DRIVE2_COMMS_LOST       2 3
DIO1_COMMS_LOST         2 3
SSR1_COMMS_LOST         2 3
HEATER_POWER_MISMATCH   3 -
RTU0_COMMS_LOST         2 3
TCP0_COMMS_LOST         2 3
ZONES_SWAPPED           2 0
ZONE1_NOT_HEATING       2 0
ZONE2_NOT_HEATING       2 0
COLD_EXTRUSION          2 0
ZONE1_DEVIATION         3 -
ZONE2_DEVIATION         3 -
MAIN_DRIVE_NOT_RUNNING  2 0
FEED_DRIVE_NOT_RUNNING  2 0
MAIN_DRIVE_NOT_STOPPING 2 0
FEED_DRIVE_NOT_STOPPING 2 0
MAIN_DRIVE_OVERLOAD     2 0
FEED_DRIVE_OVERLOAD     2 0
OUTPUT_MISMATCH         2 0
SCAN_OVERRUN            2 0
CONTROL_LOST            1 -
CONFIG_UNCONFIRMED      3 -
DISK_LOW                3 -
CLOCK_STEPPED           4 -
CERTIFICATE_EXPIRING    4 -
HISTORIAN_BUFFERING     4 -
HISTORIAN_BUFFER_HIGH   3 -
`;

/** Where every channel lies on the wire: module/channel, area or kind, address, and what makes it a value. */
const registers = `
thermocouple-4 0       input 0 int16 0.1
thermocouple-4 1       input 1 int16 0.1
thermocouple-4 2       input 2 int16 0.1
thermocouple-4 3       input 3 int16 0.1
drive running          input 0 bit 0
drive atSpeed          input 0 bit 1
drive faulted          input 0 bit 3
drive speed            input 1 int16
drive current          input 2 uint16 0.01
drive fault            input 3 uint16
drive command          drive-speed control 0 speed 1 run 0 reverse 1
drive reset            drive-bit control 0 bit 7
dio-8 di0              discrete 0
dio-8 di1              discrete 1
dio-8 di2              discrete 2
dio-8 di3              discrete 3
dio-8 di4              discrete 4
dio-8 di5              discrete 5
dio-8 di6              discrete 6
dio-8 di7              discrete 7
dio-8 do0              coil 0
dio-8 do1              coil 1
dio-8 do2              coil 2
dio-8 do3              coil 3
dio-8 do4              coil 4
dio-8 do5              coil 5
dio-8 do6              coil 6
dio-8 do7              coil 7
heater-controller power  input 0 float32 0.001
heater-controller energy input 2 uint32 0.001
heater-controller duty0  register 0 uint16 0.1
heater-controller duty1  register 1 uint16 0.1
heater-controller duty2  register 2 uint16 0.1
`;

function rows(table: string): string[] {
  return table
    .trim()
    .split('\n')
    .map((row) => row.replaceAll(/\s+/g, ' ').trim());
}

describe('the factory configuration', () => {
  const { machine, field, server, opcua, http, history, hypercare, shifts } = factoryConfiguration();

  it('declares every signal of the machine with its direction, type, unit, range and channel', () => {
    const declared = [...machine.signals.values()].map(({ id, direction, type, unit, span, source }) =>
      [
        id,
        direction,
        type,
        unit ?? '-',
        span?.join('…') ?? '-',
        source ? `${source.module}/${source.channel}` : '-',
      ].join(' '),
    );
    assert.deepEqual(declared.toSorted(), rows(signals).toSorted());
    for (const [id, signal] of machine.signals) assert.equal(signal.id, id);
  });

  it('keeps single readings of the four averaged temperatures and of nothing else', () => {
    const averaged = [...machine.signals.values()].filter((signal) => signal.averageSeconds !== undefined);
    assert.deepEqual(
      averaged.map(({ id, averageSeconds }) => [id, averageSeconds]),
      ['feed', 'zone1', 'zone2', 'motor'].map((name) => [`temperature.${name}`, 2]),
    );
    const raw = [...machine.signals.values()].filter((signal) => signal.rawOf !== undefined);
    assert.deepEqual(
      raw.map(({ id, rawOf }) => [id, rawOf]),
      averaged.map(({ id }) => [`${id}.raw`, id]),
    );
  });

  it('lets an engineer write heater duties, drive commands, fan, pump and nozzle fan in MANUAL, and nothing else', () => {
    assert.deepEqual(
      [...machine.signals.values()].filter((signal) => signal.manual).map((signal) => signal.id),
      [
        'heater.zone1.output',
        'heater.zone2.output',
        'motor.main.command',
        'motor.feed.command',
        'fan.on',
        'pump.on',
        'fan.nozzle',
      ],
    );
  });

  it('marks as simulated exactly the signals that come from a module', () => {
    for (const signal of machine.signals.values())
      assert.equal(signal.simulated, signal.source !== undefined, signal.id);
  });

  it('expects every polled signal at the pace of its module and no other signal at all', () => {
    for (const signal of machine.signals.values()) {
      assert.equal(signal.pollPeriodMs, signal.source ? 250 : undefined, signal.id);
    }
  });

  it('gives states and modes in the order of the contract', () => {
    assert.deepEqual(machine.signals.get('machine.state')?.states, [
      'IDLE',
      'HEATING',
      'READY',
      'STARTING',
      'RUNNING',
      'STOPPING',
      'ALARM',
    ]);
    assert.deepEqual(machine.signals.get('machine.mode')?.states, ['AUTO', 'MANUAL']);
  });

  it('declares every alarm with its priority and trip', () => {
    const declared = machine.alarms.map(({ id, priority, trip }) => `${id} ${priority} ${trip?.afterSeconds ?? '-'}`);
    assert.deepEqual(declared.toSorted(), rows(alarms).toSorted());
  });

  it('latches every alarm that trips and tells the operator what follows and what to do', () => {
    for (const alarm of machine.alarms) {
      assert.equal(alarm.latches, alarm.trip !== undefined, alarm.id);
      for (const text of textsOf(alarm)) {
        assert.match(text, /\S/, alarm.id);
        assert.doesNotMatch(text, /[{}]/, `${alarm.id} has something unquoted`);
      }
      assert.ok(alarm.consequence.length > 20 && alarm.response.length > 20, alarm.id);
    }
  });

  it('names the place and the number in the texts of a family', () => {
    const alarm = machine.alarms.find(({ id }) => id === 'ZONE2_OVERTEMP');
    assert.equal(alarm?.text, 'Barrel zone 2 above 280 °C');
    assert.match(machine.alarms.find(({ id }) => id === 'AI1_COMMS_LOST')?.consequence ?? '', /stops after 3 s/);
  });

  it('warns of a warm motor at 60 °C until it is below 57 °C', () => {
    assert.deepEqual(machine.alarms.find(({ id }) => id === 'MOTOR_WARM')?.limit, {
      signal: 'temperature.motor',
      above: 60,
      deadband: 3,
    });
  });

  it('puts causes before what follows from them: lines, modules, then the signals on them', () => {
    const ids = machine.alarms.map(({ id }) => id);
    const order = ['RTU0_COMMS_LOST', 'AI1_COMMS_LOST', 'ZONE1_SENSOR_FAILED', 'TEMP_DATA_STALE'];
    assert.deepEqual(
      order,
      order.toSorted((a, b) => ids.indexOf(a) - ids.indexOf(b)),
    );
  });

  it('wires five modules to two lines, each with its watchdog', () => {
    assert.deepEqual(
      field.modules.map(({ id, line, unit, watchdogMs, pollPeriodMs, simulated, profile }) =>
        [id, line, unit, profile.id, watchdogMs, pollPeriodMs, simulated].join(' '),
      ),
      [
        'ai1 rtu0 1 thermocouple-4  250 true',
        'drive1 rtu0 2 drive 1000 250 true',
        'drive2 rtu0 3 drive 1000 250 true',
        'dio1 tcp0 1 dio-8 2000 250 true',
        'ssr1 tcp0 2 heater-controller 2000 250 true',
      ],
    );
    const timing = {
      timeoutMs: 300,
      connectTimeoutMs: 2000,
      baudRate: 115_200,
      parity: 'none',
      stopBits: 1,
      turnaroundMs: 0,
      reconnectMs: 200,
      reconnectCapMs: 5000,
    };
    assert.deepEqual(field.lines, [
      { id: 'rtu0', ...timing, transport: 'rtu-over-tcp', host: '127.0.0.1', port: 5021 },
      { id: 'tcp0', ...timing, transport: 'tcp', host: '127.0.0.1', port: 5020 },
    ]);
  });

  it('maps every channel to its registers', () => {
    const profiles = new Map(field.modules.map(({ profile }) => [profile.id, profile]));
    const mapped = [...profiles.values()].flatMap(({ id, inputs, outputs }) => [
      ...Object.entries(inputs).map(([channel, input]) =>
        [id, channel, input.area, input.address, input.bit === undefined ? input.type : `bit ${input.bit}`, input.scale]
          .filter((word) => word !== undefined)
          .join(' '),
      ),
      ...Object.entries(outputs).map(([channel, output]) =>
        `${id} ${channel} ${output.kind} ${placeOf(output)}`.trim(),
      ),
    ]);
    assert.deepEqual(mapped.toSorted(), rows(registers).toSorted());
  });

  it('knows open circuit, under range and a failed cold junction of the temperature module', () => {
    const profile = field.modules.find(({ id }) => id === 'ai1')?.profile;
    for (const input of Object.values(profile?.inputs ?? {})) {
      assert.deepEqual(
        input.sentinels?.map(({ raw, quality }) => [raw, quality]),
        [
          [32_767, 'BadSensorFailure'],
          [-32_768, 'BadSensorFailure'],
        ],
      );
    }
    assert.deepEqual(profile?.status, [
      {
        area: 'input',
        address: 8,
        bit: 0,
        meaning: 'cold-junction fault',
        quality: 'BadSensorFailure',
        channels: ['0', '1', '2', '3'],
      },
    ]);
  });

  it('has fan and pump go on, and all else off, when the digital module is left alone', () => {
    const watchdogs = new Map(field.modules.map(({ id, profile }) => [id, profile.watchdog]));
    assert.deepEqual(watchdogs.get('dio1'), { address: 100, safeState: { address: 101, value: 0b000011 } });
    assert.deepEqual(watchdogs.get('ssr1'), { address: 100, safeState: null });
    assert.deepEqual(watchdogs.get('drive1'), { address: 10, safeState: null });
    assert.equal(watchdogs.get('ai1'), null);
  });

  it('binds each channel to one signal, by the averaged signal where there are two', () => {
    assert.equal(field.bindings.length, 30);
    assert.deepEqual(
      field.bindings.filter(({ module }) => module === 'ai1').map(({ signal }) => signal),
      ['temperature.feed', 'temperature.zone1', 'temperature.zone2', 'temperature.motor'],
    );
    for (const { signal, direction } of field.bindings) assert.equal(machine.signals.get(signal)?.direction, direction);
  });

  it('starts main before feed, stops feed before main, and leaves the cooling on in an emergency', () => {
    assert.deepEqual(machine.sequences, {
      start: [
        { drive: 'main', action: 'on', delaySeconds: 0 },
        { drive: 'feed', action: 'on', delaySeconds: 2 },
      ],
      stop: [
        { drive: 'feed', action: 'off', delaySeconds: 0 },
        { drive: 'main', action: 'off', delaySeconds: 5 },
      ],
      emergency: [
        { output: 'motor.main.command', action: 'off' },
        { output: 'motor.feed.command', action: 'off' },
        { output: 'heater.zone1.output', action: 'off' },
        { output: 'heater.zone2.output', action: 'off' },
        { output: 'heater.contactor', action: 'off' },
        { output: 'fan.on', action: 'on' },
        { output: 'pump.on', action: 'on' },
        { output: 'fan.nozzle', action: 'keep' },
      ],
    });
  });

  it('judges zones by their single readings, trips above 280 °C and extrudes above 170 °C', () => {
    assert.deepEqual(
      machine.zones.map(({ id, raw, tripAboveC, minimumC, nominalPowerW, pid }) => ({
        id,
        raw,
        tripAboveC,
        minimumC,
        nominalPowerW,
        pid,
      })),
      ['zone1', 'zone2'].map((id) => ({
        id,
        raw: `temperature.${id}.raw`,
        tripAboveC: 280,
        minimumC: 170,
        nominalPowerW: 250,
        pid: { kp: 5, ki: 0.1, kd: 10, derivativeFilterSeconds: 2 },
      })),
    );
    // full duty takes each zone alone to at least 300 °C, so that the guards can be seen to work
    for (const { model } of machine.zones) assert.ok(model.ambientC + 100 * model.gainKPerPercent >= 300);
  });

  it('knows both drives with their limits and ramps', () => {
    assert.deepEqual(
      machine.drives.map((drive) => [
        drive.id,
        drive.module,
        drive.maximumRpm,
        drive.rampUpRpmPerS,
        drive.rampDownRpmPerS,
        drive.overloadA,
        drive.overloadSeconds,
        drive.followSeconds,
        drive.neededToStart,
      ]),
      [
        ['main', 'drive1', 1500, 200, 500, 15, 5, 10, true],
        ['feed', 'drive2', 600, 200, 500, 5, 5, 10, false],
      ],
    );
  });

  it('has the numbers of the interlocks', () => {
    assert.equal(machine.scanPeriodMs, 250);
    assert.deepEqual(machine.motor, { sensor: 'motor', tripAtC: 65, startBelowC: 60 });
    assert.deepEqual(
      machine.sensors.map(({ id, trips, maximumJumpK }) => [id, trips, maximumJumpK]),
      [
        ['feed', false, 30],
        ['zone1', true, 30],
        ['zone2', true, 30],
        ['motor', true, 30],
      ],
    );
    assert.deepEqual(
      [machine.heating.readyBandK, machine.heating.soakSeconds, machine.heating.proveOffSeconds],
      [5, 30, 2],
    );
    assert.deepEqual(machine.guards, {
      staleAfterSeconds: 1,
      staleAfterPolls: 4,
      staleTripSeconds: 3,
      startupSeconds: 10,
      coldTripBelowK: 5,
      coldTripSeconds: 2,
      overTemperatureReadings: 2,
      frozenSeconds: 60,
      frozenModelK: 2,
      jumpClearSeconds: 5,
      notHeatingDutyPercent: 90,
      notHeatingSeconds: 60,
      notHeatingBelowSetpointK: 10,
      notHeatingRiseK: 2,
      uncontrolledPowerShare: 0.5,
      uncontrolledPowerSeconds: 3,
      uncontrolledAfterOffSeconds: 90,
      uncontrolledRiseK: 5,
      powerMismatchShare: 0.25,
      powerMismatchW: 50,
      powerMismatchSeconds: 5,
      driveNotRunningSeconds: 1,
      outputTries: 3,
      overrunsToTrip: 5,
      deviationK: 15,
      deviationSeconds: 30,
      notHeatingModelSeconds: 45,
      notHeatingModelShare: 0.3,
      swappedDutyPercent: 30,
      swappedSeconds: 60,
      clockStepSeconds: 2,
    });
  });

  it('has the numbers of commands, of autotune and of the alarms', () => {
    assert.deepEqual(machine.commands, {
      jogLeaseSeconds: 1,
      resetPulseSeconds: 0.5,
      resetWaitSeconds: 2,
      confirmSeconds: 2,
      runningMarginK: 10,
    });
    assert.deepEqual(machine.tuning, {
      marginK: 15,
      hysteresisK: 0.3,
      swingK: 3,
      swingLimitK: 10,
      leastAmplitudePercent: 5,
      cycles: 3,
      alikeShare: 0.15,
      asymmetryShare: 0.2,
      mostCycles: 20,
      settleSeconds: 120,
      timeLimitMinutes: 60,
      watchMinutes: 10,
      graceSeconds: 180,
      worseRatio: 1.5,
      worseK: 0.2,
      zoneTestDutyPercent: 60,
      zoneTestSeconds: 120,
    });
    assert.deepEqual(machine.annunciation, {
      shelveMaximumMinutes: 480,
      chatterSeconds: 60,
      chatterCount: 3,
      staleHours: 24,
      floodBeginsAbove: 10,
      floodEndsBelow: 5,
    });
  });

  it('has the rules of fan, pump and nozzle fan', () => {
    const { auxiliaries } = machine;
    assert.deepEqual(
      [auxiliaries.hysteresisK, auxiliaries.fanAboveMotorC, auxiliaries.fanAboveZoneC, auxiliaries.pumpRunOnSeconds],
      [5, 40, 60, 60],
    );
    assert.deepEqual(
      [
        auxiliaries.nozzleZone,
        auxiliaries.nozzleFanAboveC,
        auxiliaries.nozzleFanIdlePercent,
        auxiliaries.nozzleFanRunningPercent,
      ],
      ['zone2', 40, 30, 100],
    );
    assert.deepEqual([auxiliaries.debounced, auxiliaries.debounceSeconds], [['fan.on', 'pump.on'], 0.25]);
  });

  it('listens on the loopback only and is open for reading, as a demo is', () => {
    assert.deepEqual(server, {
      dataDir: 'data',
      httpHost: '127.0.0.1',
      httpPort: 8080,
      opcuaHost: '127.0.0.1',
      opcuaPort: 4840,
      databaseUrl: null,
      influx: null,
      adminPassword: null,
      nodesetsDir: 'data/nodesets',
      logLevel: 'info',
    });
    assert.deepEqual([opcua.allowUnsecured, opcua.allowAnonymous], [true, true]);
    assert.ok(opcua.maxSessions >= 50);
    assert.equal(history.rawRetentionDays, 30);
    assert.deepEqual(http.panelAddresses, ['127.0.0.1', '::1']);
  });

  it('records every signal', () => {
    const unrecorded = [...machine.signals.values()].filter((signal) => signal.history === undefined);
    assert.deepEqual(unrecorded, []);
  });

  it('has the targets of the first weeks and three shifts', () => {
    assert.equal(hypercare.collectionPeriodMinutes, 15);
    assert.deepEqual(
      Object.entries(hypercare.targets).map(([kpi, { target, unit, direction }]) =>
        [kpi, direction, target, unit].join(' '),
      ),
      [
        'activation atLeast 90 %',
        'retention7d atLeast 75 %',
        'controlLatency atMost 500 ms',
        'sensorFreshness atLeast 99 %',
        'errorRate atMost 0.5 %',
        'sensorFailures atMost 1 %',
      ],
    );
    assert.deepEqual(
      shifts.shifts.map(({ name, from, to }) => `${name} ${from}-${to}`),
      ['early 06:00-14:00', 'late 14:00-22:00', 'night 22:00-06:00'],
    );
  });

  it('survives being sent from process to process', () => {
    const configuration = factoryConfiguration();
    assert.deepEqual(structuredClone(configuration), configuration);
  });
});

function textsOf({ text, consequence, response }: AlarmDeclaration): string[] {
  return [text, consequence, response];
}

type Output = ReturnType<typeof factoryConfiguration>['field']['modules'][number]['profile']['outputs'][string];

function placeOf(output: Output): string {
  if (output.kind === 'coil') return String(output.address);
  if (output.kind === 'register') return `${output.address} ${output.type} ${output.scale}`;
  if (output.kind === 'drive-bit') return `control ${output.control} bit ${output.bit}`;
  if (output.kind !== 'drive-speed') return output.kind;
  return `control ${output.control} speed ${output.speed} run ${output.runBit} reverse ${output.reverseBit}`;
}
