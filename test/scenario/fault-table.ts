import type { Duty } from './lane.ts';

/** Earliest and latest, in s after the fault struck. */
export type Window = readonly [earliest: number, latest: number];

export interface FaultRow {
  /** Reads after "ai1: " or the like in a test's name. */
  readonly words: string;
  readonly during: Duty;
  readonly target: string;
  readonly fault: string;
  readonly params?: object;
  /** Ends by itself then. */
  readonly forSeconds?: number;
  /** It strikes before the heating is switched on, and is noticed then. */
  readonly beforeHeat?: true;
  readonly settings?: Readonly<Record<string, number>>;
  /** Another fault that hides this one from a faster guard. */
  readonly hidden?: { readonly target: string; readonly fault: string };
  /** These signals leave Good, and no others. */
  readonly leaves: RegExp | null;
  readonly quality?: string;
  readonly leavesWithin?: number;
  /** All that is announced until the machine has tripped, in order; whatever else follows is suppressed. */
  readonly alarms: readonly string[];
  readonly trip: Window;
  /** When no zone gets heat any more; left out: with the trip. */
  readonly heatOffWithin?: number;
  /** When no drive is driven any more; left out: with the trip. */
  readonly drivesOffWithin?: number;
  /**
   * What a clear after the trip meets. Refused while the cause stands, which is as long as the fault; `passes`: the cause is gone
   * with the trip, or may be; `outlasts`: it stands for minutes after the repair.
   */
  readonly cause?: 'passes' | 'outlasts';
  /** The repair itself looks like this fault. */
  readonly repairAlarms?: readonly string[];
}

/** For a poll, a scan and the way to the client, on a busy computer. */
const wayS = 1.25;

/** Seen with the next reading. */
const atOnce: Window = [0, wayS];
/** Three seconds after the first failed reading. */
const failed: Window = [3, 3 + wayS];
/** After the freshness limit of a second, which began with the last reading before the fault, three more. */
const lost: Window = [3.5, 4.25 + wayS];
const lostWithin = 1 + wayS;

const field = {
  ai1: /^temperature\./,
  drive1: /^motor\.main\.(?!setpoint)/,
  drive2: /^motor\.feed\.(?!setpoint)/,
  dio1: /^(fan\.on|pump\.on|light\.|heater\.contactor|safety\.|panel\.)/,
  ssr1: /^(heater\.(zone\d\.output|power|energy)|fan\.nozzle)/,
  rtu0: /^(temperature\.|motor\.\w+\.(?!setpoint))/,
  tcp0: /^(fan\.|pump\.on|light\.|heater\.(contactor|zone\d\.output|power|energy)|safety\.|panel\.)/,
};

/** What makes a module or a line silent to its master, as one row. */
function silence(
  during: Duty,
  target: keyof typeof field,
  fault: string,
  words: string,
  more: Partial<FaultRow> = {},
): FaultRow {
  return {
    words: `${target} ${words}`,
    during,
    target,
    fault,
    leaves: field[target],
    quality: 'BadCommunicationError',
    leavesWithin: lostWithin,
    alarms: [`${target.toUpperCase()}_COMMS_LOST`],
    trip: lost,
    ...more,
  };
}

/** The heaters go off as soon as the temperatures are no longer Good. */
const blind = { heatOffWithin: lostWithin };

