import { PassThrough } from 'node:stream';
import type { LiveFeed, Listener } from './feed.ts';

/** Whoever takes nothing for so long, in ms, is given up. */
const stuckMs = 30_000;
/** The session behind a stream is looked at again this often, in ms; what ends it here ends the stream at once. */
const sessionEveryMs = 5_000;

export interface StreamOptions {
  readonly feed: LiveFeed;
  readonly lastEventId: string;
  readonly nowMs: number;
  /** Whether the session still stands. */
  readonly isSignedIn: () => Promise<boolean>;
  readonly onClose: () => void;
}

/**
 * One browser's stream. What it does not take is not queued: while it is behind events are left out, and when it takes
 * again it gets the whole newest image, alarms included, and goes on from there.
 */
export class LiveStream implements Listener {
  readonly body = new PassThrough();
  readonly #options: StreamOptions;
  #isBehind = false;
  #hasMissed = false;
  #behindSinceMs: number;
  #sessionSeenAtMs: number;
  #isLooking = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#sessionSeenAtMs = options.nowMs;
    this.#behindSinceMs = options.nowMs;
    this.body.on('drain', () => this.#caughtUp());
    this.body.once('close', () => {
      options.feed.leave(this);
      options.onClose();
    });
    // A connection that breaks is the browser's affair; it comes back with Last-Event-ID.
    this.body.on('error', () => this.body.destroy());
    this.body.write('retry: 2000\n\n');
    options.feed.join(this, options.lastEventId);
  }

  take(text: string): void {
    if (this.#isBehind) this.#hasMissed = true;
    else if (!this.body.destroyed) this.#isBehind = !this.body.write(text);
  }

  tick(nowMs: number): void {
    if (!this.#isBehind) this.#behindSinceMs = nowMs;
    else if (nowMs - this.#behindSinceMs >= stuckMs) this.body.destroy();
    if (nowMs - this.#sessionSeenAtMs >= sessionEveryMs) this.#lookAtSession(nowMs);
  }

  /** Says why and ends. The event has no number: it belongs to this stream alone. */
  end(code: 'SESSION_ENDED' | 'SERVER_STOPS', text: string): void {
    if (this.body.destroyed || this.body.writableEnded) return;
    this.#options.feed.leave(this);
    // Who takes nothing would not take this either, and nobody looks after the stream from here on.
    if (this.#isBehind) this.body.destroy();
    else this.body.end(`event: end\ndata: ${JSON.stringify({ code, text })}\n\n`);
  }

  close(): void {
    this.end('SERVER_STOPS', 'The server stops; the page connects again when it is back.');
  }

  sessionEnded(): void {
    this.end('SESSION_ENDED', 'The session has ended; sign in again.');
  }

  #caughtUp(): void {
    this.#isBehind = false;
    if (!this.#hasMissed) return;
    this.#hasMissed = false;
    this.take(this.#options.feed.snapshot());
  }

  #lookAtSession(nowMs: number): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#sessionSeenAtMs = nowMs;
    void this.#options
      .isSignedIn()
      // Who cannot be looked up is not known to be signed in.
      .catch(() => false)
      .then((isSignedIn) => {
        this.#isLooking = false;
        return isSignedIn ? undefined : this.sessionEnded();
      });
  }
}
