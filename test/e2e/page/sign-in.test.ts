import assert from 'node:assert/strict';
import { sheet, stageFor, zone1 } from './stage.ts';

describe('signing in on the operator’s page', function () {
  const stage = stageFor(this);

  it('shows a form and the stops before anybody has signed in, and no value', async () => {
    await stage.page.waitForSelector(sheet('sign-in'));
    assert.equal(await stage.page.locator('.stops button').count(), 2);
    assert.equal(await stage.page.locator('.value').count(), 0);
  });

  it('says so when user name or password is wrong, and stays usable', async () => {
    await stage.page.fill('[name=username]', 'operator');
    await stage.page.fill('[name=password]', 'guessed');
    await stage.page.click('[type=submit]');
    await stage.reads(stage.page.locator('.form-problem'), /wrong/);
    await stage.signInAndSee();
  });

  it('asks for a new password before anything can be operated', async () => {
    await stage.signIn('newcomer');
    await stage.page.waitForSelector(sheet('change-password'));
    await stage.page.fill('[name=current]', 'newcomer-secret');
    await stage.page.fill('[name=next]', 'short');
    await stage.page.fill('[name=repeat]', 'short');
    await stage.page.click('[type=submit]');
    await stage.reads(stage.page.locator('.form-problem'), /at least 10/);
    await stage.page.fill('[name=next]', 'long enough now');
    await stage.page.fill('[name=repeat]', 'long enough now');
    await stage.page.click('[type=submit]');
    await stage.page.waitForSelector(sheet('change-password'), { state: 'detached' });
  });

  it('offers an observer no command but the stops', async () => {
    await stage.signInAndSee('observer');
    const commands = stage.page.locator('main [data-command]');
    for (const command of await commands.all()) assert.equal(await command.isDisabled(), true);
    assert.equal(await stage.page.locator('[data-command=stop]').isDisabled(), false);
  });

  it('keeps the last values in sight when the session ends, marked as old, and goes on after signing in', async () => {
    await stage.signInAndSee();
    stage.machine.endSessions();
    await stage.reads(stage.page.locator(sheet('sign-in')), /session has ended/);
    await stage.page.waitForSelector(`${zone1}[data-standing=old]`);
    assert.equal(await stage.page.locator('[name=username]').inputValue(), 'operator');
    await stage.page.fill('[name=password]', 'operator-secret');
    await stage.page.click(`${sheet('sign-in')} [type=submit]`);
    await stage.page.waitForSelector(`${zone1}[data-standing=current]`);
  });

  it('leaves no question open for whoever signs in next', async () => {
    await stage.signInAndSee();
    await stage.page.click('[data-command=start]');
    stage.machine.endSessions();
    await stage.page.waitForSelector(sheet('sign-in'));
    await stage.page.fill('[name=password]', 'operator-secret');
    await stage.page.click(`${sheet('sign-in')} [type=submit]`);
    await stage.page.waitForSelector(`${zone1}[data-standing=current]`);
    assert.equal(await stage.page.locator(sheet('start')).count(), 0);
  });

  it('takes the values away when the operator signs out, and stops all the same', async () => {
    await stage.signInAndSee();
    await stage.page.click('text=Sign out');
    await stage.page.waitForSelector(sheet('sign-in'));
    assert.equal(await stage.page.locator('.value').count(), 0);
    await stage.page.locator('[data-command=stop]').tap();
    await stage.reads(stage.page.locator('.stop-outcome'), /has taken it/);
  });
});