/** What a sensor can do, and what ai1 can answer, while the barrel heats up from cold. */
export const heatingRows: readonly FaultRow[] = [
  {
    words: 'zone 2 sensor is pulled',
    during: 'heating',
    target: 'temperature.zone2',
    fault: 'open-circuit',
    leaves: /^temperature\.zone2/,
    quality: 'BadSensorFailure',
    alarms: ['ZONE2_SENSOR_FAILED'],
    trip: failed,
  },
  {
    words: 'motor sensor is pulled',
    during: 'heating',
    target: 'temperature.motor',
    fault: 'open-circuit',
    leaves: /^temperature\.motor/,
    quality: 'BadSensorFailure',
    alarms: ['MOTOR_SENSOR_FAILED'],
    trip: failed,
  },
  {
    words: 'cold junction of ai1 fails: all four sensors, and the heaters are off at once',
    during: 'heating',
    target: 'ai1',
    fault: 'cold-junction',
    leaves: /^temperature\./,
    quality: 'BadSensorFailure',
    alarms: ['FEED_SENSOR_FAILED', 'ZONE1_SENSOR_FAILED', 'ZONE2_SENSOR_FAILED', 'MOTOR_SENSOR_FAILED'],
    trip: failed,
    heatOffWithin: wayS,
  },
  {
    words: 'zone 2 reading jumps by 40 K',
    during: 'heating',
    target: 'temperature.zone2',
    fault: 'drift',
    params: { offsetK: 40, kPerSecond: 0 },
    leaves: /^temperature\.zone2/,
    quality: 'BadSensorFailure',
    alarms: ['ZONE2_SENSOR_FAILED'],
    trip: failed,
    cause: 'passes',
  },
  {
    words: 'zone 2 reading drifts past its trip limit, 20 K/s',
    during: 'heating',
    target: 'temperature.zone2',
    fault: 'drift',
    params: { kPerSecond: 20 },
    leaves: null,
    alarms: ['ZONE2_OVERTEMP'],
    trip: [8, 15],
    // back to the truth is a jump
    repairAlarms: ['ZONE2_SENSOR_FAILED'],
  },
  {
    words: 'register of zone 1 answers with exception 4, device failure',
    during: 'heating',
    target: 'temperature.zone1',
    fault: 'exception',
    params: { code: 4 },
    leaves: /^temperature\.zone1/,
    quality: 'BadDeviceFailure',
    alarms: ['ZONE1_SENSOR_FAILED'],
    trip: failed,
  },
  {
    words: 'register of zone 2 answers with exception 2, no such address',
    during: 'heating',
    target: 'temperature.zone2',
    fault: 'exception',
    params: { code: 2 },
    leaves: /^temperature\.zone2/,
    quality: 'BadConfigurationError',
    alarms: ['ZONE2_SENSOR_FAILED'],
    trip: failed,
  },
  {
    words: 'ai1 is busy (exception 6) for good: it answers, but its values are old',
    during: 'heating',
    target: 'ai1',
    fault: 'exception',
    params: { code: 6 },
    leaves: field.ai1,
    quality: 'UncertainLastUsableValue',
    leavesWithin: lostWithin,
    alarms: ['TEMP_DATA_STALE'],
    trip: lost,
    ...blind,
  },
  silence('heating', 'ai1', 'exception', 'is lost behind its gateway (exception 11)', {
    params: { code: 11 },
    ...blind,
  }),
  silence('heating', 'ai1', 'bad-crc', 'has a wrong CRC in every reply', blind),
  silence('heating', 'ai1', 'wrong-unit', 'answers as another unit', blind),
  silence('heating', 'ai1', 'wrong-length', 'answers with too many bytes', blind),
  silence('heating', 'ai1', 'late-reply', 'answers after the time-out, always', blind),
];

/** Modules on Modbus TCP, relays, and outputs that do not obey. */
export const outputRows: readonly FaultRow[] = [
  silence('heating', 'ssr1', 'late-reply', 'answers after the time-out, always'),
  silence('heating', 'dio1', 'wrong-unit', 'answers as another unit'),
  silence('heating', 'ssr1', 'wrong-length', 'answers with too many bytes'),
  // its own watchdog, 2 s, is faster than the trip
  silence('heating', 'ssr1', 'silent', 'falls silent', { heatOffWithin: 2 + wayS }),
  {
    words: 'duty of zone 1 is acknowledged but not stored',
    during: 'idle',
    beforeHeat: true,
    target: 'heater.zone1.output',
    fault: 'ignore-write',
    leaves: null,
    alarms: ['OUTPUT_MISMATCH'],
    // the relays are tested for 2 s before the first duty
    trip: [2, 3 + 2 * wayS],
    cause: 'passes',
  },
  {
    words: 'contactor is commanded but does not close',
    during: 'idle',
    beforeHeat: true,
    target: 'heater.contactor',
    fault: 'ignore-write',
    leaves: null,
    alarms: ['OUTPUT_MISMATCH'],
    trip: [0, 1 + wayS],
    cause: 'passes',
  },
  {
    words: 'heater relay of zone 1 is stuck when the heating is switched on',
    during: 'idle',
    beforeHeat: true,
    target: 'heater.zone1.output',
    fault: 'stuck-on',
    leaves: null,
    // the power does not tell which zone draws it, so neither is excluded
    alarms: ['ZONE1_UNCONTROLLED', 'ZONE2_UNCONTROLLED'],
    trip: [0, 2 + wayS],
    cause: 'passes',
  },
  {
    words: 'heater relay of zone 1 sticks while its duty is 0: seen by the power',
    during: 'heating',
    target: 'heater.zone1.output',
    fault: 'stuck-on',
    settings: { 'heater.zone1.setpoint': 0 },
    leaves: null,
    alarms: ['ZONE1_UNCONTROLLED'],
    trip: [3, 3 + wayS],
    cause: 'passes',
  },
];

