import type { MachineMode, MachineState } from './control/state.ts';

/** What the machine does at present, as the guards, the permissives and the reasons need it. Changed by the core alone. */
export interface Situation {
  /** Monotonic and wall time of this scan, in ms. */
  nowMs: number;
  wallMs: number;
  /** Since the scan before, on the monotonic clock, in s, cut at `longestStepSeconds`. */
  dtSeconds: number;
  /** How far the wall clock ran ahead of the monotonic one since the scan before, in ms. */
  clockStepMs: number;
  readonly startedAtMs: number;
  state: MachineState;
  mode: MachineMode;
  heatingOn: boolean;
  /** The contactor is closed with all duties 0 since then, to see that no relay is stuck; null: no such test now. */
  provingSinceMs: number | null;
  overrun: boolean;
  configurationUnconfirmed: boolean;
  startBlockReason: string | null;
  /** Id of the zone that is being tuned; null: none. */
  tuningZone: string | null;
}

/** A scan that comes later than this is no step of control: ramps and integrals do not make up for it. In s. */
export const longestStepSeconds = 10;

export function initialSituation(nowMs: number, wallMs: number): Situation {
  return {
    nowMs,
    wallMs,
    dtSeconds: 0,
    clockStepMs: 0,
    startedAtMs: nowMs,
    state: 'IDLE',
    mode: 'AUTO',
    heatingOn: false,
    provingSinceMs: null,
    overrun: false,
    configurationUnconfirmed: false,
    startBlockReason: null,
    tuningZone: null,
  };
}
