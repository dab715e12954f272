import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { buildPages } from '../../scripts/build-pages.ts';
import { need } from '../needs.ts';
import { startPlant, type Plant } from '../scenario/plant.ts';
import { until } from '../scenario/until.ts';
import { openBrowser, openPage } from './browser.ts';

const zone2 = '[data-point=zone2] .value-large';

describe('the operator’s page on the whole plant', function () {
  this.timeout(120_000);
  let plant: Plant;
  let browser: Browser;
  let page: Page;
  let opened: Awaited<ReturnType<typeof openPage>>;

  before(async function () {
    need(this, 'chromium');
    buildPages();
    plant = await startPlant();
    browser = await openBrowser();
    opened = await openPage(browser, plant.http);
    page = opened.page;
    await page.fill('[name=username]', 'operator');
    await page.fill('[name=password]', plant.passwords.get('operator') ?? '');
    await page.click('[type=submit]');
    await page.waitForSelector(`${zone2}[data-standing=current]`, { timeout: 20_000 });
  });
  after(async () => {
    await browser?.close();
    await plant?.stop();
  });
  // a test that failed leaves no open sheet to the next one
  beforeEach(async () => await page.keyboard.press('Escape'));
  afterEach(() => assert.deepEqual(opened.faults, [], 'the browser’s console stays clean'));

  async function text(selector: string): Promise<string> {
    const place = page.locator(selector).first();
    return (await place.count()) === 0 ? '' : (await place.innerText()).replaceAll('\n', ' ');
  }

  async function reads(selector: string, expected: RegExp, deadlineMs = 15_000): Promise<void> {
    let last = '';
    await until(
      `${selector} reads ${expected}`,
      deadlineMs,
      async () => expected.test((last = await text(selector))),
      () => last,
    );
  }

  async function set(id: string, value: string): Promise<void> {
    await page.click(`[data-change="${id}"]`);
    // on a busy computer the sheet comes after the click has returned, and would miss what is typed
    await page.waitForSelector('[data-sheet=setting]');
    await page.keyboard.type(value);
    await until(`${id} is taken`, 15_000, async () => {
      const submit = page.locator('[data-sheet=setting] [type=submit]');
      if ((await submit.count()) === 0) return true;
      // A large step is asked for twice, and a double tap counts once.
      await submit.click({ timeout: 1_000 }).catch((error: unknown) => assert.match(String(error), /Timeout|detached/));
      await page.waitForTimeout(450);
      return false;
    });
  }

  it('shows the temperatures that the simulated machine has', async () => {
    const { temperatures } = await plant.truth();
    const shown = Number.parseFloat(await text(`${zone2} .value-number`));
    assert.ok(
      Math.abs(shown - (temperatures['zone2'] ?? Number.NaN)) < 1.5,
      `${shown} ${JSON.stringify(temperatures)}`,
    );
    assert.match(await text('.simulated'), /simulated/i);
  });

  it('sets, heats, and shows what the machine has taken', async () => {
    for (const zone of ['zone1', 'zone2']) await set(`heater.${zone}.setpoint`, '200');
    await reads('[data-signal="heater.zone1.setpoint"]', /200/);
    await page.click('[data-command=heat-on]');
    await page.click('[data-confirm]');
    await reads('.state-word', /Heating/);
    await reads('[data-point=zone1] [data-signal="heater.zone1.output"]', /^[1-9]/);
    assert.equal((await plant.signal('heater.zone1.setpoint')).value, 200);
  });

  it('lists the same blockers as the machine, and shows why a start was refused', async () => {
    await page.click('[data-command=start]');
    await page.click('[data-confirm]');
    await reads('[data-sheet=start] .outcome-refused', /refused.*zone 1/i);
    const codes = await page.locator('[data-sheet=start] .outcome-refused [data-code]').all();
    const shown = await Promise.all(codes.map((code) => code.getAttribute('data-code')));
    await page.keyboard.press('Escape');
    const { blockers } = await plant.machine();
    assert.deepEqual(
      shown,
      blockers.map(({ code }) => code),
    );
  });

  it('shows a pulled sensor as failed, with its alarm, refuses to clear while it is out, and clears after', async () => {
    const fault = await plant.fault('temperature.zone2', 'open-circuit');
    await page.waitForSelector(`${zone2}[data-standing=bad]`, { timeout: 5_000 });
    await reads('.banner', /zone 2 sensor/i);
    await reads('.state-word', /Tripped/);
    await page.click('text=Clear alarms');
    await reads('.alarms .outcome', /refused.*still stands/);
    await page.locator('.alarm >> text=Acknowledge').first().click();
    await reads('.alarm', /Acknowledged/);
    await plant.repair(fault);
    await page.waitForSelector(`${zone2}[data-standing=current]`, { timeout: 15_000 });
    await until('the trip is cleared', 20_000, async () => {
      if (/Idle/.test(await text('.state-word'))) return true;
      const clear = page.locator('text=Clear alarms');
      if ((await clear.count()) > 0 && (await clear.isEnabled())) await clear.click();
      await page.waitForTimeout(500);
      return false;
    });
  });

  it('doubts everything when the control process dies, and says so with the gravest alarm', async () => {
    process.kill(plant.pid('control'), 'SIGKILL');
    await page.waitForSelector(`${zone2}[data-standing=bad]`, { timeout: 5_000 });
    await reads('.banner', /control process/i);
    await page.waitForSelector(`${zone2}[data-standing=current]`, { timeout: 30_000 });
  });

  it('turns grey when the gateway dies, and is back by itself', async () => {
    process.kill(plant.pid('gateway'), 'SIGKILL');
    await page.waitForSelector('.page[data-connection=lost]', { timeout: 5_000 });
    await page.waitForSelector(`${zone2}[data-standing=old]`);
    await page.waitForSelector('.page[data-connection=live]', { timeout: 60_000 });
    await page.waitForSelector(`${zone2}[data-standing=current]`, { timeout: 15_000 });
  });

  it('shows the minutes before it was opened', async () => {
    await page.reload();
    await until('the curve of zone 1 goes back in time', 10_000, async () => {
      const path = await page.locator('[data-point=zone1] .spark path').getAttribute('d', { timeout: 10_000 });
      return (path?.match(/L/g)?.length ?? 0) > 3;
    });
  });

  it('stops at the first touch, also after signing out', async () => {
    await page.click('text=Sign out');
    await page.waitForSelector('[data-sheet=sign-in]');
    await page.locator('[data-command=stop]').tap();
    await reads('.stop-outcome', /Nothing was running|has taken it/);
  });
});
