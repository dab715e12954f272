import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Builds the page of the present source into a folder of its own. */
export async function buildPage(): Promise<{ root: string; remove: () => Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'tve-page-'));
  await build({ configFile: 'vite.config.ts', logLevel: 'error', build: { outDir: root, emptyOutDir: true } });
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}

/**
 * Opens a page that reaches nothing but loopback. `faults` fills with what the browser complains about; that a request was
 * refused or a connection broke is what several tests are about, and no fault of the page.
 */
export async function openPage(
  browser: Browser,
  url: string,
  size: { width: number; height: number } = { width: 1024, height: 768 },
  colorScheme: 'light' | 'dark' = 'light',
): Promise<{ page: Page; faults: string[]; close: () => Promise<void> }> {
  const context = await browser.newContext({ viewport: size, colorScheme, hasTouch: true });
  await context.route('**', (route) =>
    new URL(route.request().url()).hostname === '127.0.0.1' ? route.continue() : route.abort(),
  );
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    const isTraffic = message.text().startsWith('Failed to load resource:');
    if (!isTraffic && ['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  await page.goto(url);
  return { page, faults, close: () => context.close() };
}

const axeSource = (createRequire(import.meta.url)('axe-core') as { source: string }).source;

/** Names of the accessibility rules that the page breaks, with the elements that do. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Through the debugger, since the page's policy rightly allows no script tag to be added.
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map((node) => `${node.target.join(' ')} (${node.failureSummary})`).join('; ')}`,
    );
  });
}
