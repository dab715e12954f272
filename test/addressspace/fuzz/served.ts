import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Figures, Question, Told } from './server-process.ts';

const program = path.join(import.meta.dirname, 'server-process.ts');

/** The OPC UA server in a process of its own, so that its end would be seen and its memory is its own. */
export class Served {
  readonly endpointUrl: string;
  readonly #child: ChildProcess;
  readonly #output: string[];

  private constructor(child: ChildProcess, output: string[], endpointUrl: string) {
    this.#child = child;
    this.#output = output;
    this.endpointUrl = endpointUrl;
  }

  static async start({ maxSessions }: { readonly maxSessions: number }): Promise<Served> {
    const child = fork(program, [String(maxSessions)], {
      execArgv: ['--expose-gc', '--enable-source-maps', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (words) => output.push(String(words)));
    const told = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    const first = told[0] as Told | number | null;
    if (typeof first !== 'object' || first === null || !('endpointUrl' in first))
      throw new Error(`the server did not start\n${output.join('')}`);
    return new Served(child, output, first.endpointUrl);
  }

  get port(): number {
    return Number(new URL(this.endpointUrl).port);
  }

  /** @throws AssertionError with its last words when the process has ended */
  assertAlive(): void {
    const { exitCode, signalCode } = this.#child;
    assert.ok(
      exitCode === null && signalCode === null,
      `the server ended with ${exitCode ?? signalCode}\n${this.#output.join('').slice(-4_000)}`,
    );
  }

  async figures(): Promise<Figures> {
    this.assertAlive();
    this.#child.send({ ask: 'figures' } satisfies Question);
    const told = await Promise.race([once(this.#child, 'message'), once(this.#child, 'exit')]);
    this.assertAlive();
    return told[0] as Figures;
  }

  /** Ends it in order. @returns what it wrote by itself: nothing, when all went well */
  async end(): Promise<string> {
    this.assertAlive();
    const gone = once(this.#child, 'exit');
    this.#child.send({ ask: 'end' } satisfies Question);
    const [code] = (await gone) as [number | null];
    assert.equal(code, 0, this.#output.join('').slice(-4_000));
    return this.#output.join('');
  }

  /** Whatever became of it. */
  kill(): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
  }
}
