import type { AlarmDeclaration } from './alarms/alarm.ts';
import type { SignalDeclaration } from './signal.ts';

/**
 * The whole machine as the configuration declares it, checked and with every default filled in. The core, the drivers,
 * the address space, the API and the historian all derive from this one object; nothing in code knows a number of it.
 */
export interface MachineDeclaration {
  /** Tag value and node name, for example `tvemicro`. */
  readonly id: string;
  readonly site: string;
  readonly title: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serialNumber: string;
  readonly scanPeriodMs: number;
  readonly signals: ReadonlyMap<string, SignalDeclaration>;
  readonly lines: readonly LineReference[];
  readonly modules: readonly ModuleReference[];
  readonly zones: readonly ZoneDeclaration[];
  readonly drives: readonly DriveDeclaration[];
  /** Temperatures whose sensor is watched: zones, feed throat, motor. A zone that is not listed is watched all the same. */
  readonly sensors: readonly SensorDeclaration[];
  readonly heating: HeatingDeclaration;
  /** `sensor` is the id of a watched sensor. */
  readonly motor: { readonly sensor: string; readonly tripAtC: number; readonly startBelowC: number };
  readonly safety: { readonly estopClosed: string };
  readonly panel: { readonly start: string; readonly stop: string };
  readonly auxiliaries: AuxiliaryDeclaration;
  readonly sequences: {
    readonly start: readonly SequenceStep[];
    readonly stop: readonly SequenceStep[];
    readonly emergency: readonly EmergencyRule[];
  };
  readonly guards: GuardDeclaration;
  readonly commands: CommandDeclaration;
  readonly tuning: TuningDeclaration;
  readonly annunciation: AnnunciationDeclaration;
  readonly alarms: readonly AlarmDeclaration[];
}

export interface LineReference {
  readonly id: string;
}

export interface ModuleReference {
  readonly id: string;
  readonly line: string;
  readonly simulated: boolean;
  readonly pollPeriodMs: number;
}

/** A heated zone. Temperatures in °C, differences in K, powers in W, duties in %. */
export interface ZoneDeclaration {
  /** `zone1`; its alarms are `ZONE1_…`. */
  readonly id: string;
  readonly title: string;
  /** Signal ids. The raw signal is the single reading that guards judge by. */
  readonly temperature: string;
  readonly raw: string;
  readonly setpoint: string;
  readonly output: string;
  /** Above this in two consecutive raw readings the zone trips. */
  readonly tripAboveC: number;
  /** Below this no drive may turn, unless a recipe says otherwise. */
  readonly minimumC: number;
  /** How far down a recipe may take the minimum. */
  readonly lowestMinimumC: number;
  /** A new setpoint is approached at this rate; 0: at once. */
  readonly setpointRampKPerMinute: number;
  readonly nominalPowerW: number;
  readonly pid: PidSettings;
  readonly model: HeaterModel;
}

/** Duty in %, temperature in K: kp %/K, ki %/(K·s), kd %·s/K. */
export interface Gains {
  readonly kp: number;
  readonly ki: number;
  readonly kd: number;
}

/** Whose gains are in force. */
export type GainsFrom = 'configuration' | 'recipe' | 'tuning';

export interface PidSettings extends Gains {
  /** Time constant of the filter on the measured derivative, in s. */
  readonly derivativeFilterSeconds: number;
}

/**
 * First order plus dead time, from nominal data until a learnt one is better: in the steady state a duty of 1 % lifts the
 * zone by `gainKPerPercent` above ambient, and the neighbour `zone` by `kPerK` of this zone's excess.
 */
export interface HeaterModel {
  readonly gainKPerPercent: number;
  readonly timeConstantSeconds: number;
  readonly deadTimeSeconds: number;
  readonly ambientC: number;
  readonly coupling: readonly { readonly zone: string; readonly kPerK: number }[];
}

export interface DriveDeclaration {
  /** `main`, `feed`; alarms are `MAIN_DRIVE_…`. */
  readonly id: string;
  readonly title: string;
  readonly setpoint: string;
  readonly command: string;
  /** Output, Boolean: the fault reset edge. */
  readonly reset: string;
  readonly speed: string;
  readonly current: string;
  readonly running: string;
  readonly fault: string;
  readonly module: string;
  /** AUTO limit; reverse only in MANUAL, down to -maximumManualRpm. */
  readonly maximumRpm: number;
  readonly maximumManualRpm: number;
  readonly rampUpRpmPerS: number;
  readonly rampDownRpmPerS: number;
  /** Counts as at speed within this of the command, in rpm. */
  readonly atSpeedBandRpm: number;
  readonly overloadA: number;
  readonly overloadSeconds: number;
  /** Grace on top of the ramp time before a drive that does not follow trips, in s. */
  readonly followSeconds: number;
  /** A start with this drive's setpoint at 0 is refused. */
  readonly neededToStart: boolean;
}

export interface SensorDeclaration {
  /** `feed`, `zone1`, `motor`; its alarm is `FEED_SENSOR_FAILED`. */
  readonly id: string;
  readonly title: string;
  readonly signal: string;
  readonly raw: string;
  /** Whether the machine trips when it fails or goes stale; false: alarm only. */
  readonly trips: boolean;
  /** A larger step between good readings at most 1 s apart is impossible, in K. */
  readonly maximumJumpK: number;
}

export interface HeatingDeclaration {
  readonly enabled: string;
  readonly contactor: string;
  readonly power: string;
  readonly energy: string;
  readonly readyBandK: number;
  readonly soakSeconds: number;
  /** On heat on the contactor closes with all duties 0 for this long, to see that no SSR is stuck. */
  readonly proveOffSeconds: number;
}

