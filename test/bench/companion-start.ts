import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface StartFigures {
  readonly rounds: number;
  /** Medians of starts in processes of their own, in ms. */
  readonly bareMs: number;
  readonly oursMs: number;
  readonly ratio: number;
  /** The first start of ours, which parses the nodesets and makes images and certificate, in ms. */
  readonly firstMs: number;
  readonly goal: number;
}

/**
 * How long the OPC UA server with the whole extruder takes to start, beside a bare one of the library with the same nodesets.
 * The two take turns, so that what else goes on in this computer hits both.
 */
export async function benchCompanionStart(folder: string, rounds: number): Promise<StartFigures> {
  const ownDir = mkdtempSync(join(tmpdir(), 'tve-bench-start-'));
  const once = async (which: 'ours' | 'bare'): Promise<number> => {
    const script = join(import.meta.dirname, 'companion-start-once.ts');
    const { stdout } = await run(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      script,
      which,
      folder,
      ownDir,
    ]);
    return Number(stdout.trim().split('\n').at(-1));
  };
  try {
    const firstMs = await once('ours');
    await once('bare');
    const times = { ours: [] as number[], bare: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      for (const which of ['bare', 'ours'] as const) times[which].push(await once(which));
    }
    const [bareMs, oursMs] = [median(times.bare), median(times.ours)];
    return { rounds, bareMs, oursMs, ratio: oursMs / bareMs, firstMs, goal: 1.5 };
  } finally {
    rmSync(ownDir, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
