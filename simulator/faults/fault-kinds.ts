import { z } from 'zod';
import { exceptionCodes, type ExceptionCode } from '../../drivers/slave/modbus-slave.ts';
import type { FaultTarget } from './target.ts';

const none = z.strictObject({});
/** Replies that are affected before the fault ends by itself; none: all, until it is lifted. */
const count = z.int().min(1).max(1_000_000).optional();
const exceptionNumbers = Object.values(exceptionCodes);

/** Parameters of every fault, with their defaults. */
export const faultParams = {
  'open-circuit': none,
  frozen: none,
  /** Kelvin per second of model time, from now on, and a jump at once. */
  drift: z.strictObject({
    kPerSecond: z.number().min(-100).max(100).default(0.1),
    offsetK: z.number().min(-2000).max(2000).default(0),
  }),
  'cold-junction': none,
  'stuck-on': none,
  'heater-broken': none,
  'drive-fault': z.strictObject({ code: z.int().min(1).max(0xffff).default(1) }),
  estop: none,
  silent: none,
  slow: z.strictObject({ delayMs: z.int().min(1).max(60_000).default(100), count }),
  /** Longer than the time-out that drivers use by default, 300 ms. */
  'late-reply': z.strictObject({ delayMs: z.int().min(1).max(60_000).default(500), count }),
  'bad-crc': z.strictObject({ count }),
  'wrong-unit': z.strictObject({ count }),
  /** How much longer the reply is than what was asked for; negative: shorter. */
  'wrong-length': z.strictObject({
    bytes: z
      .int()
      .min(-250)
      .max(100)
      .refine((bytes) => bytes !== 0, 'must not be 0')
      .default(2),
    count,
  }),
  exception: z.strictObject({
    code: z
      .int()
      .refine((code): code is ExceptionCode => exceptionNumbers.includes(code as ExceptionCode), {
        error: `must be a Modbus exception code: ${exceptionNumbers.join(', ')}`,
      })
      .default(exceptionCodes.deviceFailure),
  }),
  'ignore-write': none,
  /** With its supply the module also loses its outputs and its watchdog setting, as after a reboot. */
  cut: z.strictObject({ supply: z.boolean().default(false) }),
} as const;

export type FaultKind = keyof typeof faultParams;
export type FaultParams<K extends FaultKind> = z.output<(typeof faultParams)[K]>;

export const faultKinds = Object.keys(faultParams) as readonly FaultKind[];

interface Applicability {
  readonly to: string;
  readonly fits: (target: FaultTarget) => boolean;
}

const isOnWire = ({ kind }: FaultTarget): boolean => kind !== 'signal';
const wireOf: Applicability = { to: 'a line or a module', fits: isOnWire };
const temperatures: Applicability = {
  to: 'a temperature signal or a thermocouple module',
  fits: (target) => hasSort(target, 'temperature') || isModule(target, 'thermocouple-4'),
};

/** What each fault can be done to. */
export const faultTargets: Readonly<Record<FaultKind, Applicability>> = {
  'open-circuit': temperatures,
  drift: temperatures,
  'cold-junction': { to: 'a thermocouple module', fits: (target) => isModule(target, 'thermocouple-4') },
  frozen: {
    to: 'a measured signal or a module',
    fits: (target) => target.kind === 'module' || hasSort(target, 'temperature', 'contact', 'measurement'),
  },
  'stuck-on': {
    to: 'a relay, a heater or a contact',
    fits: (target) => hasSort(target, 'relay', 'duty', 'contact'),
  },
  'heater-broken': { to: 'a heater or nozzle fan output', fits: (target) => hasSort(target, 'duty') },
  'drive-fault': {
    to: 'a drive module or one of its signals',
    fits: (target) => target.kind !== 'line' && target.profile === 'drive',
  },
  estop: {
    to: 'the e-stop chain or its module',
    fits: (target) => target.kind !== 'line' && target.hasEstop,
  },
  silent: wireOf,
  slow: wireOf,
  'late-reply': wireOf,
  'wrong-unit': wireOf,
  'wrong-length': wireOf,
  'bad-crc': {
    to: 'an RTU line or a module on it (Modbus TCP has no CRC)',
    fits: (target) => target.kind !== 'signal' && target.transport === 'rtu',
  },
  exception: { to: 'a line, a module or a signal', fits: () => true },
  'ignore-write': {
    to: 'a module or an output signal',
    fits: (target) => target.kind === 'module' || hasSort(target, 'relay', 'duty', 'command'),
  },
  cut: {
    to: 'a line, a module, or a signal with a wire of its own (temperature, contact, relay, heater)',
    fits: (target) => isOnWire(target) || hasSort(target, 'temperature', 'contact', 'relay', 'duty'),
  },
};

function hasSort(target: FaultTarget, ...sorts: readonly string[]): boolean {
  return target.kind === 'signal' && sorts.includes(target.wired.sort);
}

function isModule(target: FaultTarget, profile: string): boolean {
  return target.kind === 'module' && target.profile === profile;
}