export interface AuxiliaryDeclaration {
  readonly fan: string;
  readonly pump: string;
  readonly nozzleFan: string;
  /** Id of the zone whose temperature rules it. */
  readonly nozzleZone: string;
  readonly red: string;
  readonly yellow: string;
  readonly green: string;
  readonly hysteresisK: number;
  readonly fanAboveMotorC: number;
  readonly fanAboveZoneC: number;
  readonly pumpRunOnSeconds: number;
  readonly nozzleFanAboveC: number;
  readonly nozzleFanIdlePercent: number;
  readonly nozzleFanRunningPercent: number;
  /** Outputs that may not toggle twice within `debounceSeconds`. */
  readonly debounced: readonly string[];
  readonly debounceSeconds: number;
}

/** One line of the start or stop sequence; `delaySeconds` after the step before. */
export interface SequenceStep {
  readonly drive: string;
  readonly action: 'on' | 'off';
  readonly delaySeconds: number;
}

/** What an emergency does to one output: `off` at once, `keep` as it is, `on`. */
export interface EmergencyRule {
  readonly output: string;
  readonly action: 'off' | 'keep' | 'on';
}

/** Numbers of the interlock table that belong to no single zone or drive. Times in s. */
export interface GuardDeclaration {
  /** Freshness limit: the larger of these two. */
  readonly staleAfterSeconds: number;
  readonly staleAfterPolls: number;
  /** From leaving Good (or losing a module) to the trip. */
  readonly staleTripSeconds: number;
  /** After the start missing inputs block but do not trip for this long. */
  readonly startupSeconds: number;
  readonly coldTripBelowK: number;
  readonly coldTripSeconds: number;
  readonly overTemperatureReadings: number;
  readonly frozenSeconds: number;
  readonly frozenModelK: number;
  readonly jumpClearSeconds: number;
  readonly notHeatingDutyPercent: number;
  readonly notHeatingSeconds: number;
  readonly notHeatingBelowSetpointK: number;
  readonly notHeatingRiseK: number;
  readonly uncontrolledPowerShare: number;
  readonly uncontrolledPowerSeconds: number;
  readonly uncontrolledAfterOffSeconds: number;
  readonly uncontrolledRiseK: number;
  readonly powerMismatchShare: number;
  readonly powerMismatchW: number;
  readonly powerMismatchSeconds: number;
  readonly driveNotRunningSeconds: number;
  readonly outputTries: number;
  readonly overrunsToTrip: number;
  readonly deviationK: number;
  readonly deviationSeconds: number;
  /** By the heater model: after so long at full duty, a rise below this share of what a sound heater gives … */
  readonly notHeatingModelSeconds: number;
  readonly notHeatingModelShare: number;
  /** Zones that heat each other: their duties differ by so much for so long, and each follows the other's. */
  readonly swappedDutyPercent: number;
  readonly swappedSeconds: number;
  /** A jump of the system time beyond this is told. */
  readonly clockStepSeconds: number;
}

/** Times of commands that wait for the machine, in s. */
export interface CommandDeclaration {
  /** A jog in MANUAL stops by itself unless it is renewed within this time. */
  readonly jogLeaseSeconds: number;
  /** How long the reset edge of the drives stays: they must see it over a slow line. */
  readonly resetPulseSeconds: number;
  /** A drive has this long to drop its fault after the reset edge. */
  readonly resetWaitSeconds: number;
  /** A module has this long to read back what was written. */
  readonly confirmSeconds: number;
  /** In RUNNING a setpoint stays this far above the zone's minimum, in K: the screw would soon turn in cold melt. */
  readonly runningMarginK: number;
}

/** Autotune by relay feedback, and the commissioning test that heats one zone alone. */
export interface TuningDeclaration {
  /** The test stays this far below the trip of its zone. */
  readonly marginK: number;
  /** The relay switches this far from the setpoint, in K, well above the noise. */
  readonly hysteresisK: number;
  /** The relay's duty is chosen so that the zone swings about so far around the setpoint, … */
  readonly swingK: number;
  /** … and a test that takes it so far away has failed. */
  readonly swingLimitK: number;
  /** The relay switches at least so far up and down around the duty that holds the setpoint. */
  readonly leastAmplitudePercent: number;
  /** Alike cycles of the relay that make a result. */
  readonly cycles: number;
  /** Alike: periods, swings and means differ by no more than this share of them. */
  readonly alikeShare: number;
  /** The share of a cycle that the relay is up differs from a half by no more than this. */
  readonly asymmetryShare: number;
  /** After so many cycles without enough alike ones the test has failed. */
  readonly mostCycles: number;
  /** Time at setpoint under the present gains before the relay begins; their error then is what new gains are held against. */
  readonly settleSeconds: number;
  readonly timeLimitMinutes: number;
  /** After new gains were applied they are watched for this long, … */
  readonly watchMinutes: number;
  /** … which begins so long after they were applied, or after anything from outside moved the zone; in s. */
  readonly graceSeconds: number;
  /** … and taken back when the error is this many times as large, and by this much larger on average, in K. */
  readonly worseRatio: number;
  readonly worseK: number;
  readonly zoneTestDutyPercent: number;
  readonly zoneTestSeconds: number;
}

/** What of ISA-18.2 is a number: shelving, chatter, and the limits that the alarm statistics are held against. */
export interface AnnunciationDeclaration {
  readonly shelveMaximumMinutes: number;
  /** What rings again within this time is the same occurrence, counted … */
  readonly chatterSeconds: number;
  /** … and chatters from so many times within it. */
  readonly chatterCount: number;
  readonly staleHours: number;
  /** A flood begins with more than this many alarms in 10 minutes, and ends below the second. */
  readonly floodBeginsAbove: number;
  readonly floodEndsBelow: number;
}
