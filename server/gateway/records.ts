import type { Logger } from 'pino';
import type { Configuration } from '../../config/configuration.ts';
import { openHistorian, type Historian } from '../../historian/open-historian.ts';
import type { Command, CommandOutcome } from '../../machine/commands/command.ts';
import type { CommandGate } from '../../machine/ports.ts';
import { openStore, type Store } from '../../store/open-store.ts';
import type { FromGateway, JournalEntry } from '../protocol.ts';
import { auditedGate } from './audited-gate.ts';
import { ControlLink } from './control-link.ts';
import { keepFirstLogin, type FirstLogin } from './first-login.ts';
import { Mirror } from './mirror.ts';
import { OwnAlarms } from './own-alarms.ts';
import { OwnJournal } from './own-journal.ts';
import { watchStorage } from './storage-watch.ts';

const statisticsPeriodMs = 10_000;

/** The inner half of the gateway: the image of the machine, those who keep what happens, and the one gate for commands. */
export interface Records {
  readonly mirror: Mirror;
  readonly link: ControlLink;
  readonly gate: CommandGate;
  readonly store: Store;
  readonly historian: Historian;
  /** Accounts made in this start, with their generated passwords. */
  readonly firstLogin: readonly FirstLogin[];
  /** Lets what is under way reach the disk. */
  close(): Promise<void>;
}

/** @throws when the database or the data directory can't be used */
export async function openRecords(
  configuration: Configuration,
  demo: boolean,
  send: (message: FromGateway) => boolean,
  log: Logger,
): Promise<Records> {
  const { machine: declaration, server: settings, history } = configuration;
  const { dataDir } = settings;
  const mirror = new Mirror(declaration, log, Date.now());
  const store = await openStore({ databaseUrl: settings.databaseUrl, dataDir, log });
  const firstLogin = await store.seedAccounts({ adminPassword: settings.adminPassword, demo });
  await keepFirstLogin(dataDir, firstLogin);
  const historian = await openHistorian({
    machine: mirror,
    dataDir,
    target: settings.influx,
    rawRetentionDays: history.rawRetentionDays,
    spoolMaximumBytes: history.spoolMaximumMegabytes * 1_000_000,
    log,
    clock: { wallMs: () => Date.now() },
  });
  const ownJournal = new OwnJournal(store.alarmJournal, log);
  const ownAlarms = await OwnAlarms.open({
    declaration,
    dataDir,
    log,
    onStanding: (standing) => mirror.setOwnAlarms(standing),
    onEvents(events) {
      for (const event of events) mirror.announce(event);
      ownJournal.append(events);
    },
  });
  const link = new ControlLink({
    mirror,
    send,
    log,
    onEntries: (entries) => announce(mirror, historian, entries),
    store: async (entries) => void (await store.controlJournal.store(entries)),
    onContact(alive, reason) {
      log[alive ? 'info' : 'error']({ alive }, reason);
      ownAlarms.report({ CONTROL_LOST: { stands: !alive, value: reason } });
    },
  });
  const onDecided = recordCommand(historian);
  const gate = auditedGate({ link, mirror, ownAlarms, audit: store.audit, onDecided, log });
  const stopWatching = watchStorage({
    dataDir,
    lag: () => historian.lag(),
    report: (conditions) => ownAlarms.report(conditions),
    log,
  });
  const statistics = setInterval(() => {
    if (!mirror.controlAlive) return;
    recordStatistics(mirror, historian);
    keepCounters(mirror, store, log);
  }, statisticsPeriodMs);

  return {
    mirror,
    link,
    gate,
    store,
    historian,
    firstLogin,
    async close() {
      clearInterval(statistics);
      stopWatching();
      await Promise.all([link.close(), ownJournal.close()]);
      await Promise.all([historian.close(), store.close()]);
    },
  };
}

function announce(mirror: Mirror, historian: Historian, entries: readonly JournalEntry[]): void {
  for (const entry of entries) {
    if (entry.kind === 'alarm') mirror.announce(entry.event);
    else if (entry.kind === 'command')
      recordCommand(historian)(entry.decided.command, entry.decided.outcome, 0, entry.atMs);
  }
}

function recordCommand(historian: Historian) {
  return (
    { action, principal, origin }: Command,
    outcome: CommandOutcome,
    durationMs: number,
    atMs = Date.now(),
  ): void => historian.recordCommand({ action, principal, origin, outcome, atMs, durationMs });
}

function recordStatistics(mirror: Mirror, historian: Historian): void {
  historian.recordDrivers(mirror.modules);
  const { scan } = mirror.status;
  historian.recordScan({ durationMs: scan.durationP99Ms, jitterMs: scan.jitterP99Ms, overruns: scan.overruns });
}

/** The database mirrors the counters that the control process keeps. */
function keepCounters({ samples }: Mirror, store: Store, log: Logger): void {
  const values: Record<string, number> = {};
  for (const id of ['machine.cycles', 'machine.runningHours']) {
    const sample = samples.get(id);
    if (sample?.quality === 'Good' && typeof sample.value === 'number') values[id] = sample.value;
  }
  store.counters
    .set(values, Date.now())
    .catch((error: unknown) => log.warn({ err: error }, 'the counters could not be mirrored'));
}
