import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface, type Interface } from 'node:readline';

/** A compiled program that is asked and answers line by line, and ends when nobody asks any more. */
export class LineProgram {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #waiting: ((line: string) => void)[] = [];

  constructor(program: string, args: readonly string[]) {
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error(`${program} has no output`);
    this.#lines = createInterface({ input: stdout });
    this.#lines.on('line', (line) => this.#waiting.shift()?.(line));
    this.#child.once('exit', (code) => {
      for (const answer of this.#waiting.splice(0)) answer(`ended with ${code}`);
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The next line that it says. */
  async line(): Promise<string> {
    return await new Promise((resolve) => this.#waiting.push(resolve));
  }

  async ask(line: string): Promise<string> {
    const answer = this.line();
    this.#child.stdin?.write(`${line}\n`);
    return await answer;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin?.end();
    await ended;
  }
}

/** The C programs beside this file, compiled against libmodbus into a folder of their own. */
export class Programs {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'tve-modbus-bench-'));

  /** @throws Error when gcc or libmodbus is missing */
  compiled(name: 'slave' | 'master' | 'paced-slave'): string {
    const program = path.join(this.#folder, name);
    const source = path.join(import.meta.dirname, `${name}.c`);
    execFileSync('gcc', ['-O2', '-Wall', '-D_GNU_SOURCE', source, '-o', program, '-lmodbus', '-lpthread']);
    return program;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A slave of libmodbus that serves from now on. */
export async function startSlave(
  programs: Programs,
  kind: 'plain' | 'pipelining',
): Promise<{ readonly slave: LineProgram; readonly port: number }> {
  const slave = new LineProgram(programs.compiled('slave'), [kind]);
  const ready = await slave.line();
  const port = Number(/^ready (\d+)$/.exec(ready)?.[1]);
  if (!Number.isInteger(port)) throw new Error(`the slave did not start: ${ready}`);
  return { slave, port };
}
