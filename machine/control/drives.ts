import type { CommandDeclaration } from '../declaration.ts';
import type { Drive, Equipment } from '../equipment.ts';
import { isTrue, numberOf } from '../image.ts';
import { isTooCold } from '../interlocks/cold-extrusion.ts';
import { isAtSpeed } from '../interlocks/drive-not-running.ts';
import type { Situation } from '../situation.ts';
import { rampedRpm } from './ramp.ts';

interface Jog {
  readonly rpm: number;
  readonly untilMs: number;
}

/** Speed commands of all drives: target, ramp, jog lease, and the fault reset. */
export class Drives {
  readonly #commands: CommandDeclaration;
  readonly #equipment: Equipment;
  readonly #jogs = new Map<Drive, Jog>();
  #resetSinceMs: number | null = null;

  constructor(commands: CommandDeclaration, equipment: Equipment) {
    this.#commands = commands;
    this.#equipment = equipment;
  }

  switch(id: string, on: boolean, nowMs: number): void {
    for (const drive of this.#equipment.drives) {
      if (drive.declaration.id !== id) continue;
      if (on && !drive.on) drive.onSinceMs = nowMs;
      drive.on = on;
    }
  }

  /** Stops by itself when it is not renewed: a lost client must not leave a drive turning. */
  jog(drive: Drive, rpm: number, nowMs: number): void {
    this.#jogs.set(drive, { rpm, untilMs: nowMs + this.#commands.jogLeaseSeconds * 1_000 });
  }

  /** All drives go to standstill by their ramps. */
  release(): void {
    this.#jogs.clear();
    for (const drive of this.#equipment.drives) drive.on = false;
  }

  /** Off at once, without ramps. */
  cut(): void {
    this.release();
    for (const drive of this.#equipment.drives) {
      drive.targetRpm = 0;
      drive.commandRpm = 0;
    }
  }

  /** Raises the reset of every drive; it falls by itself. */
  reset(nowMs: number): void {
    this.#resetSinceMs ??= nowMs;
  }

  get resetIsRaised(): boolean {
    return this.#resetSinceMs !== null;
  }

  advance(situation: Readonly<Situation>): void {
    const { nowMs, dtSeconds } = situation;
    const pulseMs = this.#commands.resetPulseSeconds * 1_000;
    if (this.#resetSinceMs !== null && nowMs - this.#resetSinceMs >= pulseMs) this.#resetSinceMs = null;
    const mayBegin =
      !this.#equipment.zones.some(isTooCold) && this.#equipment.vital.every((each) => each.channel.isGood);
    for (const drive of this.#equipment.drives) {
      drive.targetRpm = this.#target(drive, situation);
      // a drive that turns is watched by its guards; one that stands must not begin below the cold limit
      if (drive.commandRpm === 0 && !mayBegin) continue;
      drive.commandRpm = rampedRpm(drive.declaration, drive.commandRpm, drive.targetRpm, dtSeconds);
    }
  }

  get allStand(): boolean {
    return this.#equipment.drives.every(
      (drive) => drive.commandRpm === 0 && drive.running.isGood && !isTrue(drive.running.raw),
    );
  }

  /** Every drive that the sequence switched on runs at its setpoint. */
  get allAtSpeed(): boolean {
    return this.#equipment.drives.every(
      (drive) => drive.targetRpm === 0 || (drive.commandRpm === drive.targetRpm && isAtSpeed(drive)),
    );
  }

  #target(drive: Drive, { mode, state, nowMs }: Readonly<Situation>): number {
    if (state === 'ALARM') return 0;
    const { maximumManualRpm } = drive.declaration;
    if (mode === 'AUTO') return drive.on ? clamp(numberOf(drive.setpoint), 0, drive.maximumRpm) : 0;
    const jog = this.#jogs.get(drive);
    if (jog === undefined) return 0;
    if (nowMs < jog.untilMs) return clamp(jog.rpm, -maximumManualRpm, maximumManualRpm);
    this.#jogs.delete(drive);
    return 0;
  }
}

/** What is no number moves nothing. */
function clamp(value: number, low: number, high: number): number {
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : 0;
}
