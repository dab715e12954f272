import { openLog } from '../log.ts';
import type { Alive, FromGateway, Ready, ToGateway } from '../protocol.ts';
import { openDoors, type Doors } from './doors.ts';
import { openRecords, type Records } from './records.ts';

// Signals to the whole process group reach this process too; the supervisor decides when it ends.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

let records: Records | null = null;
let doors: Doors | null = null;
let ending = false;

function send(message: FromGateway | Ready | Alive): boolean {
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
  records?.link.leave();
  await doors?.close();
  await records?.close();
  process.exit(0);
}

async function hear(message: ToGateway): Promise<void> {
  switch (message.kind) {
    case 'begin': {
      const { configuration, demo } = message;
      const log = openLog('gateway', configuration.server.logLevel);
      try {
        records = await openRecords(configuration, demo, send, log);
        doors = await openDoors(configuration, records, log);
        await records.link.firstContact;
      } catch (error) {
        log.fatal({ err: error }, 'the gateway can not open');
        process.exit(1);
      }
      send({ kind: 'ready', http: doors.http, opcua: doors.opcua, firstLogin: records.firstLogin });
      break;
    }
    case 'shutdown':
      await end();
      break;
    case 'controlGone':
      records?.link.gone(message.reason);
      break;
    case 'snapshot':
    case 'delta':
    case 'outcome':
    case 'journal':
      records?.link.hear(message);
      break;
  }
}

process.on('message', (message) => void hear(message as ToGateway));
// The supervisor is gone, and with it the control process.
process.on('disconnect', () => void end());
setInterval(() => send({ kind: 'alive' }), 500).unref();
