import assert from 'node:assert/strict';
import { sheet, stageFor } from './stage.ts';

describe('stopping from the operator’s page', function () {
  const stage = stageFor(this);

  it('acts at the first touch, before the finger leaves', async () => {
    await stage.signInAndSee();
    await stage.page.locator('[data-command=stop]').dispatchEvent('pointerdown', { button: 0 });
    await stage.until(() => stage.machine.asked('POST', '/machine/stop').length === 1, 'the stop was sent');
    assert.equal(stage.machine.asked('POST', '/machine/stop')[0]?.csrf, 'token1');
  });

  it('sends one emergency stop for one touch', async () => {
    await stage.signInAndSee();
    await stage.page.locator('[data-command=emergency-stop]').tap();
    await stage.reads(stage.page.locator('.stop-outcome'), /Emergency stop/);
    assert.equal(stage.machine.asked('POST', '/machine/emergency-stop').length, 1);
  });

  it('works from the keyboard', async () => {
    await stage.signInAndSee();
    await stage.page.locator('[data-command=stop]').focus();
    await stage.page.keyboard.press('Enter');
    await stage.until(() => stage.machine.asked('POST', '/machine/stop').length === 1, 'the stop was sent');
  });

  it('is within reach while a question is open', async () => {
    await stage.signInAndSee();
    await stage.page.click('[data-command=start]');
    await stage.page.locator('[data-command=stop]').tap();
    await stage.until(() => stage.machine.asked('POST', '/machine/stop').length === 1, 'the stop was sent');
  });

  it('says loudly that it was not carried out, and what to do instead', async () => {
    stage.machine.isPanel = false;
    await stage.page.waitForSelector(sheet('sign-in'));
    await stage.page.locator('[data-command=stop]').tap();
    await stage.reads(stage.page.locator('.stop-failed'), /NOT carried out.*button at the machine/);
  });

  it('is sent although the live stream is lost', async () => {
    await stage.signInAndSee();
    stage.machine.silent = true;
    await stage.page.waitForSelector('.connection-bar');
    await stage.page.locator('[data-command=stop]').tap();
    await stage.until(() => stage.machine.asked('POST', '/machine/stop').length === 1, 'the stop was sent');
  });
});
