import { setPriority } from 'node:os';
import path from 'node:path';
import type { Logger } from 'pino';
import type { Configuration } from '../../config/configuration.ts';
import type { Field, FieldClock } from '../../drivers/field.ts';
import { openField } from '../../drivers/open-field.ts';
import type { Command } from '../../machine/commands/command.ts';
import type { Core, RetainedState, ScanResult } from '../../machine/core.ts';
import { createCore } from '../../machine/create-core.ts';
import type { OutputImage } from '../../machine/field.ts';
import type { Now } from '../../machine/signal.ts';
import type { MachineStatus } from '../../machine/status.ts';
import type { FromControl, FromGateway, JournalEntry } from '../protocol.ts';
import { ImagePublisher } from './image-publisher.ts';
import { Journal } from './journal.ts';
import { RetainedFile } from '../retained-file.ts';
import { safeOutputs } from './safe-outputs.ts';
import { ScanClock } from './scan-clock.ts';

const clock: FieldClock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
const now = (): Now => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() });

/** Statistics of the modules go to the gateway once a second. */
const statisticsPeriodMs = 1_000;
/** Counters and the heartbeat are kept at least this often, although nothing asked for it. */
const retainPeriodMs = 60_000;
/** Lets the lines write the safe outputs at the end. */
const closeDeadlineMs = 1_200;

/** What the control process must find again after its end. */
export interface Retained {
  readonly version: 1;
  readonly core: RetainedState;
  readonly journal: {
    readonly nextSeq: number;
    readonly pending: readonly JournalEntry[];
    readonly dropped: number;
  };
}

/**
 * The control side of one machine: drivers, core and scan, at their own pace. Speaks to the gateway through `send` and
 * `hear`, and works the same whether one listens or not.
 */
export class Control {
  readonly #configuration: Configuration;
  readonly #log: Logger;
  readonly #core: Core;
  readonly #field: Field;
  readonly #scans: ScanClock;
  readonly #publisher: ImagePublisher;
  readonly #journal: Journal;
  readonly #file: RetainedFile<Retained>;
  readonly #send: (message: FromControl) => boolean;
  #commands: Command[] = [];
  #outputs: OutputImage = new Map();
  #status: Omit<MachineStatus, 'scan'> | null = null;
  #statisticsDueMs = 0;
  #retainDueMs = 0;

  static async open(
    configuration: Configuration,
    send: (message: FromControl) => boolean,
    log: Logger,
  ): Promise<Control> {
    let failing = false;
    const file = new RetainedFile<Retained>(path.join(configuration.server.dataDir, 'control.json'), 1, (error) => {
      if (!failing) log.error({ err: error }, 'the retained state could not be saved; the machine runs on');
      failing = true;
    });
    const retained = await file.load();
    return new Control(configuration, file, retained, send, log);
  }

  private constructor(
    configuration: Configuration,
    file: RetainedFile<Retained>,
    retained: Retained | null,
    send: (message: FromControl) => boolean,
    log: Logger,
  ) {
    this.#configuration = configuration;
    this.#log = log;
    this.#file = file;
    this.#send = send;
    this.#core = createCore(configuration.machine, retained?.core ?? null, now());
    this.#journal = new Journal(retained?.journal ?? null, clock.wallMs(), send);
    this.#publisher = new ImagePublisher(send);
    this.#field = openField(configuration.field, clock, log);
    this.#scans = new ScanClock(configuration.machine.scanPeriodMs, (overrun) => this.#scan(overrun));
  }

  start(): void {
    preferThisProcess(this.#log);
    this.#field.onReadings((readings) => {
      this.#publisher.signals(this.#core.receive(readings, now()));
      this.#publisher.flush();
    });
    this.#field.open();
    this.#scans.start();
  }

  hear(message: FromGateway): void {
    switch (message.kind) {
      case 'attach':
        this.#publisher.attach(
          this.#core.samples(),
          this.#wholeStatus(),
          this.#core.alarms(),
          this.#field.statistics(),
        );
        this.#journal.attach();
        break;
      case 'received':
        this.#publisher.received(message.seq);
        break;
      case 'journalStored':
        this.#journal.stored(message.seq);
        void this.#retain();
        break;
      case 'command':
        this.#commands.push(message.command);
        break;
    }
  }

  /** The gateway is away: nothing is sent until another one attaches. */
  gatewayGone(): void {
    this.#publisher.detach();
    this.#journal.detach();
  }

  /** Ends with every output in its safe state and all that must survive on the disk. */
  async stop(): Promise<void> {
    this.#scans.stop();
    await this.#field.close(safeOutputs(this.#configuration.machine, this.#outputs), closeDeadlineMs);
    await this.#retain();
  }

  #scan(overrun: boolean): void {
    const commands = this.#commands;
    this.#commands = [];
    const at = now();
    const result = this.#core.step(
      { modules: this.#field.modules(), commands, overrun, configurationUnconfirmed: false },
      at,
    );
    this.#outputs = result.outputs;
    this.#field.command(result.outputs);
    this.#publish(result, at);
    if (result.retain || at.monotonicMs >= this.#retainDueMs) {
      this.#retainDueMs = at.monotonicMs + retainPeriodMs;
      void this.#retain();
    }
  }

  #publish(result: ScanResult, at: Now): void {
    const before = this.#status?.state;
    this.#status = result.status;
    if (before !== undefined && before !== result.status.state) {
      this.#journal.add({ kind: 'state', atMs: at.wallMs, from: before, to: result.status.state });
    }
    for (const event of result.alarms) this.#journal.add({ kind: 'alarm', atMs: event.atMs, event });
    for (const cycle of result.cycles) this.#journal.add({ kind: 'cycle', atMs: cycle.endedAtMs, cycle });
    for (const decided of result.outcomes) {
      const { origin } = decided.command;
      if (origin === 'panel' || origin === 'system') this.#journal.add({ kind: 'command', atMs: at.wallMs, decided });
      else this.#send({ kind: 'outcome', outcome: decided.outcome });
    }
    const statisticsDue = at.monotonicMs >= this.#statisticsDueMs;
    if (statisticsDue) this.#statisticsDueMs = at.monotonicMs + statisticsPeriodMs;
    this.#publisher.signals(result.updates);
    if (result.alarms.length > 0) this.#publisher.alarms(this.#core.alarms());
    if (result.statusChanged || statisticsDue) this.#publisher.status(this.#wholeStatus());
    if (statisticsDue) this.#publisher.modules(this.#field.statistics());
    this.#publisher.flush();
  }

  #wholeStatus(): MachineStatus {
    const status = this.#status ?? idleStatus(clock.wallMs());
    return { ...status, scan: this.#scans.statistics() };
  }

  #retain(): Promise<void> {
    return this.#file.save({ version: 1, core: this.#core.retained(), journal: this.#journal.retained() });
  }
}

/** Before the first scan nothing may be claimed but that a start is not possible. */
function idleStatus(atMs: number): Omit<MachineStatus, 'scan'> {
  return {
    state: 'IDLE',
    mode: 'AUTO',
    startPermitted: false,
    blockers: [
      { code: 'WRONG_STATE', text: 'The control process has just started and has not scanned yet; wait a second.' },
    ],
    alarms: { unacknowledged: 0, active: 0, highest: null },
    heating: false,
    recipe: null,
    atMs,
  };
}

/** The scan goes before everything else on this computer, where the system lets it. */
function preferThisProcess(log: Logger): void {
  try {
    setPriority(-10);
  } catch (error) {
    log.info({ err: error }, 'no right to raise the priority of the control process; running at the normal one');
  }
}
