import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startPlant, type Plant } from '../scenario/plant.ts';

export interface JitterFigures {
  readonly scans: number;
  readonly overruns: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

interface Diagnostics {
  readonly scan: {
    readonly count: number;
    readonly overruns: number;
    readonly jitterP50Ms: number;
    readonly jitterP99Ms: number;
    readonly jitterMaxMs: number;
  };
}

/**
 * How steadily the scan begins, idle and while 20 OPC UA sessions take 500 items each and 200 REST requests/s come in. The
 * load generators are niced: on two cores they would otherwise be what is measured.
 */
export async function benchScanJitter(
  seconds: number,
): Promise<{ idle: JitterFigures; loaded: JitterFigures; moved: unknown }> {
  const idle = await onFreshPlant(async () => pause(seconds * 1_000));
  const loaded = await onFreshPlant(async (plant) => {
    const pki = await mkdtemp(path.join(tmpdir(), 'tve-bench-pki-'));
    const { stdout } = await promisify(execFile)(
      'nice',
      [
        '-n',
        '15',
        'node_modules/.bin/node',
        'test/bench/load.ts',
        '--opcua',
        plant.opcua,
        '--http',
        plant.http,
        '--pki',
        pki,
        '--seconds',
        String(seconds),
      ],
      {
        env: { ...process.env, TVE_PASSWORD: plant.passwords.get('operator') ?? '' },
        timeout: (seconds + 120) * 1_000,
      },
    );
    await rm(pki, { recursive: true, force: true });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as unknown;
  });
  return { idle: idle.figures, loaded: loaded.figures, moved: loaded.result };
}

async function onFreshPlant<T>(during: (plant: Plant) => Promise<T>): Promise<{ figures: JitterFigures; result: T }> {
  const plant = await startPlant({ env: { TVE_LOG_LEVEL: 'warn' } });
  try {
    const result = await during(plant);
    const { scan } = (await plant.engineer.get<Diagnostics>('/diagnostics')).body;
    const { count, overruns, jitterP50Ms, jitterP99Ms, jitterMaxMs } = scan;
    return { figures: { scans: count, overruns, p50Ms: jitterP50Ms, p99Ms: jitterP99Ms, maxMs: jitterMaxMs }, result };
  } finally {
    await plant.stop();
  }
}
