import type { PlantParameters } from './parameters.ts';

/** All that the plant remembers. Plain data: a step makes a new one. */
export interface PlantState {
  /** Model time since the start, s. */
  readonly seconds: number;
  readonly zones: readonly ZoneState[];
  readonly throatC: number;
  readonly motorC: number;
  readonly shafts: readonly ShaftState[];
  /** Filling of the screw, 0…1: what it carries as a share of full feed. */
  readonly filling: number;
  readonly sensors: {
    readonly zones: readonly SensorState[];
    readonly throat: SensorState;
    readonly motor: SensorState;
  };
  readonly ledger: HeatLedger;
  /** State of the noise generator. */
  readonly noise: number;
}

export interface ZoneState {
  readonly barrelC: number;
  /** Electric heat of its band since the start. */
  readonly electricJ: number;
  /** Heat on its way from the band to the bore, J per slot of the dead time, oldest first. */
  readonly underWayJ: readonly number[];
  /** How far the newest slot is filled, s. */
  readonly slotSeconds: number;
}

export interface ShaftState {
  readonly speedRpm: number;
  readonly currentA: number;
}

export interface SensorState {
  /** Where the lagging sensor tip is, without noise. */
  readonly tipC: number;
  readonly readingC: number;
}

/** Sums since the start, J: electric heat of the zones + shear = stored + under way + lost + melt. */
export interface HeatLedger {
  readonly shearJ: number;
  readonly lostJ: number;
  readonly meltJ: number;
}

/** Slots of the delay line that makes the dead time. */
export const deadTimeSlots = 20;

/** Everything cold and at rest. @param seed  of the measuring noise, so that a run can be repeated */
export function coldPlant(parameters: PlantParameters, seed: number): PlantState {
  const { ambientC } = parameters;
  const sensor = { tipC: ambientC, readingC: ambientC };
  return {
    seconds: 0,
    zones: parameters.zones.map(() => ({
      barrelC: ambientC,
      electricJ: 0,
      underWayJ: Array.from({ length: deadTimeSlots }, () => 0),
      slotSeconds: 0,
    })),
    throatC: ambientC,
    motorC: ambientC,
    shafts: parameters.shafts.map(() => ({ speedRpm: 0, currentA: 0 })),
    filling: 0,
    sensors: { zones: parameters.zones.map(() => sensor), throat: sensor, motor: sensor },
    ledger: { shearJ: 0, lostJ: 0, meltJ: 0 },
    noise: seed >>> 0,
  };
}

/** The same plant with other temperatures, in °C; what is undefined stays. The sensors show them at once. */
export function withTemperatures(
  state: PlantState,
  wanted: {
    readonly zones: readonly (number | undefined)[];
    readonly throat: number | undefined;
    readonly motor: number | undefined;
  },
): PlantState {
  return {
    ...state,
    zones: state.zones.map((zone, index) => ({ ...zone, barrelC: wanted.zones[index] ?? zone.barrelC })),
    throatC: wanted.throat ?? state.throatC,
    motorC: wanted.motor ?? state.motorC,
    sensors: {
      zones: state.sensors.zones.map((sensor, index) => moved(sensor, wanted.zones[index])),
      throat: moved(state.sensors.throat, wanted.throat),
      motor: moved(state.sensors.motor, wanted.motor),
    },
  };
}

function moved(sensor: SensorState, temperatureC: number | undefined): SensorState {
  return temperatureC === undefined ? sensor : { tipC: temperatureC, readingC: temperatureC };
}
