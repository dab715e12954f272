/** What is in force for one drive. */
export interface DriveStatus {
  readonly id: string;
  readonly title: string;
  /** Highest speed in AUTO: the configuration's, or a recipe's, in rpm. */
  readonly maximumRpm: number;
}
