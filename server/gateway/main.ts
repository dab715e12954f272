import type { Logger } from 'pino';
import { openLog } from '../log.ts';
import type { Ready, ToGateway } from '../protocol.ts';
import { beSupervised } from '../supervised.ts';
import { openDoors, type Doors } from './doors.ts';
import { openRecords, type Records } from './records.ts';

/** The gateway process: records first, so that nothing the control process says is missed, then the doors. */
let records: Records | null = null;
let doors: Doors | null = null;
let log: Logger | null = null;

const tell = beSupervised<ToGateway>({
  async hear(message) {
    switch (message.kind) {
      case 'begin': {
        const { configuration, demo } = message;
        log = openLog('gateway', configuration.server.logLevel);
        try {
          records = await openRecords(configuration, demo, tell, log);
          doors = await openDoors(configuration, records, log);
        } catch (error) {
          log.fatal({ err: error }, 'the gateway can not open');
          process.exit(1);
        }
        await records.link.firstContact;
        tell({ kind: 'ready', http: doors.http, opcua: doors.opcua, firstLogin: records.firstLogin } satisfies Ready);
        break;
      }
      case 'controlGone':
        records?.link.gone(message.reason);
        break;
      case 'answer':
        records?.inquiry.hear(message);
        break;
      case 'snapshot':
      case 'delta':
      case 'outcome':
      case 'journal':
        records?.link.hear(message);
        break;
    }
  },
  async end() {
    records?.link.leave();
    await doors?.close();
    await records?.close();
  },
  onDefect(error) {
    log?.fatal({ err: error }, 'a defect in the gateway process: it is started again');
  },
});
