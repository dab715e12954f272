import type { Logger } from 'pino';
import type { Configuration } from '../../config/configuration.ts';
import type { Ready, ToControl, ToGateway } from '../protocol.ts';
import { WatchedChild } from './child.ts';

export interface Supervision {
  /** Resolves when the doors are open for the first time. */
  readonly ready: Promise<Ready>;
  /** Ends both sides in order: outputs safe first. Resolves when both are gone. */
  stop(): Promise<void>;
}

const begin = (configuration: Configuration, demo: boolean): ToControl & ToGateway => ({
  kind: 'begin',
  configuration,
  demo,
});
const shutdown: ToControl & ToGateway = { kind: 'shutdown' };

/**
 * Starts and watches the control process and the gateway process and carries their messages to each other.
 * Knows nothing of what they say.
 */
export function supervise(wanted: Configuration, demo: boolean, log: Logger): Supervision {
  let configuration = wanted;
  const ready = Promise.withResolvers<Ready>();
  let stopping = false;
  const control: WatchedChild = new WatchedChild({
    name: 'control',
    entry: new URL('../control/main.ts', import.meta.url),
    execArgv: ['--max-semi-space-size=16', '--single-threaded-gc'],
    silenceMs: 3_000,
    firstWordMs: 15_000,
    log,
    begin: () => begin(configuration, demo),
    onMessage: (message) => gateway.send(message),
    onGone: (reason) => stopping || gateway.send({ kind: 'controlGone', reason } satisfies ToGateway),
  });
  const gateway: WatchedChild = new WatchedChild({
    name: 'gateway',
    entry: new URL('../gateway/main.ts', import.meta.url),
    execArgv: [],
    silenceMs: 20_000,
    firstWordMs: 90_000,
    log,
    begin: () => begin(configuration, demo),
    onMessage: (message) => {
      if (message.kind !== 'ready') {
        control.send(message);
        return;
      }
      const opened = message as Ready;
      configuration = atSameDoors(configuration, opened);
      ready.resolve(opened);
    },
    onGone: () => control.send({ kind: 'gatewayGone' } satisfies ToControl),
  });
  control.start();
  gateway.start();
  return {
    ready: ready.promise,
    async stop() {
      stopping = true;
      await control.end(shutdown, 2_000);
      await gateway.end(shutdown, 2_300);
    },
  };
}

/** A restarted gateway opens where clients know it, also when any free port was asked for at first. */
function atSameDoors(configuration: Configuration, { http, opcua }: Ready): Configuration {
  const [httpPort, opcuaPort] = [http, opcua].map((url) => Number(new URL(url).port));
  const { server } = configuration;
  return {
    ...configuration,
    server: { ...server, httpPort: httpPort ?? server.httpPort, opcuaPort: opcuaPort ?? server.opcuaPort },
  };
}
