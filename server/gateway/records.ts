import type { Logger } from 'pino';
import type { Configuration } from '../../config/configuration.ts';
import type { CommandRecord } from '../../historian/measured-point.ts';
import { openHistorian, type Historian } from '../../historian/open-historian.ts';
import type { CommandOutcome } from '../../machine/commands/command.ts';
import type { CommandGate } from '../../machine/ports.ts';
import type { RecipeLoader } from '../../operations/ports/recipes.ts';
import { openStore, type Store } from '../../store/open-store.ts';
import type { FromGateway, JournalEntry } from '../protocol.ts';
import { auditedGate } from './audited-gate.ts';
import { ControlLink } from './control-link.ts';
import { FieldInquiry } from './field-inquiry.ts';
import { JournalKeeper } from './journal-keeper.ts';
import { KeptAcknowledgements } from './kept-acknowledgements.ts';
import { keepFirstLogin, type FirstLogin } from './first-login.ts';
import { Mirror } from './mirror.ts';
import { type Conditions, OwnAlarms } from './own-alarms.ts';
import { recipeLoader } from './recipe-loader.ts';
import { watchStorage } from './storage-watch.ts';

const statisticsPeriodMs = 10_000;

/** The inner half of the gateway: the image of the machine, those who keep what happens, and the one gate for commands. */
export interface Records {
  readonly mirror: Mirror;
  readonly link: ControlLink;
  readonly journal: JournalKeeper;
  /** Questions to the control process about lines and modules. */
  readonly inquiry: FieldInquiry;
  readonly gate: CommandGate;
  /** The way from a recipe's name to the gate. */
  readonly recipes: RecipeLoader;
  /** Conditions of the gateway's own alarms. */
  readonly reportOwn: (conditions: Conditions) => void;
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
  const { machine: declaration, server: settings } = configuration;
  const { dataDir } = settings;
  const mirror = new Mirror(declaration, log, Date.now());
  const store = await openStore({ databaseUrl: settings.databaseUrl, dataDir, log });
  const firstLogin = await store.seedAccounts({ adminPassword: settings.adminPassword, demo });
  await keepFirstLogin(dataDir, firstLogin);
  const historian = await openHistory(configuration, mirror, log);
  const ownAlarms = await OwnAlarms.open({
    declaration,
    dataDir,
    log,
    journal: store.alarmJournal,
    onStanding: (standing) => mirror.setOwnAlarms(standing),
    onEvent: (event) => mirror.announce(event),
  });
  const kept = await KeptAcknowledgements.open(dataDir, mirror, log);
  const journal = new JournalKeeper({
    announce: (entry) => announce(entry, mirror, historian, link),
    store: async (entries) => void (await store.controlJournal.store(entries)),
    onStored: (seq) => send({ kind: 'journalStored', seq }),
    log,
  });
  const link: ControlLink = new ControlLink({
    mirror,
    journal,
    send,
    onContact(contact, reason) {
      const alive = contact === 'alive';
      log[alive ? 'info' : 'error']({ alive }, reason);
      if (alive) void kept.deliver(async (request) => link.command(request));
      ownAlarms.report({ CONTROL_LOST: { stands: !alive, value: contact, says: silenceText(reason) } });
    },
  });
  const gate = auditedGate({
    link,
    mirror,
    ownAlarms,
    kept,
    journal,
    audit: store.audit,
    onDecided: recordCommand(historian),
    log,
  });
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
    journal,
    inquiry: new FieldInquiry(send),
    gate,
    recipes: loaderOf({ store, gate, mirror, historian, log }),
    reportOwn: (conditions) => ownAlarms.report(conditions),
    store,
    historian,
    firstLogin,
    async close() {
      clearInterval(statistics);
      stopWatching();
      link.leave();
      await Promise.all([journal.close(), ownAlarms.close()]);
      await Promise.all([historian.close(), store.close()]);
    },
  };
}

async function openHistory({ server, history }: Configuration, mirror: Mirror, log: Logger): Promise<Historian> {
  return openHistorian({
    machine: mirror,
    dataDir: server.dataDir,
    target: server.influx,
    rawRetentionDays: history.rawRetentionDays,
    spoolMaximumBytes: history.spoolMaximumMegabytes * 1_000_000,
    log,
    clock: { wallMs: () => Date.now() },
  });
}

function loaderOf({
  store,
  gate,
  mirror,
  historian,
  log,
}: Pick<Records, 'store' | 'gate' | 'mirror' | 'historian'> & { readonly log: Logger }): RecipeLoader {
  return recipeLoader({
    recipes: store.recipes,
    gate,
    machine: mirror,
    audit: store.audit,
    onRefused: (request, outcome, durationMs) =>
      recordCommand(historian)({ ...request, action: { name: 'loadRecipe' } }, outcome, durationMs),
    log,
  });
}

/** Commands that somebody here waits for are recorded with their outcome and its duration. */
function announce(entry: JournalEntry, mirror: Mirror, historian: Historian, link: ControlLink): void {
  if (entry.kind === 'alarm') mirror.announce(entry.event);
  if (entry.kind !== 'command') return;
  mirror.announceDecided(entry.decided, entry.atMs);
  const { command, outcome } = entry.decided;
  if (!link.isWaiting(command.id)) recordCommand(historian)(command, outcome, 0, entry.atMs);
}

function recordCommand(historian: Historian) {
  return (
    { action, principal, origin }: Pick<CommandRecord, 'action' | 'principal' | 'origin'>,
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

function silenceText(reason: string): string {
  const sentence = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`;
  return `${sentence}: what the machine does is not known. Stop it by the e-stop; the control restarts by itself.`;
}
