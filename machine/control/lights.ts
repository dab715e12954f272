import type { Situation } from '../situation.ts';

/** 2 Hz: a quarter of a second on, a quarter off. */
const halfPeriodMs = 250;

export interface Lights {
  readonly red: boolean;
  readonly yellow: boolean;
  readonly green: boolean;
}

/**
 * The stack light. Red blinks while an alarm is unacknowledged, in every state, and is steady in ALARM once they all are;
 * yellow and green tell the state.
 */
export function stackLight({ state, nowMs }: Readonly<Situation>, unacknowledged: boolean): Lights {
  const blink = Math.floor(nowMs / halfPeriodMs) % 2 === 0;
  const moving = state === 'STARTING' || state === 'STOPPING';
  return {
    red: unacknowledged ? blink : state === 'ALARM',
    yellow: moving ? blink : state === 'HEATING',
    green: state === 'READY' ? blink : state === 'RUNNING',
  };
}
