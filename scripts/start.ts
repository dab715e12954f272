import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { buildPages } from './build-pages.ts';

/**
 * `npm start`: the demonstration. Builds the pages, starts the simulated machine in a process of its own and the server
 * against it. Ctrl-C stops the server first, which leaves the outputs safe, then the simulator.
 */
buildPages();

/** A group of its own, so that Ctrl-C in the terminal does not take the machine away before its outputs are safe. */
function run(entry: string, args: readonly string[]): ChildProcess {
  return fork(new URL(`../${entry}`, import.meta.url), args, {
    detached: true,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
}

async function firstLine(child: ChildProcess, beginning: string): Promise<string> {
  if (child.stdout === null) throw new Error('no standard output');
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith(beginning)) return line;
  throw new Error('it ended before it was ready; see the messages above');
}

let stopping = false;
async function stop(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  await end(server);
  await end(simulator);
  process.exit(exitCode);
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

const config = process.env['TVE_CONFIG'] ?? 'config/tvemicro.yaml';
const simulator = run('simulator/main.ts', ['--config', config]);
let server: ChildProcess | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
simulator.once('exit', (code) => void stop(code ?? 1));

const simulated = await firstLine(simulator, 'simulator ready');
simulator.stdout?.resume();
console.log(simulated);
server = run('server/main.ts', ['--config', config, '--demo']);
server.stdout?.pipe(process.stdout);
server.once('exit', (code) => void stop(code ?? 1));
