import { setPriority } from 'node:os';
import path from 'node:path';
import type { Logger } from 'pino';
import type { Configuration } from '../../config/configuration.ts';
import type { Field, FieldClock } from '../../drivers/field.ts';
import { openField } from '../../drivers/open-field.ts';
import { isStop, type Command } from '../../machine/commands/command.ts';
import { safeOutputs } from '../../machine/control/emergency.ts';
import type { MachineState } from '../../machine/control/state.ts';
import type { Core, DecidedCommand, RetainedState, ScanResult } from '../../machine/core.ts';
import { createCore } from '../../machine/create-core.ts';
import type { OutputImage } from '../../machine/field.ts';
import type { Now } from '../../machine/signal.ts';
import type { MachineStatus } from '../../machine/status.ts';
import {
  commandValidMs,
  pulseMs,
  questionValidMs,
  sharedClockMs,
  type FieldAnswer,
  type FieldQuestion,
  type FromControl,
  type FromGateway,
} from '../protocol.ts';
import { ImagePublisher } from './image-publisher.ts';
import { Journal, type RetainedJournal } from './journal.ts';
import { RetainedFile } from '../retained-file.ts';
import { ScanClock } from './scan-clock.ts';

const clock: FieldClock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
const now = (): Now => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() });

/** Statistics of the modules go to the gateway once a second. */
const statisticsPeriodMs = 1_000;
/** Counters and the heartbeat are kept at least this often, although nothing asked for it. */
const retainPeriodMs = 60_000;
/** Lets the lines write the safe outputs at the end. */
const closeDeadlineMs = 1_200;

/** Failures to save are told this often at most. */
const complaintPeriodMs = 60_000;

/** What the control process must find again after its end. */
export interface Retained {
  readonly version: 1;
  readonly core: RetainedState;
  readonly journal: RetainedJournal;
  /** The state that the journal noted last. */
  readonly state: MachineState;
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
  #notedState: MachineState;
  #statisticsDueMs = 0;
  #retainDueMs = 0;
  #pulse: NodeJS.Timeout | null = null;

  static async open(
    configuration: Configuration,
    send: (message: FromControl) => boolean,
    log: Logger,
  ): Promise<Control> {
    let complaintDueMs = 0;
    const file = new RetainedFile<Retained>(path.join(configuration.server.dataDir, 'control.json'), 1, (error) => {
      if (performance.now() < complaintDueMs) return;
      complaintDueMs = performance.now() + complaintPeriodMs;
      log.error({ err: error }, 'the retained state can not be saved; the machine runs on');
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
    this.#notedState = retained?.state ?? 'IDLE';
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
    this.#scan(false);
    this.#scans.start();
    this.#pulse = setInterval(() => {
      // a scan may be far away, a value must not be taken for fresh until then
      this.#publisher.signals(this.#core.refresh(this.#field.modules(), now()));
      this.#publisher.pulse();
    }, pulseMs);
  }

  hear(message: FromGateway): void {
    switch (message.kind) {
      case 'attach':
        this.#attach();
        break;
      case 'received':
        this.#publisher.received(message.seq);
        break;
      case 'journalReceived':
        this.#journal.received(message.seq);
        break;
      case 'journalStored':
        this.#journal.stored(message.seq);
        void this.#retain();
        break;
      case 'command':
        this.#take(message.command, sharedClockMs() - message.sentAtMs);
        break;
      case 'ask':
        if (sharedClockMs() - message.sentAtMs > questionValidMs) break;
        this.#send({ kind: 'answer', id: message.id, answer: this.#answer(message.question) });
        break;
    }
  }

