/** What the modules do to the plant. */
export interface PlantInputs {
  /** Share of its power that each heater takes, 0…1, in the order of the zones. */
  readonly heating: readonly number[];
  readonly shafts: readonly ShaftDrive[];
  readonly fan: boolean;
  readonly pump: boolean;
  /** Share of full blow, 0…1. */
  readonly nozzleFan: number;
}

export interface ShaftDrive {
  /** The motor is under current and follows `targetRpm`; else the shaft coasts. */
  readonly powered: boolean;
  /** Negative in reverse. */
  readonly targetRpm: number;
}
