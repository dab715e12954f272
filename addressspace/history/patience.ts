import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventEmitter } from 'node:events';
import { type HistoryReadRequest, type ISessionContext, type StatusCode, StatusCodes } from 'node-opcua';

/** Nobody waits for the answer any more: what was under way for it ends. */
export class ReadAbandonedError extends Error {
  readonly code = 'READ_ABANDONED';
  readonly status: StatusCode;

  constructor(message: string, status: StatusCode) {
    super(message);
    this.name = 'ReadAbandonedError';
    this.status = status;
  }
}

/** For requests that give no timeout hint, and the most for those that do. */
const usualTimeoutMs = 60_000;

/** A turn of the event loop is given back after so much work, ms. */
const sliceMs = 10;

const closings = new WeakMap<object, AbortSignal>();

function closingOf(session: object): AbortSignal {
  const known = closings.get(session);
  if (known) return known;
  const controller = new AbortController();
  (session as EventEmitter).once('session_closed', () =>
    controller.abort(new ReadAbandonedError('The session was closed', StatusCodes.BadSessionClosed)),
  );
  closings.set(session, controller.signal);
  return controller.signal;
}

/** How long the work for one request may go on: until the client's timeout hint has passed or its session has ended. */
export class Patience {
  readonly #signals: readonly AbortSignal[];
  readonly #endMs: number;
  #sliceBeganMs = performance.now();

  constructor(context: ISessionContext, request: HistoryReadRequest) {
    this.#signals = context.session ? [closingOf(context.session)] : [];
    const hintMs = request.requestHeader.timeoutHint;
    this.#endMs = performance.now() + Math.min(hintMs > 0 ? hintMs : usualTimeoutMs, usualTimeoutMs);
  }

  /** @throws ReadAbandonedError */
  check(): void {
    for (const signal of this.#signals) signal.throwIfAborted();
    if (performance.now() > this.#endMs) {
      throw new ReadAbandonedError('The time that the client gave has passed', StatusCodes.BadTimeout);
    }
  }

  /** To be called in every loop: lets others have the event loop when a slice's time is used up. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#sliceBeganMs >= sliceMs) {
      await nextTurn();
      this.#sliceBeganMs = performance.now();
    }
    this.check();
  }
}
