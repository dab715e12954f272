import type { OPCUAServer, ServerSession, ServerSidePublishEngine, Subscription } from 'node-opcua';

/**
 * Lets go of subscriptions that ended and still have something to say.
 *
 * The library (2.186) keeps each, and through its listeners the session that made it, until somebody publishes for it. For
 * a subscription that outlived its session nobody can: it was gone with its client, and can be taken over only while it
 * lives. So those are let go at once. A session that lives is told of the end of its last ones, as many as it may have at
 * a time; otherwise one that never publishes could gather them without end.
 */
export function letGoOfEndedSubscriptions(server: OPCUAServer): void {
  const { engine } = server;
  const most = engine.serverCapabilities.maxSubscriptionsPerSession;
  const bounded = new WeakSet<ServerSidePublishEngine>();
  server.on('create_session', (session: ServerSession) => {
    keepAtMost(most, session.publishEngine);
    session.once('session_closed', () => {
      // made when the first session ends without its subscriptions, before it tells so
      const { _orphanPublishEngine: orphans } = engine as unknown as Orphanage;
      if (!orphans || bounded.has(orphans)) return;
      bounded.add(orphans);
      keepAtMost(0, orphans);
    });
  });
}

interface Orphanage {
  readonly _orphanPublishEngine?: ServerSidePublishEngine;
}

interface Ended {
  /** Oldest first. */
  readonly _closed_subscriptions: { dispose(): void }[];
}

/** Whatever ends here came in by one of the two: made or taken over, it is added; it runs out or is deleted, it is closed. */
function keepAtMost(most: number, publishing: ServerSidePublishEngine): void {
  const add = publishing.add_subscription.bind(publishing);
  const close = publishing.on_close_subscription.bind(publishing);
  const trim = (): void => {
    // asked for each time: the library replaces the list
    const { _closed_subscriptions: ended } = publishing as unknown as Ended;
    for (const one of ended.splice(0, Math.max(0, ended.length - most))) one.dispose();
  };
  publishing.add_subscription = (subscription: Subscription) => {
    trim();
    return add(subscription);
  };
  publishing.on_close_subscription = (subscription) => {
    close(subscription);
    trim();
  };
}
