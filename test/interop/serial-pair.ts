import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../scenario/until.ts';

/** A serial line with two ends, by socat. It can be pulled out, and plugged in again under the same names. */
export class SerialPair {
  readonly master: string;
  readonly slave: string;
  readonly #folder: string;
  #socat: ChildProcess | null = null;

  static async plug(): Promise<SerialPair> {
    const pair = new SerialPair(await mkdtemp(path.join(tmpdir(), 'tve-pair-')));
    await pair.plugIn();
    return pair;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.master = path.join(folder, 'ttyM');
    this.slave = path.join(folder, 'ttyS');
  }

  async plugIn(): Promise<void> {
    const ends = [this.master, this.slave];
    this.#socat = spawn(
      'socat',
      ends.map((end) => `pty,raw,echo=0,link=${end}`),
      { stdio: 'ignore' },
    );
    await until('both ends of the serial line', 5_000, () => ends.every((end) => existsSync(end)));
  }

  /** Both ends are gone. */
  async unplug(): Promise<void> {
    const socat = this.#socat;
    if (socat === null || socat.exitCode !== null || socat.signalCode !== null) return;
    const gone = once(socat, 'exit');
    socat.kill();
    await gone;
  }

  async remove(): Promise<void> {
    await this.unplug();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
