import assert from 'node:assert/strict';
import { raisedAlarm } from './stand-in-signals.ts';
import { stageFor } from './stage.ts';

describe('alarms on the operator’s page', function () {
  const stage = stageFor(this);

  const failed = raisedAlarm({
    id: 'ZONE2_SENSOR_FAILED',
    text: 'Zone 2 sensor failed',
    trip: true,
    firstOut: true,
    value: 191.2,
    unit: '°C',
  });

  it('are told by number, shape and colour, in the banner, in the list and where they stand', async () => {
    await stage.signInAndSee();
    stage.machine.raise(failed);
    await stage.reads(stage.page.locator('.banner'), /2\s+Zone 2 sensor failed/);
    await stage.reads(
      stage.page.locator('.alarm'),
      /First cause.*Stopped the machine.*What happened .* Check the thermocouple/,
    );
    await stage.reads(stage.page.locator('[data-point=zone2] .point-head'), /Zone 2, nozzle/);
    assert.equal(await stage.page.locator('[data-point=zone2] .alarm-symbol').textContent(), '2');
  });

  it('put the unacknowledged and gravest first', async () => {
    await stage.signInAndSee();
    stage.machine.raise(raisedAlarm({ id: 'MOTOR_WARM', text: 'Motor warm', priority: 3 }));
    stage.machine.raise(raisedAlarm({ id: 'ESTOP', text: 'Emergency stop', priority: 1, acknowledged: true }));
    stage.machine.raise(failed);
    await stage.reads(stage.page.locator('.alarm-list'), /Zone 2 sensor failed.*Motor warm.*Emergency stop/);
  });

  it('are acknowledged by their occurrence, and the refusal of another occurrence is shown', async () => {
    await stage.signInAndSee();
    stage.machine.raise(failed);
    stage.machine.refuse('/alarms/ZONE2_SENSOR_FAILED/acknowledge', 409, {
      code: 'OTHER_OCCURRENCE',
      reasons: [{ code: 'OTHER_OCCURRENCE', text: 'It was raised anew; look at it again.' }],
    });
    await stage.page.click('.alarm >> text=Acknowledge');
    await stage.reads(stage.page.locator('.alarms .outcome'), /refused.*raised anew/);
    assert.deepEqual(stage.machine.asked('POST', '/alarms/ZONE2_SENSOR_FAILED/acknowledge')[0]?.body, {
      occurrenceId: 'ZONE2_SENSOR_FAILED-1',
    });
  });

  it('are cleared with the reasons while a cause stands', async () => {
    await stage.signInAndSee();
    stage.machine.raise(failed);
    stage.machine.refuse('/alarms/clear', 409, {
      code: 'REFUSED',
      reasons: [{ code: 'ALARM_ACTIVE', text: 'Zone 2 sensor still fails.' }],
    });
    await stage.page.click('text=Clear alarms');
    await stage.reads(stage.page.locator('.alarms .outcome'), /refused.*still fails/);
  });

  it('that somebody put aside are counted where it says that there are none', async () => {
    await stage.signInAndSee();
    stage.machine.raise({ ...failed, state: 'shelved' });
    await stage.reads(stage.page.locator('.banner'), /No alarms \(1 put aside\)/);
    stage.machine.raise({ ...failed, state: 'suppressed' });
    await stage.reads(stage.page.locator('.banner'), /No alarms$/);
  });

  it('leave the list when they return to normal', async () => {
    await stage.signInAndSee();
    stage.machine.raise(failed);
    await stage.page.waitForSelector('.alarm');
    stage.machine.raise({ ...failed, active: false, acknowledged: true, state: 'normal' });
    await stage.reads(stage.page.locator('.banner'), /No alarms/);
  });
});
