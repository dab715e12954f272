import assert from 'node:assert/strict';

import type { AlarmDeclaration } from '../../machine/alarms/alarm.ts';
import { declared } from './alarm-bench.ts';
import { factoryMachine } from './factory.ts';
import { Rig } from './rig.ts';

const reading = (read: string, limit: string) =>
  `Feed throat temperature reads ${read} °C; the alarm limit is ${limit} °C. Mend it.`;

describe('an alarm with a limit', () => {
  const machine = factoryMachine();
  const limited = (limit: NonNullable<AlarmDeclaration['limit']>) =>
    new Rig({
      declaration: {
        ...machine,
        alarms: [...machine.alarms, declared('THROAT', { limit, trip: { afterSeconds: 2 }, onDelaySeconds: 1 })],
      },
    });

  it('trips the machine after its time, at the limit and not below it', () => {
    const rig = limited({ signal: 'temperature.feed.raw', above: 40, deadband: 2 });
    rig.injected.set('temperature.feed', 39.9);
    rig.run(5);
    assert.equal(rig.alarm('THROAT'), undefined);
    rig.injected.set('temperature.feed', 40);
    rig.scan();
    rig.run(1);
    assert.equal(rig.alarm('THROAT')?.active, true);
    assert.equal(
      rig.alarm('THROAT')?.explanation,
      'Feed throat temperature reads 40 °C; the trip limit is 40 °C. Mend it.',
    );
    assert.equal(rig.state, 'IDLE');
    rig.run(1);
    assert.equal(rig.state, 'ALARM');
    rig.injected.set('temperature.feed', 38);
    rig.run(5);
    assert.equal(rig.alarm('THROAT')?.active, true, 'within the deadband');
    rig.injected.set('temperature.feed', 37.9);
    rig.scan();
    assert.equal(rig.alarm('THROAT')?.active, false);
    assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, true);
  });

  const throat = (limit: NonNullable<AlarmDeclaration['limit']>, more: Partial<AlarmDeclaration> = {}) =>
    new Rig({ declaration: { ...machine, alarms: [...machine.alarms, declared('THROAT', { limit, ...more })] } });

  it('with two limits names the one that was reached, and for each its own deadband', () => {
    const rig = throat({ signal: 'temperature.feed.raw', above: 40, below: 10, deadband: 2 });
    const reads = (temperatureC: number): string | undefined => {
      rig.injected.set('temperature.feed', temperatureC);
      rig.run(5);
      return rig.alarm('THROAT')?.active === true ? rig.alarm('THROAT')?.explanation : undefined;
    };
    assert.equal(reads(30), undefined);
    assert.equal(reads(41.5), reading('41.5', '40'));
    assert.equal(reads(38), reading('41.5', '40'), 'within the deadband');
    assert.equal(reads(37.9), undefined);
    assert.equal(reads(9.5), reading('9.5', '10'));
    assert.equal(reads(12), reading('9.5', '10'), 'within the deadband');
    assert.equal(reads(12.1), undefined);
  });

  it('says a signal without a unit as it is', () => {
    const rig = throat({ signal: 'motor.main.fault', above: 7, deadband: 0 });
    rig.injected.set('motor.main.fault', 6);
    rig.run(2);
    assert.equal(rig.alarm('THROAT'), undefined);
    rig.injected.set('motor.main.fault', 7);
    rig.run(2);
    assert.match(rig.alarm('THROAT')?.explanation ?? '', /reads 7; the alarm limit is 7\. Mend it\.$/);
  });

  it('neither rings nor returns by what is not Good, however far beyond its limit the last value was', () => {
    const rig = throat({ signal: 'temperature.feed.raw', above: 40, deadband: 2 });
    rig.injected.set('temperature.feed', 'BadSensorFailure');
    rig.run(5);
    assert.equal(rig.alarm('THROAT'), undefined);
    rig.injected.set('temperature.feed', 45);
    rig.run(2);
    assert.equal(rig.alarm('THROAT')?.active, true);
    rig.injected.set('temperature.feed', 'BadSensorFailure');
    rig.run(30);
    assert.equal(rig.alarm('THROAT')?.active, true, 'nobody knows that it is over');
    rig.injected.set('temperature.feed', 30);
    rig.run(2);
    assert.equal(rig.alarm('THROAT')?.active, false);
  });

  it('that stood before a restart stands on within its deadband', () => {
    const limit = { signal: 'temperature.feed.raw', above: 40, deadband: 2 };
    const rig = throat(limit);
    rig.injected.set('temperature.feed', 41);
    rig.run(2);
    const next = new Rig({ declaration: rig.declaration, retained: rig.core.retained() });
    next.injected.set('temperature.feed', 39);
    next.run(5);
    assert.equal(next.alarm('THROAT')?.active, true);
    const fresh = throat(limit);
    fresh.injected.set('temperature.feed', 39);
    fresh.run(5);
    assert.equal(fresh.alarm('THROAT'), undefined, 'without that past it does not ring there');
  });

  it('rings below a limit as well', () => {
    const rig = limited({ signal: 'temperature.feed.raw', below: 10, deadband: 1 });
    rig.injected.set('temperature.feed', 10.1);
    rig.run(3);
    assert.equal(rig.alarm('THROAT'), undefined);
    rig.injected.set('temperature.feed', 10);
    rig.run(2);
    assert.equal(rig.alarm('THROAT')?.active, true);
    assert.equal(
      rig.alarm('THROAT')?.explanation,
      'Feed throat temperature reads 10 °C; the trip limit is 10 °C. Mend it.',
    );
    rig.injected.set('temperature.feed', 11);
    rig.run(2);
    assert.equal(rig.alarm('THROAT')?.active, true, 'within the deadband');
    rig.injected.set('temperature.feed', 11.1);
    rig.scan();
    assert.equal(rig.alarm('THROAT')?.active, false);
  });
});

describe('the motor warning', () => {
  it('says what the motor reads, where the limit lies and what to do', () => {
    const rig = new Rig();
    for (const read of [45, 61.24]) {
      rig.injected.set('temperature.motor', read);
      rig.run(5);
    }
    assert.equal(
      rig.alarm('MOTOR_WARM')?.explanation,
      'Main motor temperature reads 61.2 °C; the alarm limit is 60 °C. ' +
        'Check the cooling fan and the screw load; reduce the main drive speed.',
    );
  });
});
