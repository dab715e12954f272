import { format, stripVTControlCharacters } from 'node:util';
import { setDebugLogger, setErrorLogger, setWarningLogger } from 'node-opcua';

/** The few words that the OPC UA server says. */
export interface AddressSpaceLog {
  info(context: object, message: string): void;
  warn(context: object, message: string): void;
  error(context: object, message: string): void;
}

/** One line of code in the library may speak this often per minute; a scanning or misconfigured client would flood us. */
const wordsPerMinute = 2;
const longestMessage = 500;

/**
 * Takes the library's own messages into our log. By default it writes coloured blocks to standard output, where only the
 * `ready` line belongs. The library has one logger per process, so the last address space started in a process gets them.
 */
export function redirectLibraryLog(log: AddressSpaceLog): void {
  setErrorLogger(speaker((context, message) => log.error(context, message)));
  setWarningLogger(speaker((context, message) => log.warn(context, message)));
  setDebugLogger(() => undefined);
}

function speaker(say: (context: object, message: string) => void): (where?: unknown, ...words: unknown[]) => void {
  const places = new Map<string, { sinceMs: number; count: number }>();
  return (where, ...words) => {
    const place = placeOf(where);
    const nowMs = performance.now();
    const seen = places.get(place);
    const spoken = seen && nowMs - seen.sinceMs < 60_000 ? seen : { sinceMs: nowMs, count: 0 };
    const omitted = spoken === seen ? 0 : Math.max(0, (seen?.count ?? 0) - wordsPerMinute);
    spoken.count++;
    places.set(place, spoken);
    if (spoken.count > wordsPerMinute) return;
    const message = withoutPassword(stripVTControlCharacters(format(...words)).trim());
    say(omitted > 0 ? { place, omitted } : { place }, message.slice(0, longestMessage));
  };
}

/** The library dumps tokens that it refuses; a client that sent its password as it is must not find it in the log. */
function withoutPassword(message: string): string {
  const at = message.search(/password\s*(\/\*|:|=)/i);
  return at < 0 ? message : `${message.slice(0, at).trimEnd()} …`;
}

/** The library passes its caller as `{ filename, callerline }`. */
function placeOf(where: unknown): string {
  const { filename, callerline } = (where ?? {}) as { filename?: string; callerline?: number };
  return `${filename ?? 'node-opcua'}:${callerline ?? 0}`;
}
