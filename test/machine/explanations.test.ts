import assert from 'node:assert/strict';

import { guardAlarmIds } from '../../machine/alarms/guard-alarms.ts';
import { factoryMachine } from './factory.ts';
import { Rig } from './rig.ts';

/** How each alarm is brought about, and what its explanation must say besides the way out: thing, number, limit. */
interface Explained {
  readonly alarm: string;
  readonly provoke: () => Rig;
  readonly says: RegExp;
}

const ready = (): Rig => new Rig().toReady();
const running = (): Rig => new Rig().toRunning();

function after(rig: Rig, seconds: number): Rig {
  rig.run(seconds);
  return rig;
}

function injected(rig: Rig, signal: string, value: Parameters<Rig['injected']['set']>[1], seconds = 5): Rig {
  rig.injected.set(signal, value);
  return after(rig, seconds);
}

function silenced(rig: Rig, modules: readonly string[]): Rig {
  for (const module of modules) rig.silent.add(module);
  return after(rig, 5);
}

/** Heated from cold with a faulty plant. */
function heatingWith(fault: (faults: Rig['plant']['faults']) => unknown, seconds: number, setpointC = 200): Rig {
  const rig = new Rig();
  for (const zone of ['zone1', 'zone2']) rig.write(`heater.${zone}.setpoint`, setpointC);
  fault(rig.plant.faults);
  rig.run(1);
  rig.ask({ name: 'heat', on: true });
  return after(rig, seconds);
}

