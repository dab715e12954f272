import { fork, type ChildProcess } from 'node:child_process';
import type { Logger } from 'pino';

export interface ChildOptions {
  readonly name: string;
  /** The program to run. */
  readonly entry: URL;
  readonly execArgv: readonly string[];
  /** Killed and started anew when not heard from for this long. Longer until first heard: loading takes its time. */
  readonly silenceMs: number;
  readonly firstWordMs: number;
  readonly log: Logger;
  /** Given to every fresh process as its first message. */
  begin(): object;
  /** What it says, apart from signs of life. */
  onMessage(message: { readonly kind: string }): void;
  onGone(reason: string): void;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;
/** A process that lived this long starts again without a growing pause. */
const soundLifeMs = 60_000;

/** One watched process: started, listened to, restarted with a growing pause, and ended in order. */
export class WatchedChild {
  readonly #options: ChildOptions;
  #process: ChildProcess | null = null;
  #pauseMs = firstPauseMs;
  #startedAtMs = 0;
  #lastHeardAtMs = 0;
  #heard = false;
  #ending = false;
  #restart: NodeJS.Timeout | null = null;
  #watch: NodeJS.Timeout | null = null;
  #gone: Promise<void> = Promise.resolve();
  #restarts = 0;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get restarts(): number {
    return this.#restarts;
  }

  start(): void {
    const { entry, execArgv, log, name } = this.#options;
    const child = fork(entry, [], {
      serialization: 'advanced',
      execArgv: ['--disable-warning=ExperimentalWarning', ...execArgv],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process = child;
    this.#startedAtMs = performance.now();
    this.#lastHeardAtMs = this.#startedAtMs;
    this.#heard = false;
    this.#gone = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve();
        this.#ended(child, signal ?? `exit code ${code}`);
      });
      child.on('error', (error) => {
        log.error({ err: error }, `${name}: process error`);
        // it never came to life, so it will never exit
        if (child.pid !== undefined) return;
        resolve();
        this.#ended(child, error.message);
      });
    });
    child.on('message', (message) => this.#listen(child, message as { readonly kind: string }));
    this.#watch ??= setInterval(() => this.#checkLife(), 500);
    this.send(this.#options.begin());
    log.info({ pid: child.pid }, `${name} process started`);
  }

  /** False when the process is not there to be told. */
  send(message: object): boolean {
    const child = this.#process;
    if (child === null || !child.connected) return false;
    child.send(message, (error) => {
      if (error) this.#options.log.debug({ err: error }, `${this.#options.name} went away while being told something`);
    });
    return true;
  }

  /** Asks it to end, and ends it by force when it has not after `deadlineMs`. */
  async end(message: object, deadlineMs: number): Promise<void> {
    this.#ending = true;
    if (this.#restart !== null) clearTimeout(this.#restart);
    if (this.#watch !== null) clearInterval(this.#watch);
    const child = this.#process;
    if (child === null) return;
    this.send(message);
    const force = setTimeout(() => {
      this.#options.log.warn(`${this.#options.name} did not end within ${deadlineMs} ms and was killed`);
      child.kill('SIGKILL');
    }, deadlineMs);
    await this.#gone;
    clearTimeout(force);
  }

  #listen(child: ChildProcess, message: { readonly kind: string }): void {
    if (child !== this.#process) {
      // last words of a process that is known to be gone: an image would pass for its successor's, what it noted counts
      if (message.kind === 'journal') this.#options.onMessage(message);
      return;
    }
    this.#lastHeardAtMs = performance.now();
    this.#heard = true;
    if (message.kind !== 'alive') this.#options.onMessage(message);
  }

  #checkLife(): void {
    const { name, silenceMs, firstWordMs, log } = this.#options;
    if (this.#process === null) return;
    const silentMs = performance.now() - this.#lastHeardAtMs;
    if (silentMs <= (this.#heard ? silenceMs : firstWordMs)) return;
    log.error({ silentMs: Math.round(silentMs) }, `${name} process is silent: killed`);
    this.#process.kill('SIGKILL');
  }

  #ended(child: ChildProcess, reason: string): void {
    if (this.#process !== child) return;
    this.#process = null;
    this.#options.onGone(reason);
    if (this.#ending) return;
    const livedMs = performance.now() - this.#startedAtMs;
    if (livedMs > soundLifeMs) this.#pauseMs = firstPauseMs;
    this.#options.log.error(
      { reason, livedMs: Math.round(livedMs), pauseMs: this.#pauseMs },
      `${this.#options.name} process ended: starting it again`,
    );
    this.#restarts++;
    this.#restart = setTimeout(() => this.start(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
  }
}
