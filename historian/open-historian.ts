import { setTimeout as pause } from 'node:timers/promises';
import type { AlarmEvent } from '../machine/alarms/alarm.ts';
import type { ModuleStatistics } from '../machine/field.ts';
import type { SignalUpdate } from '../machine/signal.ts';
import type { HistoryAccount, HistoryReader } from '../operations/ports/history.ts';
import { historyPath } from './history-file.ts';
import { seriesKey } from './line-protocol.ts';
import {
  alarmPoint,
  commandPoint,
  driverPoint,
  scanPoint,
  type CommandRecord,
  type MeasuredPoint,
  type ScanFigures,
} from './measured-point.ts';
import { MeasuredRecording } from './measured-recording.ts';
import type { PointRow } from './point.ts';
import { openQueryLink } from './query-link.ts';
import { signalRecording, type SignalRecording } from './recording.ts';
import { plantPace, type HistorianOptions, type HistoryLag, type InfluxTarget } from './settings.ts';
import { SpoolLink } from './spool-link.ts';

/** Records what the machine does, keeps it safe, and answers from it. */
export interface Historian {
  readonly reader: HistoryReader;
  /** As committed to disk; exact at every moment, and over restarts. */
  account(): HistoryAccount;
  lag(): HistoryLag;
  /** The same outcome told twice is one point. */
  recordCommand(record: CommandRecord): void;
  /** For alarm events that do not come through the machine's view. The same event twice is one point. */
  recordAlarm(event: AlarmEvent): void;
  /** Every 10 s: the counters since then are the point's. */
  recordDrivers(modules: readonly ModuleStatistics[]): void;
  /** Every 10 s. */
  recordScan(scan: ScanFigures): void;
  /** Any other measurement; site and machine are added to its tags. */
  record(point: MeasuredPoint): void;
  /** Resolves when everything recorded so far is on the disk. */
  flush(): Promise<void>;
  /** Commits, delivers what goes at once, and stops; takes 3 s at most. */
  close(): Promise<void>;
}

/** Of the 5 s in which the server ends. */
const closeCommitMs = 1_000;
const closeDeliverMs = 1_000;

/** @throws when the data directory cannot be written to */
export async function openHistorian(options: HistorianOptions): Promise<Historian> {
  const { machine, target, log, clock } = options;
  const { declaration } = machine;
  const pace = { ...plantPace, ...options.pace };
  const path = historyPath(options.dataDir);
  const { rawRetentionDays, spoolMaximumBytes } = options;
  const spool = await SpoolLink.open({
    path,
    target,
    rawRetentionDays,
    spoolMaximumBytes,
    pace,
    log,
    wallMs: () => clock.wallMs(),
  });
  const reading = openQueryLink({ path, target, declaration, requestMs: pace.requestMs, log, clock });

  const place = { site: declaration.site, machine: declaration.id };
  const signals = recordSignals(options, spool);
  const measured = new MeasuredRecording(spool, place);
  const recordAlarm = (event: AlarmEvent): void => {
    const { atMs, transition, occurrence } = event;
    measured.event(alarmPoint(event), `alarm ${occurrence.occurrenceId} ${transition} ${atMs}`);
  };
  const recordCommand = (record: CommandRecord): void => {
    const { commandId, accepted } = record.outcome;
    measured.event(commandPoint(record), `command ${commandId} ${accepted ? 'accepted' : 'refused'}`);
  };
  const modulesBefore = new Map<string, ModuleStatistics>();
  let overrunsBefore = 0;

  const unsubscribe = machine.subscribe({
    signals: (updates) => signals.take(updates),
    alarm: recordAlarm,
  });
  signals.begin();
  const ticking = setInterval(() => {
    signals.repeat();
    spool.tick(clock.wallMs());
  }, pace.tickMs);

  return {
    reader: reading.reader,
    account: () => accountOf(spool, target),
    lag: () => lagOf(spool, spoolMaximumBytes),
    recordCommand,
    recordAlarm,
    recordDrivers(modules) {
      for (const module of modules) {
        measured.statistics(driverPoint(module, modulesBefore.get(module.id), clock.wallMs()));
        modulesBefore.set(module.id, module);
      }
    },
    recordScan(scan) {
      measured.statistics(scanPoint(scan, overrunsBefore, clock.wallMs()));
      overrunsBefore = scan.overruns;
    },
    record: (point) => measured.statistics(point),
    flush: () => spool.flush(),
    async close() {
      unsubscribe();
      clearInterval(ticking);
      await Promise.race([spool.flush(), pause(closeCommitMs, undefined, { ref: false })]);
      await Promise.all([spool.close(closeDeliverMs), reading.close()]);
    },
  };
}

