/**
 * Whether a drive may be told to run. After a gap (the line or the module was away, or the drive dropped its run bit by
 * itself) the run bit is never set again until the core has commanded 0 once: nothing restarts unasked. A drive that
 * still runs as commanded when it is seen again was never stopped, so it goes on.
 */
export class DriveRun {
  /** rpm, signed; null: never commanded. */
  #commandedRpm: number | null = null;
  #permission: 'given' | 'unknown' | 'withheld' = 'unknown';
  /** It was read back running since the core last commanded 0. */
  #ranOnce = false;
  /** Read-backs that found the drive stopped against the command. */
  #tries = 0;

  get tries(): number {
    return this.#tries;
  }

  /** What is to be written; null: nothing until it is known how the drive stands. */
  get rpm(): number | null {
    if (this.#commandedRpm === null || this.#commandedRpm === 0) return this.#commandedRpm;
    if (this.#permission === 'unknown') return null;
    return this.#permission === 'given' ? this.#commandedRpm : 0;
  }

  /** It is commanded to run and may. */
  get mayRun(): boolean {
    return this.#permission === 'given' && this.#commandedRpm !== null && this.#commandedRpm !== 0;
  }

  command(rpm: number): void {
    this.#commandedRpm = rpm;
    if (this.#commandedRpm !== 0) return;
    this.#permission = 'given';
    this.#ranOnce = false;
    this.#tries = 0;
  }

  /** What was withheld stays so, whatever the drive does meanwhile. */
  away(): void {
    if (this.#commandedRpm !== 0 && this.#permission !== 'withheld') this.#permission = 'unknown';
  }

  /** The drive was stopped by something else than a command, although its control word may not say so. */
  withhold(): void {
    if (this.#commandedRpm !== 0) this.#permission = 'withheld';
  }

  /**
   * The control word was read back.
   *
   * @param runs      its run bit
   * @param reverses  its reverse bit
   * @param isSent    the control word that is wanted had been sent before
   * @returns true when the permission was withdrawn just now
   */
  readBack(runs: boolean, reverses: boolean, isSent: boolean): boolean {
    if (this.#commandedRpm === null || this.#commandedRpm === 0) return false;
    if (this.#permission === 'withheld') {
      this.#tries++;
      return false;
    }
    if (this.#permission === 'unknown') {
      this.#permission = runs && reverses === this.#commandedRpm < 0 ? 'given' : 'withheld';
    } else if (!runs && (isSent || this.#ranOnce)) this.#permission = 'withheld';
    this.#ranOnce ||= runs;
    if (this.#permission !== 'withheld') return false;
    this.#tries++;
    return true;
  }
}