/** A minute without a change, and the heater model tells that there must have been one. */
export const frozenRow: FaultRow = {
  words: 'zone 2 reading is frozen while the barrel cools down',
  during: 'idle',
  target: 'temperature.zone2',
  fault: 'frozen',
  leaves: /^temperature\.zone2/,
  quality: 'BadSensorFailure',
  leavesWithin: 70,
  alarms: ['ZONE2_SENSOR_FAILED'],
  trip: [60, 75],
};

/** While the screw turns in a hot barrel. */
export const runningRows: readonly FaultRow[] = [
  {
    words: 'main drive reports fault 7',
    during: 'running',
    target: 'drive1',
    fault: 'drive-fault',
    params: { code: 7 },
    leaves: null,
    alarms: ['MAIN_DRIVE_FAULT'],
    trip: atOnce,
  },
  {
    words: 'feed drive reports a fault',
    during: 'running',
    target: 'motor.feed.fault',
    fault: 'drive-fault',
    leaves: null,
    alarms: ['FEED_DRIVE_FAULT'],
    trip: atOnce,
  },
  {
    words: 'e-stop is pressed: drives and contactor drop by wire',
    during: 'running',
    target: 'safety.estopClosed',
    fault: 'estop',
    leaves: null,
    alarms: ['ESTOP'],
    trip: atOnce,
    heatOffWithin: 0.5,
    drivesOffWithin: 0.5,
  },
  {
    words: 'main drive reboots within 0.3 s: its run command is not sent again',
    during: 'running',
    target: 'drive1',
    fault: 'cut',
    params: { supply: true },
    forSeconds: 0.3,
    leaves: null,
    alarms: ['OUTPUT_MISMATCH'],
    trip: [0, 1 + wayS],
    cause: 'passes',
  },
  {
    words: 'speed of the main drive answers with exception 4',
    during: 'running',
    target: 'motor.main.speed',
    fault: 'exception',
    params: { code: 4 },
    leaves: /^motor\.main\.speed$/,
    quality: 'BadDeviceFailure',
    alarms: ['MAIN_DRIVE_FAULT'],
    trip: failed,
  },
  silence('running', 'drive2', 'silent', 'falls silent'),
  // the drives' own watchdogs, 1 s, are faster than the trip
  silence('running', 'rtu0', 'cut', 'is cut', { ...blind, drivesOffWithin: 1 + wayS }),
  silence('running', 'tcp0', 'cut', 'is cut', { heatOffWithin: 2 + wayS }),
];

/** What the guards need a minute for. */
export const brokenHeaterRow: FaultRow = {
  words: 'heater of zone 1 is broken',
  during: 'heating',
  target: 'heater.zone1.output',
  fault: 'heater-broken',
  leaves: null,
  // the missing power rings first, without a trip
  alarms: ['HEATER_POWER_MISMATCH', 'ZONE1_NOT_HEATING'],
  trip: [40, 65],
  cause: 'passes',
};

export const stuckRelayRow: FaultRow = {
  words: 'heater relay of zone 1 is stuck and the power measurement frozen: seen by the temperature',
  during: 'idle',
  beforeHeat: true,
  hidden: { target: 'heater.power', fault: 'frozen' },
  target: 'heater.zone1.output',
  fault: 'stuck-on',
  settings: { 'heater.zone1.setpoint': 0, 'heater.zone2.setpoint': 0 },
  leaves: null,
  alarms: ['ZONE1_UNCONTROLLED'],
  trip: [5, 110],
  cause: 'outlasts',
};
