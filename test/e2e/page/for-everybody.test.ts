import assert from 'node:assert/strict';
import { accessibilityFaults } from '../browser.ts';
import { raisedAlarm } from './stand-in-signals.ts';
import { sheet, stageFor } from './stage.ts';

describe('the operator’s page for everybody', function () {
  const stage = stageFor(this);

  for (const [width, colour] of [
    [360, 'dark'],
    [1024, 'light'],
    [1920, 'dark'],
  ] as const) {
    it(`breaks no accessibility rule and overflows nowhere at ${width} px in ${colour}`, async () => {
      await stage.reopen({ size: { width, height: 900 }, colour });
      await stage.page.waitForSelector(sheet('sign-in'));
      assert.deepEqual(await accessibilityFaults(stage.page), []);
      await stage.signInAndSee();
      stage.machine.raise(raisedAlarm({ id: 'ZONE2_SENSOR_FAILED', text: 'Zone 2 sensor failed', priority: 1 }));
      stage.machine.raise(raisedAlarm({ id: 'MOTOR_WARM', text: 'Motor warm', priority: 3, acknowledged: true }));
      stage.machine.set('temperature.zone2', 167, 'BadSensorFailure', 3_000);
      await stage.page.waitForSelector('.alarm');
      await stage.page.click('.all summary');
      assert.deepEqual(await accessibilityFaults(stage.page), []);
      assert.equal(await stage.page.evaluate('document.querySelector("main").scrollWidth - innerWidth <= 0'), true);
      await stage.page.click('[data-change="heater.zone1.setpoint"]');
      assert.deepEqual(await accessibilityFaults(stage.page), []);
      await stage.page.keyboard.press('Escape');
      stage.machine.silent = true;
      await stage.page.waitForSelector('.connection-bar');
      assert.deepEqual(await accessibilityFaults(stage.page), []);
    });
  }

  it('has touch targets of at least 48 px', async () => {
    await stage.reopen({ size: { width: 360, height: 740 } });
    await stage.signInAndSee();
    stage.machine.raise(raisedAlarm({ id: 'MOTOR_WARM', text: 'Motor warm' }));
    await stage.page.waitForSelector('.alarm');
    for (const target of await stage.page.locator('button, a, summary').all()) {
      const box = await target.boundingBox();
      if (box === null) continue;
      const name = await target.innerText();
      assert.ok(box.height >= 48 && box.width >= 48, `${name}: ${box.width} × ${box.height}`);
    }
  });
});
