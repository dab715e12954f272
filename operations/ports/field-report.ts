import type { ModuleStatistics } from '../../machine/field.ts';

/** How lines and modules stand, for whoever looks for the culprit. Times are ms since 1970, UTC; addresses are zero-based. */
export interface FieldReport {
  readonly lines: readonly LineReport[];
  readonly modules: readonly ModuleReport[];
}

/** `back-off`: the next attempt to connect waits. `closed`: nothing is asked, since no module is on it or the server ends. */
export type LineState = 'connecting' | 'open' | 'back-off' | 'closed';

export interface LineReport {
  readonly id: string;
  readonly transport: 'tcp' | 'udp' | 'rtu-over-tcp' | 'rtu' | 'ascii-over-tcp' | 'ascii';
  /** `host:port`, or the path of the serial port. */
  readonly where: string;
  /** null: no serial line is behind it. */
  readonly baudRate: number | null;
  readonly state: LineState;
  readonly stateSinceMs: number;
  /** Why it is not open; null: it is, or was never tried. */
  readonly reason: string | null;
  /** When it is tried again. */
  readonly nextTryMs: number | null;
  /** Connections after the first. */
  readonly reconnects: number;
  readonly load: LineLoad;
  /** Ids, in the order of the configuration. */
  readonly modules: readonly string[];
}

/** How much of the line's time its requests take, in percent. */
export interface LineLoad {
  /** By plan: polls, read-backs and checks of the watchdogs, which come in any case. */
  readonly pollPercent: number;
  /** By plan: every output written, and read back, as often as outputs are commanded. The most that writes can take. */
  readonly writePercent: number;
  /** Both together. */
  readonly planPercent: number;
  /** A request was under way so much of the last minute; null: too early to say. */
  readonly measuredPercent: number | null;
  /** The plan's load for people. */
  readonly words: string;
  /** What to do about it; null: nothing. */
  readonly warning: string | null;
}

export interface ModuleReport {
  readonly id: string;
  /** As of this report, where the image is up to a second older. */
  readonly statistics: ModuleStatistics;
  readonly unit: number;
  /** `suspect`: its last request was not answered. `demoted`: several were not, and it is only probed. */
  readonly standing: 'healthy' | 'suspect' | 'demoted';
  readonly standingSinceMs: number;
  /** Its own watchdog; `none`: it has none, or it is not used. */
  readonly watchdog: 'none' | 'verified' | 'unverified';
  /** Watchdog and every output are known to be as they should. */
  readonly verified: boolean;
  readonly blocks: readonly PlannedBlock[];
  readonly holes: readonly RefusedCells[];
}

export interface PlannedBlock {
  readonly reads: 'inputs' | 'outputs';
  readonly functionCode: number;
  readonly area: string;
  readonly address: number;
  readonly count: number;
  readonly periodMs: number;
  /** Values in it. */
  readonly cells: readonly RegisterRange[];
  /** Registers in it that nobody declared. */
  readonly readOver: readonly RegisterRange[];
}

export interface RegisterRange {
  readonly address: number;
  readonly count: number;
}

/** Registers that the module refuses, left out of the blocks and asked for one by one now and then. */
export interface RefusedCells extends RegisterRange {
  readonly area: string;
  readonly exception: number;
  /** For people: `illegal data address`. */
  readonly meaning: string;
  readonly sinceMs: number;
}
