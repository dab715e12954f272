/** The plant behind the modules. Temperatures °C, powers W, conductances W/K, heat capacities J/K, speeds rpm. */
export interface PlantParameters {
  readonly ambientC: number;
  /** Along the barrel, from the feed throat to the nozzle. */
  readonly zones: readonly ZoneParameters[];
  /** Heat paths between zones. */
  readonly couplings: readonly { readonly zones: readonly [number, number]; readonly wPerK: number }[];
  readonly throat: ThroatParameters;
  readonly motor: MotorParameters;
  readonly melt: MeltParameters;
  readonly shafts: readonly ShaftParameters[];
  /** First-order lag of a thermocouple in its pocket, s. */
  readonly sensorLagSeconds: number;
  /** Standard deviation of a reading, K. */
  readonly noiseK: number;
}

export interface ZoneParameters {
  readonly id: string;
  readonly heaterW: number;
  readonly capacityJPerK: number;
  readonly lossWPerK: number;
  /** From heater band to barrel bore. */
  readonly deadTimeSeconds: number;
  /** Further loss at full nozzle fan; 0: the fan doesn't blow here. */
  readonly nozzleFanWPerK: number;
}

/** The feed throat is warmed by the first zone and cooled by water. */
export interface ThroatParameters {
  readonly capacityJPerK: number;
  readonly couplingWPerK: number;
  readonly lossWPerK: number;
  readonly pumpWPerK: number;
}

/** Housing of the main motor, heated by the square of its current. */
export interface MotorParameters {
  readonly capacityJPerK: number;
  readonly lossWPerK: number;
  readonly fanWPerK: number;
  readonly resistanceOhm: number;
}

export interface MeltParameters {
  /** Heat that the material draws at full feed, per kelvin of a zone above the throat, summed over the zones. */
  readonly drawWPerK: number;
  /** Share of the first zone, which meets the material cold; the others share the rest evenly. */
  readonly firstZoneShare: number;
  /** Heat of shearing at full screw speed and full feed, over all zones. */
  readonly shearW: number;
  /** Time for the screw to fill or run empty, s. */
  readonly fillSeconds: number;
}

export interface ShaftParameters {
  readonly id: string;
  readonly turns: 'screw' | 'feeder';
  readonly maximumRpm: number;
  /** The drive's own ramp under current, and the shaft's coasting, rpm/s. */
  readonly rampRpmPerS: number;
  readonly coastRpmPerS: number;
  readonly idleA: number;
  /** More at full speed, empty. */
  readonly frictionA: number;
  /** More at full feed and easy melt. */
  readonly loadA: number;
  /** While it accelerates. */
  readonly accelerationA: number;
  /** The drive's own current limit. */
  readonly limitA: number;
}
