import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../scenario/until.ts';

export interface SerialPair {
  readonly master: string;
  readonly slave: string;
  unplug(): Promise<void>;
}

/** A serial line with two ends, by socat. */
export async function plugSerialPair(): Promise<SerialPair> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tve-pair-'));
  const [master, slave] = ['ttyM', 'ttyS'].map((name) => path.join(folder, name)) as [string, string];
  const socat = spawn(
    'socat',
    [master, slave].map((end) => `pty,raw,echo=0,link=${end}`),
    { stdio: 'ignore' },
  );
  await until('both ends of the serial line', 5_000, () => existsSync(master) && existsSync(slave));
  return {
    master,
    slave,
    async unplug() {
      if (socat.exitCode === null && socat.signalCode === null) {
        const gone = once(socat, 'exit');
        socat.kill();
        await gone;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}
