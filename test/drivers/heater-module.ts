import type { SeenRequest } from './misbehaving-slave.ts';
import { heaters } from './test-field.ts';

/** Heaters, a float, coils and a watchdog, as unit 1. */
export const ssr1 = { id: 'ssr1', unit: 1, profile: heaters, watchdogMs: 2_000 };

/** The outputs of `ssr1`. */
export const off = {
  'ssr1.duty0': 0,
  'ssr1.duty1': 0,
  'ssr1.total': 0,
  'ssr1.fan': false,
  'ssr1.pump': false,
  'ssr1.contactor': false,
};

/** Goes to the watchdog of `ssr1` or to its safe state. */
export const isWatchdog = ({ address }: SeenRequest): boolean => address === 100 || address === 101;
