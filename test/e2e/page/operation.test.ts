import assert from 'node:assert/strict';
import { sheet, stageFor } from './stage.ts';

describe('operating from the operator’s page', function () {
  const stage = stageFor(this);

  it('lists all that stands against a start, with what is and what is needed', async () => {
    await stage.signInAndSee();
    const blockers = stage.page.locator('.run .blockers');
    await stage.reads(stage.page.locator('.run .readiness'), /3 things stand against a start/);
    await stage.reads(blockers.locator('[data-code=COLD_EXTRUSION]'), /Is 164.2 °C.*Needed 170 °C.*in about 40 s/);
    stage.machine.setMachine({ state: 'READY', startPermitted: true, blockers: [] });
    await stage.reads(stage.page.locator('.run .readiness'), /Ready to start/);
  });

  it('starts only after a second touch, and shows every reason of a refusal', async () => {
    await stage.signInAndSee();
    stage.machine.setMachine({ state: 'READY', startPermitted: true, blockers: [] });
    await stage.page.click('[data-command=start]');
    assert.equal(stage.machine.asked('POST', '/machine/start').length, 0);
    await stage.reads(stage.page.locator(sheet('start')), /Main drive.*300 rpm/);
    stage.machine.refuse('/machine/start', 409, {
      code: 'REFUSED',
      reasons: [
        { code: 'DRIVE_FAULT', text: 'The main drive reports fault 7.' },
        { code: 'ESTOP_OPEN', text: 'The emergency stop chain is open.' },
      ],
    });
    await stage.page.click(`${sheet('start')} [data-confirm]`);
    await stage.reads(stage.page.locator(`${sheet('start')} .outcome-refused`), /refused.*fault 7.*chain is open/);
    await stage.page.keyboard.press('Escape');
    await stage.page.waitForSelector(sheet('start'), { state: 'detached' });
    assert.equal(await stage.page.evaluate('document.activeElement.dataset.command'), 'start');
  });

  it('changes a setpoint: old beside new, within limits, and shows it once the machine has it', async () => {
    await stage.signInAndSee();
    await stage.page.click('[data-change="heater.zone1.setpoint"]');
    await stage.reads(stage.page.locator(sheet('setting')), /now 200 °C.*0 to 265 °C/);
    await stage.page.keyboard.type('270');
    await stage.reads(stage.page.locator('.verdict'), /Only 0 to 265/);
    assert.equal(await stage.page.locator(`${sheet('setting')} [type=submit]`).isDisabled(), true);
    await stage.page.keyboard.press('Control+A');
    await stage.page.keyboard.type('205');
    await stage.page.click(`${sheet('setting')} [type=submit]`);
    await stage.page.waitForSelector(sheet('setting'), { state: 'detached' });
    await stage.reads(stage.page.locator('[data-signal="heater.zone1.setpoint"]'), /205/);
    assert.deepEqual(stage.machine.asked('PUT', '/signals/heater.zone1.setpoint')[0]?.body, { value: 205 });
  });

  it('asks twice for a large step, and takes a double tap for one answer', async () => {
    await stage.signInAndSee();
    await stage.page.click('[data-change="heater.zone1.setpoint"]');
    for (const key of ['2', '5', '0']) await stage.page.click(`.keypad >> text="${key}"`);
    await stage.page.dblclick(`${sheet('setting')} [type=submit]`);
    await stage.reads(stage.page.locator('.verdict'), /\+50.0 K/);
    assert.equal(stage.machine.asked('PUT', '/signals/heater.zone1.setpoint').length, 0);
    // The second yes counts only some time after the first.
    await stage.page.waitForTimeout(450);
    await stage.page.click(`${sheet('setting')} [type=submit]`);
    await stage.until(
      () => stage.machine.asked('PUT', '/signals/heater.zone1.setpoint').length === 1,
      'the setting was sent',
    );
  });

  it('calls a setting confirmed once, and does not mistake a later change by others for a failure', async () => {
    await stage.signInAndSee();
    await stage.page.click('[data-change="heater.zone1.setpoint"]');
    await stage.page.keyboard.type('205');
    await stage.page.keyboard.press('Enter');
    await stage.reads(stage.page.locator('[data-signal="heater.zone1.setpoint"]'), /205/);
    stage.machine.set('heater.zone1.setpoint', 180);
    await stage.reads(stage.page.locator('[data-point=zone1] [data-signal="heater.zone1.setpoint"]'), /180/);
    assert.equal(await stage.page.locator('.pending').count(), 0);
  });

  it('points at a setting that was accepted but does not show in the machine’s value', async () => {
    await stage.signInAndSee();
    stage.machine.applySettings = false;
    await stage.page.click('[data-change="heater.zone1.setpoint"]');
    await stage.page.keyboard.type('205');
    await stage.page.keyboard.press('Enter');
    await stage.reads(stage.page.locator('.pending'), /205 °C asked for, not confirmed yet/);
    await stage.reads(stage.page.locator('[data-point=zone1] [data-signal="heater.zone1.setpoint"]'), /200/);
    await stage.page.waitForSelector('.pending-late');
  });

  it('never calls a command done that was sent but not confirmed', async () => {
    await stage.signInAndSee();
    stage.machine.refuse('/machine/heat', 502, {
      code: 'WRITE_NOT_CONFIRMED',
      reasons: [{ code: 'WRITE_NOT_CONFIRMED', text: 'The contactor does not read back closed.' }],
    });
    await stage.page.click('[data-command=heat-off]');
    await stage.reads(stage.page.locator('.run .outcome'), /did not confirm it.*does not read back/);
  });

  it('shows as many zones as the machine has', async () => {
    await stage.reopen({ zones: 4 });
    await stage.signInAndSee();
    assert.equal(await stage.page.locator('[data-point]').count(), 6);
    await stage.reads(stage.page.locator('[data-point=zone4] h3'), /Zone 4, nozzle/);
  });
});
