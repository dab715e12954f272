import type { HistorianLog } from './settings.ts';

/** A log whose lines travel to the main thread: errors become plain objects on the way. */
export function threadLog(
  send: (level: 'info' | 'warn' | 'error', context: object, message: string) => void,
): HistorianLog {
  return {
    info: (context, message) => send('info', portable(context), message),
    warn: (context, message) => send('warn', portable(context), message),
    error: (context, message) => send('error', portable(context), message),
  };
}

function portable(context: object): object {
  return Object.fromEntries(
    Object.entries(context).map(([name, value]) => [
      name,
      value instanceof Error ? { type: value.name, message: value.message, stack: value.stack } : (value as unknown),
    ]),
  );
}
