import assert from 'node:assert/strict';
import { stageFor, zone1 } from './stage.ts';

describe('the values on the operator’s page', function () {
  const stage = stageFor(this);

  it('shows a failed sensor hatched, with a question mark, the reason and its age, and no pointer', async () => {
    await stage.signInAndSee();
    stage.machine.set('temperature.zone1', 164.2, 'BadSensorFailure', 4_000);
    await stage.page.waitForSelector(`${zone1}[data-standing=bad]`);
    assert.match(await stage.page.locator(zone1).innerText(), /\?/);
    await stage.reads(stage.page.locator('[data-point=zone1] .trust'), /sensor failed, [4-9] s old/);
    assert.equal(await stage.page.locator('[data-point=zone1] .bar-pointer').count(), 0);
    const hatch = await stage.page.evaluate(
      `getComputedStyle(document.querySelector('${zone1} .value-hatch')).backgroundImage`,
    );
    assert.match(String(hatch), /repeating-linear-gradient/);
  });

  it('calls a value old that stays Good but is not renewed, although the stream goes on', async () => {
    await stage.signInAndSee();
    stage.machine.set('temperature.zone2', 167.2, 'Good', 10);
    await stage.page.waitForSelector('[data-point=zone2] .value-large[data-standing=old]');
    await stage.page.waitForSelector(`${zone1}[data-standing=current]`);
  });

  it('does not call a setting old, however long ago it was made', async () => {
    await stage.signInAndSee();
    stage.machine.set('heater.zone1.setpoint', 200, 'Good', 30 * 86_400_000);
    await stage.page.waitForTimeout(800);
    await stage.page.waitForSelector('[data-point=zone1] [data-signal="heater.zone1.setpoint"][data-standing=current]');
  });

  it('tells neither running nor stopped when the drive’s status is not known', async () => {
    await stage.signInAndSee();
    stage.machine.set('motor.main.running', true, 'BadCommunicationError', 3_000);
    await stage.reads(stage.page.locator('[data-drive=main] .on-mark'), /Not known/);
  });

  it('turns grey and counts up when nothing is heard for two seconds, and recovers by itself', async () => {
    await stage.signInAndSee();
    stage.machine.silent = true;
    await stage.page.waitForSelector('[data-connection=lost]');
    await stage.page.waitForSelector(`${zone1}[data-standing=old]`);
    await stage.reads(stage.page.locator('.connection-bar'), /No data from the machine for [2-9] s/);
    const offered = await stage.page.locator('main [data-command]:not([disabled])').all();
    const names = await Promise.all(offered.map((command) => command.getAttribute('data-command')));
    assert.deepEqual(names, ['heat-off'], 'switching off is never held back');
    stage.machine.silent = false;
    await stage.page.waitForSelector('.page[data-connection=live]');
    await stage.page.waitForSelector(`${zone1}[data-standing=current]`);
  });

  it('turns grey at once when the stream breaks, and takes it up again', async () => {
    await stage.signInAndSee();
    stage.machine.streamStatus = 503;
    stage.machine.cut();
    await stage.page.waitForSelector('.page[data-connection=lost]');
    stage.machine.streamStatus = 200;
    await stage.page.waitForSelector('.page[data-connection=live]');
  });

  it('asks for a whole image when an event was skipped', async () => {
    await stage.signInAndSee();
    const before = stage.machine.asked('GET', '/live').length;
    stage.machine.skipEvent();
    await stage.until(() => stage.machine.asked('GET', '/live').length > before, 'a new stream was asked for');
    await stage.page.waitForSelector(`${zone1}[data-standing=current]`);
  });

  it('shows the state as doubtful when the server no longer hears the control process', async () => {
    await stage.signInAndSee();
    stage.machine.setMachine({ controlAlive: false });
    await stage.page.waitForSelector('.state-doubtful');
  });

  it('says that everything is simulated', async () => {
    await stage.signInAndSee();
    await stage.reads(stage.page.locator('.simulated'), /simulated/i);
  });
});
