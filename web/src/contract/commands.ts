import { ask, type Answer } from './ask.ts';
import type { CommandReply, Value } from './replies.ts';

type Outcome = Promise<Answer<CommandReply>>;

/** Everything this page can ask of the machine. Whether it may is the server's decision alone. */
export const heat = (on: boolean): Outcome => ask('POST', '/machine/heat', { on });
export const start = (): Outcome => ask('POST', '/machine/start', {});
export const stop = (): Outcome => insist('/machine/stop');
export const emergencyStop = (): Outcome => insist('/machine/emergency-stop');
export const setMode = (mode: string): Outcome => ask('POST', '/machine/mode', { mode });
export const write = (signal: string, value: Value): Outcome =>
  ask('PUT', `/signals/${encodeURIComponent(signal)}`, { value });
export const clearAlarms = (): Outcome => ask('POST', '/alarms/clear', {});
export const acknowledge = (alarm: string, occurrenceId: string): Outcome =>
  ask('POST', `/alarms/${encodeURIComponent(alarm)}/acknowledge`, { occurrenceId });

/** Stopping twice does no harm, so a stop that found no way is tried once more before the operator is told. */
async function insist(path: string): Outcome {
  const first = await ask<CommandReply>('POST', path, {});
  return first.ok || first.status !== 0 ? first : ask<CommandReply>('POST', path, {});
}
