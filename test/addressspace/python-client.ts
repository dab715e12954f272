import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { python } from '../needs.ts';
import { passwordOf } from './plant.ts';

/** One Python client process; each command gets one answer. */
export class PythonClient {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;

  constructor(script: string, endpointUrl: string, user: string | null) {
    this.#process = spawn(python, [
      join(import.meta.dirname, script),
      endpointUrl,
      user ?? '-',
      user === null ? '' : passwordOf(user),
    ]);
    this.#process.stderr.resume();
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async ask(...words: readonly string[]): Promise<unknown> {
    this.#process.stdin.write(`${words.join('\t')}\n`);
    return await this.answer();
  }

  async answer(): Promise<unknown> {
    const { value, done } = await this.#answers.next();
    assert.notEqual(done, true, 'the Python client ended');
    return JSON.parse(String(value));
  }

  async end(): Promise<void> {
    this.#process.stdin.end();
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
  }
}
