import { openLog } from '../log.ts';
import type { Alive, FromControl, ToControl } from '../protocol.ts';
import { Control } from './control.ts';

// Signals to the whole process group reach this process too; the supervisor decides when it ends.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

let control: Control | null = null;
let ending = false;

function send(message: FromControl | Alive): boolean {
  if (!process.connected) return false;
  process.send?.(message, undefined, undefined, (error: Error | null) => {
    // the supervisor is gone before its channel says so
    if (error !== null) void end();
  });
  return true;
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await control?.stop();
  process.exit(0);
}

async function hear(message: ToControl): Promise<void> {
  switch (message.kind) {
    case 'begin': {
      const { configuration } = message;
      const log = openLog('control', configuration.server.logLevel);
      try {
        control = await Control.open(configuration, send, log);
      } catch (error) {
        log.fatal({ err: error }, 'the control process can not begin');
        process.exit(1);
      }
      control.start();
      break;
    }
    case 'shutdown':
      await end();
      break;
    case 'gatewayGone':
      control?.gatewayGone();
      break;
    case 'attach':
    case 'received':
    case 'journalReceived':
    case 'journalStored':
    case 'command':
      control?.hear(message);
      break;
  }
}

process.on('message', (message) => void hear(message as ToControl));
// The supervisor is gone: nobody watches any more, so the machine is left safe.
process.on('disconnect', () => void end());
setInterval(() => send({ kind: 'alive' }), 500).unref();
