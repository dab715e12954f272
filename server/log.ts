import { pino, type Logger } from 'pino';

/** Logs go to standard error; standard output belongs to the `ready` line. Synchronous: the last words of a crash count. */
export function openLog(processName: string, level: string): Logger {
  return pino({ level, base: { process: processName } }, pino.destination({ fd: 2, sync: true }));
}
