import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Figures, Held, Question, Told } from './server-process.ts';

const program = path.join(import.meta.dirname, 'server-process.ts');

/** The OPC UA server in a process of its own, so that its end would be seen and its memory is its own. */
export class Served {
  readonly endpointUrl: string;
  readonly #child: ChildProcess;
  /** All that it wrote, and what of that went to standard output. */
  readonly #output: readonly string[];
  readonly #answers: readonly string[];

  private constructor(child: ChildProcess, output: readonly string[], answers: readonly string[], endpointUrl: string) {
    this.#child = child;
    this.#output = output;
    this.#answers = answers;
    this.endpointUrl = endpointUrl;
  }

  static async start({ maxSessions }: { readonly maxSessions: number }): Promise<Served> {
    const child = fork(program, [String(maxSessions)], {
      execArgv: ['--expose-gc', '--enable-source-maps', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const output: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (words) => output.push(String(words)));
    const answers: string[] = [];
    child.stdout?.on('data', (words) => answers.push(String(words)));
    const told = await first(child);
    if (told === null || !('endpointUrl' in told)) throw new Error(`the server did not start\n${output.join('')}`);
    return new Served(child, output, answers, told.endpointUrl);
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
    return (await this.#ask('figures')) as Figures;
  }

  async held(): Promise<Held> {
    return (await this.#ask('held')) as Held;
  }

  async #ask(ask: Question['ask']): Promise<Told | null> {
    this.assertAlive();
    this.#child.send({ ask } satisfies Question);
    const told = await first(this.#child);
    this.assertAlive();
    return told;
  }

  /** Ends it in order. @returns what it wrote to standard output, which is the ready line's alone */
  async end(): Promise<string> {
    this.assertAlive();
    const gone = once(this.#child, 'exit');
    this.#child.send({ ask: 'end' } satisfies Question);
    const [code] = (await gone) as [number | null];
    assert.equal(code, 0, this.#output.join('').slice(-4_000));
    return this.#answers.join('');
  }

  /** Whatever became of it. */
  kill(): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
  }
}

/** The next that the process tells; null: it has ended. */
async function first(child: ChildProcess): Promise<Told | null> {
  const over = new AbortController();
  const { signal } = over;
  const told = once(child, 'message', { signal }) as Promise<[Told]>;
  const ended = once(child, 'exit', { signal }).then(() => [null] as const);
  try {
    return (await Promise.race([told, ended]))[0];
  } finally {
    // the one that did not come leaves its listeners
    for (const left of [told, ended]) left.catch(() => undefined);
    over.abort();
  }
}
