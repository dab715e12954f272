import type { Logger } from 'pino';
import { openLog } from '../log.ts';
import type { ToControl } from '../protocol.ts';
import { beSupervised } from '../supervised.ts';
import { Control } from './control.ts';

/** The control process of one machine. */
let control: Control | null = null;
let log: Logger | null = null;

const tell = beSupervised<ToControl>({
  async hear(message) {
    switch (message.kind) {
      case 'begin': {
        const { configuration } = message;
        log = openLog('control', configuration.server.logLevel);
        try {
          control = await Control.open(configuration, tell, log);
        } catch (error) {
          log.fatal({ err: error }, 'the control process can not begin');
          process.exit(1);
        }
        control.start();
        break;
      }
      case 'gatewayGone':
        control?.gatewayGone();
        break;
      case 'attach':
      case 'received':
      case 'journalReceived':
      case 'journalStored':
      case 'command':
      case 'ask':
        control?.hear(message);
        break;
    }
  },
  async end() {
    await control?.stop();
  },
  onDefect(error) {
    log?.fatal({ err: error }, 'a defect in the control process: it leaves the outputs safe and is started again');
  },
});
