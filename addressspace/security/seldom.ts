const mostRemembered = 1_000;

/**
 * Lets something be said again about the same thing only after `periodMs`: who tries for ever must not fill log or audit.
 *
 * @returns how often it was left out since it was said last; null: leave it out now
 */
export function seldom(periodMs: number): (about: string) => number | null {
  const said = new Map<string, { readonly atMs: number; omitted: number }>();
  return (about) => {
    const nowMs = performance.now();
    const last = said.get(about);
    if (last && nowMs - last.atMs < periodMs) {
      last.omitted++;
      return null;
    }
    if (said.size >= mostRemembered) said.clear();
    said.set(about, { atMs: nowMs, omitted: 0 });
    return last?.omitted ?? 0;
  };
}
