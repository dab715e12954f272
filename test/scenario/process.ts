import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program under test in a process of its own. */
export interface RunningProgram {
  readonly pid: number;
  /** The line that said it was ready. */
  readonly readyLine: string;
  /** All that it has written so far. */
  output(): string;
  exited(): boolean;
  /** Sends a signal and waits for the end. @returns the exit code, null when a signal ended it */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * Starts `command` and waits for a line on its standard output that begins with `ready`.
 *
 * @throws Error with the program's output when it ends first or takes too long
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly ready: string; readonly deadlineMs: number },
): Promise<RunningProgram> {
  const child = spawn(command, args, { env: options.env, stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const gone = once(child, 'exit');
  const readyLine = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => fail(`was not ready within ${options.deadlineMs} ms`), options.deadlineMs);
    function fail(why: string): void {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`${command} ${args.join(' ')} ${why}\n${lines.join('\n')}`));
    }
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      if (!line.startsWith(options.ready)) return;
      clearTimeout(timer);
      resolve(line);
    });
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => fail(`ended with ${code ?? signal}`));
  });
  return {
    pid: pidOf(child),
    readyLine,
    output: () => lines.join('\n'),
    exited: () => child.exitCode !== null || child.signalCode !== null,
    async end(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await gone;
      }
      return child.exitCode;
    },
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('the program has no process');
  return child.pid;
}
