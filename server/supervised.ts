import type { Alive, Shutdown } from './protocol.ts';

const alivePeriodMs = 500;

export interface SupervisedProcess<Heard extends { readonly kind: string }> {
  /** What the supervisor brings, apart from the order to end. */
  readonly hear: (message: Exclude<Heard, Shutdown>) => void | Promise<void>;
  /** Called once, when the supervisor asks for it or is gone itself, or after a defect; then the process exits. */
  readonly end: () => Promise<void>;
  /** Told of a mistake of our own that nothing caught. The process ends in order, and is started again. */
  readonly onDefect: (error: unknown) => void;
}

/**
 * A process's end of the line to the supervisor: tells that its event loop turns, listens, and ends in order.
 *
 * @returns how to tell the supervisor, and through it the other side, something; false when nobody listens any more
 */
export function beSupervised<Heard extends { readonly kind: string }>({
  hear,
  end,
  onDefect,
}: SupervisedProcess<Heard>): (message: object) => boolean {
  let ending = false;

  async function finish(exitCode = 0): Promise<void> {
    if (ending) return;
    ending = true;
    try {
      await end();
    } finally {
      process.exit(exitCode);
    }
  }

  function tell(message: object): boolean {
    if (!process.connected) return false;
    process.send?.(message, undefined, undefined, (error: Error | null) => {
      // the supervisor is gone before its channel says so
      if (error !== null) void finish();
    });
    return true;
  }

  // Signals to the whole process group reach this process too; the supervisor decides when it ends.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.on('message', (message) => {
    const heard = message as Heard;
    if (heard.kind === 'shutdown') void finish();
    else void hear(heard as Exclude<Heard, Shutdown>);
  });
  process.on('uncaughtException', (error) => {
    onDefect(error);
    void finish(1);
  });
  // The supervisor is gone: nobody watches any more, so the machine is left safe.
  process.on('disconnect', () => void finish());
  setInterval(() => tell({ kind: 'alive' } satisfies Alive), alivePeriodMs).unref();
  return tell;
}
