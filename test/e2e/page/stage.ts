import assert from 'node:assert/strict';
import type { Suite } from 'mocha';
import type { Browser, Locator, Page } from 'playwright-core';
import { need } from '../../needs.ts';
import { buildPage, openBrowser, openPage } from '../browser.ts';
import { StandIn } from './stand-in.ts';

/** The temperature of zone 1, large on its card. */
export const zone1 = '[data-point=zone1] .value-large';
export const sheet = (name: string): string => `[data-sheet=${name}]`;

/** So long, in ms, a thing may take to show on the page. */
const patienceMs = 6_000;

/** A browser with the page in front of a stand-in machine, new for each test. */
export interface Stage {
  readonly page: Page;
  readonly machine: StandIn;
  readonly url: string;
  signIn(name?: string): Promise<void>;
  /** Signs in and waits until live values stand there. */
  signInAndSee(name?: string): Promise<void>;
  /** Waits until the element reads so; fails with what it reads instead. */
  reads(place: Locator, expected: RegExp): Promise<void>;
  until(condition: () => boolean | Promise<boolean>, what: string): Promise<void>;
  /** Opens the page anew, in another size and theme, or before another machine. */
  reopen(change: {
    size?: { width: number; height: number };
    colour?: 'light' | 'dark';
    zones?: number;
  }): Promise<void>;
}

/** Sets up the suite; after each test the browser must have had nothing to complain about. */
export function stageFor(suite: Suite): Stage {
  suite.timeout(30_000);
  let browser: Browser | undefined;
  let files: Awaited<ReturnType<typeof buildPage>> | undefined;
  let set: { machine: StandIn; url: string; opened: Awaited<ReturnType<typeof openPage>> } | undefined;

  async function raise(change: Parameters<Stage['reopen']>[0]): Promise<void> {
    if (browser === undefined || files === undefined) throw new Error('the stage is not set up yet');
    const machine = new StandIn(files.root, change.zones);
    const url = await machine.listen();
    set = { machine, url, opened: await openPage(browser, url, change.size, change.colour) };
  }

  async function strike(): Promise<void> {
    if (set === undefined) return;
    const { machine, opened } = set;
    set = undefined;
    await opened.close();
    await machine.close();
    assert.deepEqual(opened.faults, [], 'the browser’s console stays clean');
  }

  before(async function () {
    need(this, 'chromium');
    files = await buildPage();
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await files?.remove();
  });
  beforeEach(() => raise({}));
  afterEach(strike);

  const now = (): NonNullable<typeof set> => {
    if (set === undefined) throw new Error('the stage stands only during a test');
    return set;
  };
  return {
    get page() {
      return now().opened.page;
    },
    get machine() {
      return now().machine;
    },
    get url() {
      return now().url;
    },
    async reopen(change) {
      await strike();
      await raise(change);
    },
    async signIn(name = 'operator') {
      await signIn(now().opened.page, name);
    },
    async signInAndSee(name = 'operator') {
      await signIn(now().opened.page, name);
      await now().opened.page.waitForSelector(`${zone1}[data-standing=current]`);
    },
    reads,
    until,
  };
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.fill('[name=username]', name);
  await page.fill('[name=password]', `${name}-secret`);
  await page.click(`${sheet('sign-in')} [type=submit]`);
  await page.waitForSelector(sheet('sign-in'), { state: 'detached' });
}

async function reads(place: Locator, expected: RegExp): Promise<void> {
  const deadline = Date.now() + patienceMs;
  let text = '';
  do {
    text = (await place.count()) === 0 ? '' : (await place.first().innerText()).replaceAll('\n', ' ');
    if (expected.test(text)) return;
    await place.page().waitForTimeout(50);
  } while (Date.now() < deadline);
  assert.match(text, expected);
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `within ${patienceMs} ms ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
