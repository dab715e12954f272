/** How close together alarms came. Times are in ms and rise; a window of 10 minutes does not hold what is 10 minutes old. */

/** The most that lie within any window of that length. */
export function mostWithin(timesMs: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [place, atMs] of timesMs.entries()) {
    while ((timesMs[first] ?? atMs) <= atMs - windowMs) first++;
    most = Math.max(most, place - first + 1);
  }
  return most;
}

/** How many of the equal periods that a span is divided into hold more than `above`, and how many there are. */
export function periodsAbove(
  timesMs: readonly number[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  periodMs: number,
  above: number,
): { readonly periods: number; readonly beyond: number } {
  const counts = new Map<number, number>();
  for (const atMs of timesMs) {
    const period = Math.floor((atMs - fromMs) / periodMs);
    counts.set(period, (counts.get(period) ?? 0) + 1);
  }
  const beyond = [...counts.values()].filter((count) => count > above).length;
  return { periods: Math.ceil((toMs - fromMs) / periodMs), beyond };
}

export interface Flood {
  readonly fromMs: number;
  /** Null: it lasts still at the end of the span. */
  readonly toMs: number | null;
  /** Alarms of it, with those that made it a flood. */
  readonly alarms: number;
}

export interface FloodRule {
  readonly windowMs: number;
  /** A flood begins when the window holds more than this … */
  readonly beginsAbove: number;
  /** … and ends when it holds fewer than this. */
  readonly endsBelow: number;
}

/** @param timesMs within the span that ends at `untilMs` */
export function floodsOf(timesMs: readonly number[], untilMs: number, rule: FloodRule): readonly Flood[] {
  const watch = new FloodWatch(timesMs, rule);
  for (const atMs of timesMs) watch.take(atMs);
  return watch.close(untilMs);
}

/** Moves a window over the alarms. */
class FloodWatch {
  readonly #timesMs: readonly number[];
  readonly #rule: FloodRule;
  readonly #floods: Flood[] = [];
  /** The window holds the alarms from `first` on, before `next`. */
  #first = 0;
  #next = 0;
  #open: { readonly fromMs: number; readonly firstAlarm: number } | null = null;

  constructor(timesMs: readonly number[], rule: FloodRule) {
    this.#timesMs = timesMs;
    this.#rule = rule;
  }

  take(atMs: number): void {
    this.#pass(atMs);
    this.#next++;
    if (this.#open !== null || this.#next - this.#first <= this.#rule.beginsAbove) return;
    this.#open = { fromMs: atMs, firstAlarm: this.#first };
  }

  close(untilMs: number): readonly Flood[] {
    this.#pass(untilMs);
    this.#end(null);
    return this.#floods;
  }

  /** Lets go of what is out of the window then. */
  #pass(toMs: number): void {
    for (; this.#first < this.#next; this.#first++) {
      const leavesAtMs = (this.#timesMs[this.#first] ?? 0) + this.#rule.windowMs;
      if (leavesAtMs > toMs) return;
      if (this.#next - this.#first - 1 < this.#rule.endsBelow) this.#end(leavesAtMs);
    }
  }

  #end(toMs: number | null): void {
    if (this.#open === null) return;
    const { fromMs, firstAlarm } = this.#open;
    this.#open = null;
    this.#floods.push({ fromMs, toMs, alarms: this.#next - firstAlarm });
  }
}