const table: readonly Explained[] = [
  {
    alarm: 'RTU0_COMMS_LOST',
    provoke: () => silenced(ready(), ['ai1', 'drive1', 'drive2']),
    says: /^No answer for 4 s \(the limit is 1 s, and the machine stops 3 s later\) on its line: none of ai1, drive1, drive2 answers\./,
  },
  {
    alarm: 'TCP0_COMMS_LOST',
    provoke: () => silenced(ready(), ['dio1', 'ssr1']),
    says: /none of dio1, ssr1 answers\./,
  },
  ...['ai1', 'drive1', 'drive2', 'dio1', 'ssr1'].map((module) => ({
    alarm: `${module.toUpperCase()}_COMMS_LOST`,
    provoke: () => silenced(ready(), [module]),
    says: new RegExp(`^No answer for 4 s \\(the limit is 1 s, .* from module ${module}\\.`),
  })),
  {
    alarm: 'AI1_COMMS_LOST',
    provoke() {
      const rig = ready();
      rig.demoted.add('ai1');
      rig.lastErrors.set('ai1', 'rtu0 unit 1 FC04 input 0…3: no reply within 300 ms');
      return silenced(rig, ['ai1']);
    },
    says: /from module ai1\. It is demoted: only probed, until it answers again\. Last error: rtu0 unit 1 FC04 input 0…3: no reply within 300 ms\. /,
  },
  {
    alarm: 'ESTOP',
    provoke: () => injected(ready(), 'safety.estopClosed', false),
    says: /^The e-stop chain is open\./,
  },
  {
    alarm: 'ESTOP',
    provoke() {
      const rig = ready();
      rig.ask({ name: 'emergencyStop' });
      return rig;
    },
    says: /^An emergency stop was commanded; the e-stop chain is closed\./,
  },
  {
    alarm: 'ESTOP',
    provoke: () => injected(ready(), 'safety.estopClosed', 'BadDeviceFailure'),
    says: /has not been known for 3 s \(BadDeviceFailure\)/,
  },
  ...['zone1', 'zone2'].map((zone, index) => ({
    alarm: `${zone.toUpperCase()}_OVERTEMP`,
    provoke() {
      const rig = new Rig({ temperatureC: 279 });
      return injected(rig, `temperature.${zone}`, 285.3, 2);
    },
    says: new RegExp(`^Barrel zone ${index + 1} reads 285.3 °C; above 280 °C in 2 readings on end`),
  })),
  {
    alarm: 'MOTOR_OVERTEMP',
    provoke() {
      const rig = ready();
      rig.plant.motorC = 58;
      rig.run(5);
      rig.plant.motorC = 66;
      return after(rig, 2);
    },
    says: /^The main motor reads 6[56]\.?\d? °C; at 65 °C the machine stops\./,
  },
  ...['main', 'feed'].flatMap((drive, index): Explained[] => {
    const title = drive === 'main' ? 'Main drive' : 'Feed drive';
    const name = drive.toUpperCase();
    return [
      {
        alarm: `${name}_DRIVE_FAULT`,
        provoke: () => injected(running(), `motor.${drive}.fault`, 7),
        says: new RegExp(`^${title} reports fault code 7; 0 means none\\.`),
      },
      {
        alarm: `${name}_DRIVE_FAULT`,
        provoke: () => injected(running(), `motor.${drive}.current`, 'BadDeviceFailure'),
        says: new RegExp(`^What ${title} does has not been known for 3 s; without a reading: ${title} current\\.`),
      },
      {
        alarm: `${name}_DRIVE_NOT_RUNNING`,
        provoke: () => injected(running(), `motor.${drive}.running`, false),
        says: new RegExp(`^${title} is commanded ${index === 0 ? 300 : 100} rpm and has not run for 1 s; it reads`),
      },
      {
        alarm: `${name}_DRIVE_NOT_RUNNING`,
        provoke() {
          const rig = ready();
          rig.injected.set(`motor.${drive}.speed`, 20);
          rig.ask({ name: 'start' });
          return after(rig, 20);
        },
        says: new RegExp(
          `^${title} is not at ${index === 0 ? 300 : 100} rpm ± .* rpm 10 s after its ramp; it reads 20 rpm`,
        ),
      },
      {
        alarm: `${name}_DRIVE_NOT_STOPPING`,
        provoke: () => injected(ready(), `motor.${drive}.running`, true, 12),
        says: new RegExp(`^${title} is commanded to stand and still runs 10 s later; it reads 0 rpm\\.`),
      },
      {
        alarm: `${name}_DRIVE_OVERLOAD`,
        provoke() {
          const rig = running();
          rig.plant.faults.extraCurrentA.set(drive, 14);
          return after(rig, 6);
        },
        says: new RegExp(`^${title} draws 16 A; it may draw ${index === 0 ? 15 : 5} A for 5 s\\.`),
      },
      {
        alarm: `${name}_DRIVE_OVERLOAD`,
        provoke: () => injected(running(), `motor.${drive}.speed`, 50, 11),
        says: new RegExp(`^${title} turns at 50 rpm, commanded ${index === 0 ? 300 : 100} rpm ± .* rpm, for 10 s\\.`),
      },
    ];
  }),
  {
    alarm: 'FEED_SENSOR_FAILED',
    provoke: () => injected(ready(), 'temperature.feed', 'BadSensorFailure'),
    says: /^Feed throat sensor: the module reports an open circuit, .* Its last valid reading was 2[45](\.\d)? °C\. (?!The machine stops)/,
  },
  {
    alarm: 'ZONE1_SENSOR_FAILED',
    provoke: () => injected(ready(), 'temperature.zone1', 401),
    says: /a reading of 401 °C, outside -20…400 °C\. .* The machine stops 3 s after the first failed reading\./,
  },
  {
    alarm: 'ZONE2_SENSOR_FAILED',
    provoke: () => injected(ready(), 'temperature.zone2', 150, 1),
    says: /a jump to 150 °C from one reading to the next\. Its last valid reading was (19\d|20\d)/,
  },
  {
    alarm: 'MOTOR_SENSOR_FAILED',
    provoke: () => injected(ready(), 'temperature.motor', 'BadDeviceFailure'),
    says: /the module reports a failure of its own \(exception 4\)/,
  },
  {
    alarm: 'TEMP_DATA_STALE',
    provoke: () => injected(ready(), 'temperature.zone1', 'lost'),
    says: /^Barrel zone 1 sensor: last read [34](\.\d+)? s ago, where 1 s are allowed\. 3 s after/,
  },
  {
    alarm: 'COLD_EXTRUSION',
    provoke() {
      const rig = running();
      rig.plant.warm(172);
      rig.run(2);
      rig.plant.warm(160);
      return after(rig, 6);
    },
    says: /^A drive turns while Barrel zone [12] reads 16\d(\.\d)? °C; below 165 °C none may, its minimum being 170 °C\./,
  },
  {
    alarm: 'OUTPUT_MISMATCH',
    provoke() {
      const rig = ready();
      rig.mismatches = [{ signal: 'heater.contactor', commanded: true, readBack: false, tries: 3 }];
      return after(rig, 1);
    },
    says: /^Heater contactor was commanded closed and reads back open after 3 of 3 tries\./,
  },
  {
    alarm: 'OUTPUT_MISMATCH',
    provoke: () => injected(ready(), 'fan.on', 'BadDeviceFailure'),
    says: /^Cooling fan has not been read back for 3 s: what it does is not known\./,
  },
  {
    alarm: 'SIGNAL_LOST',
    provoke: () => injected(ready(), 'heater.power', 'BadDeviceFailure'),
    says: /^Heater power is not known \(BadDeviceFailure\) although module ssr1 answers; after 3 s the machine stops\./,
  },
  {
    alarm: 'SCAN_OVERRUN',
    provoke() {
      const rig = ready();
      rig.overrun = true;
      return after(rig, 1.25);
    },
    says: /^The scan began later than 0.5 s after the one before, 5 times on end; at 5 the machine stops\./,
  },
  ...['zone1', 'zone2'].map((zone, index) => ({
    alarm: `${zone.toUpperCase()}_DEVIATION`,
    provoke() {
      return injected(running(), `temperature.${zone}`, 220, 34);
    },
    says: new RegExp(
      `^Barrel zone ${index + 1} reads 220 °C, 20 K from its setpoint 200 °C; more than 15 K for 30 s rings\\.`,
    ),
  })),
  ...['zone1', 'zone2'].flatMap((zone, index): Explained[] => {
    const title = `Barrel zone ${index + 1}`;
    return [
      {
        alarm: `${zone.toUpperCase()}_NOT_HEATING`,
        provoke: () => heatingWith(({ brokenHeaters }) => brokenHeaters.add(zone), 60),
        says: new RegExp(
          `^${title} was heated at \\d+(\\.\\d)? % and it reads 2[23](\\.\\d)? °C, 0(\\.\\d)? K (more|less) than 45 s ago; a sound heater gives at least [1-9](\\.\\d)? K\\.`,
        ),
      },
      {
        alarm: `${zone.toUpperCase()}_NOT_HEATING`,
        provoke() {
          const rig = ready();
          rig.plant.faults.brokenHeaters.add(zone);
          rig.until(() => rig.alarm(`${zone.toUpperCase()}_NOT_HEATING`) !== undefined, 120);
          return rig;
        },
        says: new RegExp(
          `^${title} was heated at \\d\\d(\\.\\d)? % and it reads 1\\d\\d(\\.\\d)? °C, 1\\d(\\.\\d)? K less than 45 s ago; a sound heater loses at most 1\\d(\\.\\d)? K\\.`,
        ),
      },
      {
        alarm: `${zone.toUpperCase()}_UNCONTROLLED`,
        provoke: () => heatingWith(({ stuckPercent }) => stuckPercent.set(zone, 60), 3, 0),
        says: new RegExp(
          `^The heaters draw 150 W, where their duties explain 0 W: a relay is stuck on, and ${title} may be`,
        ),
      },
      {
        alarm: `${zone.toUpperCase()}_UNCONTROLLED`,
        provoke() {
          const rig = ready();
          rig.write(`heater.${zone}.setpoint`, 0);
          rig.run(60);
          rig.plant.faults.stuckPercent.set(zone, 90);
          rig.injected.set('heater.power', 0.149);
          rig.until(() => rig.alarm(`${zone.toUpperCase()}_UNCONTROLLED`) !== undefined, 200);
          return rig;
        },
        says: new RegExp(`^${title} reads .* °C, more than 5 K above what its neighbours explain, 90 s or more after`),
      },
    ];
  }),
  {
    alarm: 'ZONES_SWAPPED',
    provoke() {
      const rig = new Rig({ plant: { crossedHeaters: ['zone1', 'zone2'] } });
      rig.write('heater.zone1.setpoint', 200);
      rig.run(1);
      rig.ask({ name: 'heat', on: true });
      return after(rig, 70);
    },
    says: /^Barrel zone 1 follows the heater duty of Barrel zone 2, and Barrel zone 2 that of Barrel zone 1\./,
  },
  {
    alarm: 'HEATER_POWER_MISMATCH',
    provoke() {
      const rig = heatingWith(() => undefined, 5);
      return injected(rig, 'heater.power', 0.3, 6);
    },
    says: /^The heaters draw 300 W; by their duties it should be 500 W, and 25 % and 50 W off for 5 s rings\./,
  },
  {
    alarm: 'CONFIG_UNCONFIRMED',
    provoke() {
      const rig = ready();
      rig.configurationUnconfirmed = true;
      return after(rig, 1);
    },
    says: /^Running on the last confirmed configuration\./,
  },
  {
    alarm: 'CLOCK_STEPPED',
    provoke() {
      const rig = ready();
      rig.clockStepMs = 37_000;
      rig.scan();
      return rig;
    },
    says: /^The system time jumped by 37 s; up to 2 s/,
  },
];

describe('what an alarm tells the operator', () => {
  for (const { alarm, provoke, says } of table) {
    it(`${alarm}: ${says.source.replaceAll('\\', '').slice(0, 60)}`, () => {
      const occurrence = provoke().alarm(alarm);
      assert.ok(occurrence !== undefined, `${alarm} does not stand`);
      assert.match(occurrence.explanation, says);
      assert.ok(occurrence.explanation.endsWith(occurrence.response), 'the way out is the end of it');
    });
  }

  it('every alarm of the machine’s guards is in this table', () => {
    const explained = new Set(table.map(({ alarm }) => alarm));
    assert.deepEqual(
      guardAlarmIds(factoryMachine()).filter((id) => !explained.has(id)),
      [],
    );
  });
});
