import type { MachineState } from './state.ts';

/** What can move the machine from one state to another. */
export type MachineEvent =
  | 'heatOn'
  | 'heatOff'
  /** All heated zones were in band for the soak time. */
  | 'soaked'
  | 'outOfBand'
  | 'start'
  /** Every started drive is at speed. */
  | 'atSpeed'
  | 'stop'
  /** No drive runs, and the zones are soaked, or heating, or off. */
  | 'stoppedSoaked'
  | 'stoppedHeating'
  | 'stoppedOff'
  | 'trip'
  | 'clear';

/** All transitions that there are. */
export const transitions: Readonly<Record<MachineState, Readonly<Partial<Record<MachineEvent, MachineState>>>>> = {
  IDLE: { heatOn: 'HEATING', trip: 'ALARM' },
  HEATING: { soaked: 'READY', heatOff: 'IDLE', trip: 'ALARM' },
  READY: { outOfBand: 'HEATING', heatOff: 'IDLE', start: 'STARTING', trip: 'ALARM' },
  STARTING: { atSpeed: 'RUNNING', stop: 'STOPPING', heatOff: 'STOPPING', trip: 'ALARM' },
  RUNNING: { stop: 'STOPPING', heatOff: 'STOPPING', trip: 'ALARM' },
  STOPPING: { stoppedSoaked: 'READY', stoppedHeating: 'HEATING', stoppedOff: 'IDLE', trip: 'ALARM' },
  ALARM: { clear: 'IDLE' },
};

/** The state that follows; the same one when the event means nothing there. */
export function nextState(state: MachineState, event: MachineEvent): MachineState {
  return transitions[state][event] ?? state;
}
