import type { Context } from 'koa';
import { z } from 'zod';
import { Problem } from '../problem.ts';
import { SnapshotEvent } from '../replies.ts';
import { answered, route, type Route } from '../route.ts';
import { cookieName, type SessionKeeper } from '../session-keeper.ts';
import type { LiveFeed } from './feed.ts';
import { LiveStream } from './stream.ts';

/** Streams at a time over all sessions: the least that must not be exhausted is memory. */
const streamsLimit = 200;

export function liveRoutes(feed: LiveFeed, keeper: SessionKeeper, now: () => number): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/live',
      tag: 'live',
      summary: 'The machine as it changes, as server-sent events',
      description:
        '`snapshot` is the whole image and comes first, unless `Last-Event-ID` names an event that is still held; ' +
        '`delta` (at least every second), `alarm` and `state` follow. Ids rise by 1. Who takes events too slowly gets ' +
        'a new `snapshot` instead of what was missed. `end` says why the server ends the stream.',
      role: 'observer',
      reply: z.never(),
      alsoAs: { 'text/event-stream': `Events; the snapshot has ${Object.keys(SnapshotEvent.shape).join(', ')}` },
      problems: ['TOO_MANY_STREAMS'],
      handle({ ctx }, { session }) {
        if (feed.listeners >= streamsLimit) {
          return new Problem('TOO_MANY_STREAMS', `${streamsLimit} streams are open; close pages that nobody watches.`, {
            retryAfterSeconds: 10,
          });
        }
        prepare(ctx);
        if (ctx.method === 'HEAD') return answered;
        const token = ctx.cookies.get(cookieName);
        const stream = new LiveStream({
          feed,
          lastEventId: ctx.get('last-event-id'),
          nowMs: now(),
          isSignedIn: async () => (await keeper.find(token, false)) !== null,
          onClose: () => forget(),
        });
        const forget = keeper.onEnd((id) => {
          if (id === session?.id) stream.sessionEnded();
        });
        ctx.body = stream.body;
        return answered;
      },
    }),
  ];
}

function prepare(ctx: Context): void {
  ctx.status = 200;
  ctx.type = 'text/event-stream; charset=utf-8';
  ctx.set('Cache-Control', 'no-store, no-transform');
  // nginx would hold events back until its buffer is full.
  ctx.set('X-Accel-Buffering', 'no');
  ctx.req.socket.setTimeout(0);
  ctx.req.socket.setNoDelay(true);
}
