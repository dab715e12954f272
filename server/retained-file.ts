import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';

/** The file is there but can't be understood: the process must not start as if nothing had been. */
export class RetainedStateError extends Error {
  readonly code = 'RETAINED_STATE_UNREADABLE';
  readonly file: string;

  constructor(file: string, cause: unknown) {
    super(
      `${file} can't be read, so what was retained is unknown. Restore it from a backup, or move it away to start with nothing.`,
      { cause },
    );
    this.file = file;
  }
}

/**
 * What a process must find again after its end: a small file, replaced atomically and synced, written outside the scan. Saves that come while one is under way are merged:
 * the newest state wins, and `save` resolves when a state at least as new as the one given is on the disk.
 */
export class RetainedFile<State extends { readonly version: number }> {
  readonly #file: string;
  readonly #version: State['version'];
  readonly #onError: (error: unknown) => void;
  #next: string | null = null;
  #writing: Promise<void> | null = null;

  constructor(file: string, version: State['version'], onError: (error: unknown) => void) {
    this.#file = file;
    this.#version = version;
    this.#onError = onError;
  }

  /** @returns null on the very first start */
  async load(): Promise<State | null> {
    await mkdir(path.dirname(this.#file), { recursive: true });
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
      throw new RetainedStateError(this.#file, cause);
    }
    try {
      const retained = JSON.parse(text) as State;
      if (retained.version !== this.#version) throw new Error(`version ${retained.version} is not ${this.#version}`);
      return retained;
    } catch (cause) {
      throw new RetainedStateError(this.#file, cause);
    }
  }

  save(retained: State): Promise<void> {
    return this.saveText(JSON.stringify(retained));
  }

  /** The same for a state that is JSON already. */
  saveText(text: string): Promise<void> {
    this.#next = text;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#next !== null) {
      const text = this.#next;
      this.#next = null;
      try {
        await this.#write(text);
      } catch (error) {
        // a full or broken disk must not stop the machine; the caller reports it
        this.#onError(error);
      }
    }
  }

  async #write(text: string): Promise<void> {
    const fresh = `${this.#file}.new`;
    const handle = await open(fresh, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, this.#file);
    const directory = await open(path.dirname(this.#file), 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }
}