  #answer(question: FieldQuestion): FieldAnswer {
    return question.about === 'report'
      ? { about: 'report', report: this.#field.report() }
      : { about: 'trace', trace: this.#field.trace(question.line, question.most) };
  }

  #attach(): void {
    if (this.#status === null) return;
    this.#publisher.attach(this.#core.samples(), {
      status: this.#wholeStatus(this.#status),
      alarms: this.#core.alarms(),
      modules: this.#field.statistics(),
      zones: this.#core.zones(),
      drives: this.#core.drives(),
    });
    this.#journal.attach();
  }

  /** The gateway is away: nothing is sent until another one attaches. */
  gatewayGone(): void {
    this.#publisher.detach();
    this.#journal.detach();
  }

  /** Ends with every output in its safe state and all that must survive on the disk. */
  async stop(): Promise<void> {
    this.#scans.stop();
    if (this.#pulse !== null) clearInterval(this.#pulse);
    await this.#field.close(safeOutputs(this.#configuration.machine, this.#outputs), closeDeadlineMs);
    await this.#retain();
  }

  /** Commands wait for the next scan. One that comes too late is refused, unless it stops something. */
  #take(command: Command, lateMs: number): void {
    if (lateMs <= commandValidMs || isStop(command.action)) {
      this.#commands.push(command);
      return;
    }
    const reason = {
      code: 'COMMAND_OVERDUE',
      text: `The command reached the control process ${Math.round(lateMs)} ms late and was not carried out; give it again.`,
      actual: Math.round(lateMs),
      required: commandValidMs,
      unit: 'ms',
    };
    const state = this.#status?.state ?? this.#notedState;
    this.#decided({
      command,
      outcome: { accepted: false, commandId: command.id, state, kind: 'unavailable', reasons: [reason] },
    });
    void this.#retain();
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
    const noted = this.#note(result, at);
    for (const decided of result.outcomes) this.#decided(decided);
    if (noted || result.retain || result.outcomes.length > 0 || at.monotonicMs >= this.#retainDueMs) {
      this.#retainDueMs = at.monotonicMs + retainPeriodMs;
      void this.#retain();
    }
  }

  #publish(result: ScanResult, at: Now): void {
    this.#status = result.status;
    const statisticsDue = at.monotonicMs >= this.#statisticsDueMs;
    if (statisticsDue) this.#statisticsDueMs = at.monotonicMs + statisticsPeriodMs;
    this.#publisher.signals(result.updates);
    const publisher = this.#publisher;
    if (result.alarms.length > 0) publisher.tell({ alarms: this.#core.alarms() });
    if (result.statusChanged || statisticsDue) publisher.tell({ status: this.#wholeStatus(result.status) });
    if (statisticsDue) publisher.tell({ modules: this.#field.statistics() });
    // a command may have changed limits or gains; who asked for it may look at once
    if (statisticsDue || result.outcomes.length > 0) {
      publisher.tell({ zones: this.#core.zones(), drives: this.#core.drives() });
    }
    this.#publisher.flush();
  }

  /** Enters into the journal what happened in this scan. @returns whether anything did */
  #note({ status, alarms, cycles }: ScanResult, at: Now): boolean {
    const moved = status.state !== this.#notedState;
    if (moved) this.#journal.add({ kind: 'state', atMs: at.wallMs, from: this.#notedState, to: status.state });
    this.#notedState = status.state;
    for (const event of alarms) this.#journal.add({ kind: 'alarm', atMs: event.atMs, event });
    for (const cycle of cycles) this.#journal.add({ kind: 'cycle', atMs: cycle.endedAtMs, cycle });
    return moved || alarms.length > 0 || cycles.length > 0;
  }

  /** The journal carries every decided command to the audit, whoever waits for its outcome, and before that one hears. */
  #decided(decided: DecidedCommand): void {
    this.#journal.add({ kind: 'command', atMs: clock.wallMs(), decided });
    const { origin } = decided.command;
    if (origin !== 'panel' && origin !== 'system') this.#send({ kind: 'outcome', outcome: decided.outcome });
  }

  #wholeStatus(status: Omit<MachineStatus, 'scan'>): MachineStatus {
    return { ...status, scan: this.#scans.statistics() };
  }

  #retain(): Promise<void> {
    const core = JSON.stringify(this.#core.retained());
    const state = JSON.stringify(this.#notedState);
    return this.#file.saveText(
      `{"version":1,"core":${core},"state":${state},"journal":${this.#journal.retainedText()}}`,
    );
  }
}

/** The scan goes before everything else on this computer, where the system lets it. */
function preferThisProcess(log: Logger): void {
  try {
    setPriority(-10);
  } catch (error) {
    log.info({ err: error }, 'no right to raise the priority of the control process; running at the normal one');
  }
}
