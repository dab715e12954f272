import { pino, type Logger } from 'pino';

/**
 * Logs go to standard error; standard output belongs to the `ready` line. They are written behind the program's back, so
 * that a terminal or a pipe that takes nothing holds up no scan, and in full before a process ends.
 */
export function openLog(processName: string, level: string): Logger {
  const destination = pino.destination({ fd: 2, sync: false });
  process.on('exit', () => destination.flushSync());
  return pino({ level, base: { process: processName } }, destination);
}