function accountOf(spool: SpoolLink, target: InfluxTarget | null): HistoryAccount {
  const { recorded, delivered, spooled, deadLettered, dropped } = spool.state.told.figures;
  return {
    store: target === null ? 'embedded' : `influxdb-${target.flavour}`,
    recorded: recorded + spool.droppedHere,
    delivered,
    spooled,
    deadLettered,
    dropped: dropped + spool.droppedHere,
  };
}

function lagOf(spool: SpoolLink, spoolMaximumBytes: number): HistoryLag {
  const { told, atMs } = spool.state;
  const { spooled, spooledBytes } = told.figures;
  const isUnreachable = told.unreachableSinceMs !== null;
  return {
    unreachableSinceMs: told.unreachableSinceMs,
    unreachableSeconds: isUnreachable ? (told.unreachableForMs + performance.now() - atMs) / 1_000 : 0,
    spooledPoints: spooled,
    spooledBytes,
    budgetShare: spooledBytes / spoolMaximumBytes,
    lastError: told.lastError,
  };
}

/** The signals that the configuration wants recorded. */
function recordSignals({ machine, clock }: HistorianOptions, spool: SpoolLink) {
  const { declaration } = machine;
  const recordings = new Map<string, { series: number; recording: SignalRecording }>();
  for (const signal of declaration.signals.values()) {
    if (signal.history === undefined) continue;
    const tags = { site: declaration.site, machine: declaration.id, signal: signal.id, unit: signal.unit };
    const key = seriesKey('signal', tags);
    const series = spool.define({ measurement: 'signal', key, signal: signal.id, precious: false });
    recordings.set(signal.id, { series, recording: signalRecording(signal, signal.history) });
  }

  /** Of two points of a signal at the same ms the last one counts. */
  function append(points: readonly PointRow[]): void {
    if (points.length === 0) return;
    const newest = new Map(points.map((point) => [`${point[0]} ${point[1]}`, point]));
    spool.append(newest.size === points.length ? points : [...newest.values()], false);
  }

  function collect(decide: (recording: SignalRecording, id: string) => ReturnType<SignalRecording['repeat']>): void {
    const points: PointRow[] = [];
    for (const [id, { series, recording }] of recordings) {
      const point = decide(recording, id);
      if (point !== null) points.push([series, point.atMs, point.value, point.state, point.quality, null]);
    }
    append(points);
  }

  return {
    begin(): void {
      const nowMs = clock.wallMs();
      collect((recording, id) => {
        const sample = machine.samples.get(id);
        return sample === undefined ? null : recording.begin(sample, nowMs);
      });
    },
    repeat(): void {
      const nowMs = clock.wallMs();
      collect((recording) => recording.repeat(nowMs));
    },
    take(updates: readonly SignalUpdate[]): void {
      const nowMs = clock.wallMs();
      const points: PointRow[] = [];
      for (const update of updates) {
        const known = recordings.get(update.signal);
        const point = known?.recording.update(update, nowMs);
        if (known === undefined || point === undefined || point === null) continue;
        points.push([known.series, point.atMs, point.value, point.state, point.quality, null]);
      }
      append(points);
    },
  };
}
