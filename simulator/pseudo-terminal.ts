import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** socat is not there, or could not make the pseudo-terminal. */
export class PseudoTerminalError extends Error {
  readonly code = 'SIMULATOR_PTY';

  constructor(message: string) {
    super(message);
    this.name = 'PseudoTerminalError';
  }
}

export interface PseudoTerminal {
  readonly path: string;
  close(): Promise<void>;
}

const appearsWithinMs = 5_000;
/** Between attempts to link again after the line was cut. */
const againAfterMs = 200;

/**
 * Links a pseudo-terminal at `path` to a TCP port on this computer, by socat. When the port drops the connection (a cut
 * line) the terminal vanishes like an unplugged adapter, and comes back with the port.
 *
 * @throws PseudoTerminalError saying what is missing
 */
export async function linkPseudoTerminal(path: string, port: number): Promise<PseudoTerminal> {
  let isClosed = false;
  let socat = start();

  function start(): ChildProcess {
    const child = spawn('socat', [`pty,raw,echo=0,link=${path}`, `tcp:127.0.0.1:${port}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.once('exit', () => void again());
    // it could not be started; no 'exit' follows
    child.once('error', () => void again());
    return child;
  }

  async function again(): Promise<void> {
    await pause(againAfterMs);
    if (isClosed) return;
    socat = start();
  }

  async function close(): Promise<void> {
    isClosed = true;
    if (socat.exitCode !== null || socat.signalCode !== null || socat.pid === undefined) return;
    const gone = once(socat, 'exit');
    socat.kill('SIGTERM');
    await gone;
  }

  try {
    await untilLinked(socat, path);
  } catch (error) {
    await close();
    throw error;
  }
  return { path, close };
}

async function untilLinked(socat: ChildProcess, path: string): Promise<void> {
  let complaint = '';
  let ended: string | null = null;
  socat.stderr?.on('data', (text: Buffer) => {
    complaint += text.toString();
  });
  socat.once('error', (error) => {
    ended =
      'code' in error && error.code === 'ENOENT'
        ? 'a pseudo-terminal needs socat: apt-get install socat (Debian package socat)'
        : error.message;
  });
  socat.once('exit', (code) => {
    ended = `socat ended with ${code ?? 'a signal'}: ${complaint.trim()}`;
  });
  const deadlineMs = performance.now() + appearsWithinMs;
  while (!isLink(path)) {
    if (ended !== null) throw new PseudoTerminalError(ended);
    if (performance.now() > deadlineMs) throw new PseudoTerminalError(`socat made no ${path}: ${complaint.trim()}`);
    await pause(20);
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
