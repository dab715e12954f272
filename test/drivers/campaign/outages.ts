import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Field } from '../../../drivers/field.ts';
import { openField } from '../../../drivers/open-field.ts';
import { usedAfterCollection } from '../../bench/heap.ts';
import { openPlace } from './campaign.ts';
import { CampaignSlave } from './campaign-slave.ts';
import { Dice } from './dice.ts';
import { lineTo } from './run-schedule.ts';
import type { Transport } from './schedule.ts';
import { declareStation, everythingOff, signals } from './station.ts';
import { type Place, strikeAt } from './strike.ts';

const kinds = ['cut', 'refused', 'half-open', 'silent', 'late'] as const;
const timeoutMs = 40;
/** Here the question is what is left behind, and a busy computer must not decide. */
const recoveryGivenUpMs = 30_000;

export interface OutageFigures {
  readonly outages: number;
  readonly longestRecoveryMs: number;
  /** Least of each kind of resource that keeps a process alive, over some looks: when a fifth was over, and at the end. */
  readonly resourcesBefore: Readonly<Record<string, number>>;
  readonly resourcesAfter: Readonly<Record<string, number>>;
  readonly heapGrowthBytes: number;
  readonly warnings: readonly string[];
}

/** The same lines go through one outage after the other; what grows meanwhile would grow for weeks. */
export async function outages(transports: readonly Transport[], count: number, seed: number): Promise<OutageFigures> {
  const warnings: string[] = [];
  const warned = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);
  process.on('warning', warned);
  const lines = await Promise.all(transports.map((transport, n) => LineOnTest.start(transport, seed + n)));
  let longestRecoveryMs = 0;
  const strikeAll = async (times: number): Promise<void> => {
    await Promise.all(
      lines.map(async (line) => {
        for (let n = 0; n < times; n++) longestRecoveryMs = Math.max(longestRecoveryMs, await line.outage());
      }),
    );
  };
  const perLine = Math.ceil(count / lines.length);
  const warmUp = Math.ceil(perLine / 5);
  try {
    await strikeAll(warmUp);
    const resourcesBefore = await leastResources();
    const heapBefore = usedAfterCollection();
    await strikeAll(perLine - warmUp);
    const resourcesAfter = await leastResources();
    const heapGrowthBytes = usedAfterCollection() - heapBefore;
    const total = perLine * lines.length;
    return { outages: total, longestRecoveryMs, resourcesBefore, resourcesAfter, heapGrowthBytes, warnings };
  } finally {
    await Promise.all(lines.map((line) => line.stop()));
    process.off('warning', warned);
  }
}

/** Between polls there are timers and waits that come and go; what is always there counts. */
async function leastResources(): Promise<Record<string, number>> {
  let least: Record<string, number> = countOf(process.getActiveResourcesInfo());
  for (let look = 0; look < 40; look++) {
    await sleep(7);
    const now = countOf(process.getActiveResourcesInfo());
    least = Object.fromEntries(Object.entries(least).map(([name, number]) => [name, Math.min(number, now[name] ?? 0)]));
  }
  return Object.fromEntries(Object.entries(least).filter(([, number]) => number > 0));
}

function countOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

class LineOnTest {
  readonly #transport: Transport;
  readonly #place: Place;
  readonly #clear: () => Promise<void>;
  readonly #slave: CampaignSlave;
  readonly #dice: Dice;
  readonly #field: Field;
  readonly #goodAtMs = new Map<string, number>();
  #isLate = false;

  static async start(transport: Transport, seed: number): Promise<LineOnTest> {
    const { place, clear } = await openPlace(transport);
    const line = new LineOnTest(transport, seed, place, clear);
    await line.#slave.listen(place.port);
    line.#field.command(new Map(Object.entries({ ...everythingOff, 'out2.duty0': 7 })));
    line.#field.open();
    await line.#untilHealthy(performance.now());
    return line;
  }

  private constructor(transport: Transport, seed: number, place: Place, clear: () => Promise<void>) {
    this.#transport = transport;
    this.#place = place;
    this.#clear = clear;
    this.#dice = new Dice(seed);
    this.#slave = new CampaignSlave(transport === 'tcp' ? 'tcp' : 'rtu-over-tcp', new Dice(seed + 1), timeoutMs);
    this.#slave.faultOf = () => (this.#isLate && this.#dice.chance(0.3) ? 'late' : null);
    this.#field = openField(
      declareStation(lineTo({ transport, timeoutMs }, place), 40),
      { monotonicMs: () => performance.now(), wallMs: () => Date.now() },
      { info: () => {}, warn: () => {} },
    );
    this.#field.onReadings((readings) => {
      for (const { signal, quality, atMs } of readings) if (quality === 'Good') this.#goodAtMs.set(signal, atMs);
    });
  }

  /** One outage and the recovery from it. @returns how long the recovery took, in ms */
  async outage(): Promise<number> {
    const slave = this.#slave;
    const forMs = this.#dice.between(10, 150);
    const kind = this.#dice.choose(kinds);
    if (kind === 'late') {
      this.#isLate = true;
      await sleep(forMs);
      this.#isLate = false;
    } else if (kind === 'cut') await strikeAt(slave, this.#place, { kind });
    else if (kind === 'silent') await strikeAt(slave, this.#place, { kind, unit: this.#dice.between(1, 3), forMs });
    else await strikeAt(slave, this.#place, { kind, forMs });
    await slave.idle();
    return await this.#untilHealthy(performance.now());
  }

  async stop(): Promise<void> {
    await this.#field.close(new Map(Object.entries(everythingOff)), 1_000);
    await this.#slave.refuse();
    await this.#slave.idle();
    await this.#clear();
  }

  async #untilHealthy(sinceMs: number): Promise<number> {
    const isHealthy = () =>
      this.#field.modules().every(({ verified, demoted }) => verified && !demoted) &&
      signals.every(({ id }) => (this.#goodAtMs.get(id) ?? -1) > sinceMs);
    while (!isHealthy()) {
      const state = `${this.#transport}: ${JSON.stringify(this.#field.modules())}`;
      assert.ok(performance.now() - sinceMs < recoveryGivenUpMs, `not well again, ${state}`);
      await sleep(5);
    }
    return performance.now() - sinceMs;
  }
}

/** @throws AssertionError when anything grew from outage to outage */
export function assertFlat(figures: OutageFigures, heapLimitBytes: number): void {
  const { resourcesBefore, resourcesAfter, heapGrowthBytes, warnings } = figures;
  for (const [name, number] of Object.entries(resourcesAfter)) {
    const before = resourcesBefore[name] ?? 0;
    // each line has a timer now and then; one that stayed behind with every outage, or with every tenth, would be more
    const most = name === 'Timeout' ? before + 4 : before;
    assert.ok(number <= most, `${name}: ${before} before, ${number} after`);
  }
  assert.ok(heapGrowthBytes < heapLimitBytes, `the heap grew by ${heapGrowthBytes} bytes`);
  assert.deepEqual(warnings, []);
}

export function wordingOf({
  outages: count,
  longestRecoveryMs,
  resourcesAfter,
  heapGrowthBytes,
}: OutageFigures): string {
  return (
    `  ${count} outages, longest recovery ${Math.round(longestRecoveryMs)} ms, heap ${heapGrowthBytes >= 0 ? '+' : ''}` +
    `${Math.round(heapGrowthBytes / 1024)} KiB, held at the end ${JSON.stringify(resourcesAfter)}`
  );
}
