import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks `look` again and again until it gives something other than false, null or undefined.
 *
 * @returns what it gave, and how long that took
 * @throws Error naming `what` and the last thing seen when `deadlineMs` is over
 */
export async function until<T>(
  what: string,
  deadlineMs: number,
  look: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  describeLast: () => unknown = () => '',
): Promise<{ value: T; tookMs: number }> {
  const startMs = performance.now();
  for (;;) {
    const value = await look();
    if (value !== false && value !== null && value !== undefined) return { value, tookMs: performance.now() - startMs };
    if (performance.now() - startMs > deadlineMs)
      throw new Error(`${what}: not within ${deadlineMs} ms. ${JSON.stringify(describeLast())}`);
    await pause(20);
  }
}
