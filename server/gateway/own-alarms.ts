import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Logger } from 'pino';
import type { AlarmEvent, AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import { AlarmEngine, type AcknowledgeRefusal } from '../../machine/alarms/engine.ts';
import { gatewayAlarmIds } from '../../machine/alarms/guard-alarms.ts';
import type { Command, Reason } from '../../machine/commands/command.ts';
import { includesRole } from '../../machine/commands/role.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import type { CommandRequest } from '../../machine/ports.ts';
import type { Now } from '../../machine/signal.ts';
import type { MachineState } from '../../machine/control/state.ts';
import type { AlarmJournal } from '../../operations/ports/journal.ts';
import { RetainedFile } from '../retained-file.ts';
import type { AnsweredCommand } from './control-link.ts';
import { OwnJournal } from './own-journal.ts';

export type OwnAlarmId = 'CONTROL_LOST' | 'HISTORIAN_BUFFERING' | 'HISTORIAN_BUFFER_HIGH' | 'DISK_LOW';

interface Retained {
  readonly version: 1;
  readonly alarms: readonly AlarmOccurrence[];
  /** Events that the database has not taken yet. */
  readonly waiting: readonly AlarmEvent[];
}

/** How an own alarm's condition reads now; null: not to be judged now. */
export type Conditions = Readonly<
  Partial<Record<OwnAlarmId, { readonly stands: boolean | null; readonly value?: number | string }>>
>;

export interface OwnAlarmsOptions {
  readonly declaration: MachineDeclaration;
  readonly dataDir: string;
  readonly journal: AlarmJournal;
  readonly onEvent: (event: AlarmEvent) => void;
  readonly onStanding: (standing: readonly AlarmOccurrence[]) => void;
  readonly log: Logger;
}

const now = (): Now => ({ monotonicMs: performance.now(), wallMs: Date.now() });

const refusals: Record<AcknowledgeRefusal, { readonly kind: 'unknown' | 'state'; readonly text: string }> = {
  UNKNOWN_ALARM: { kind: 'unknown', text: 'There is no such alarm.' },
  ALARM_NOT_STANDING: { kind: 'state', text: 'The alarm does not stand any more.' },
  OTHER_OCCURRENCE: { kind: 'state', text: 'The alarm has rung anew since; look at it again before acknowledging.' },
  ALREADY_ACKNOWLEDGED: { kind: 'state', text: 'This occurrence is acknowledged already.' },
};

/** The alarms that the gateway raises about itself and about the control process. They survive its restart. */
export class OwnAlarms {
  readonly #options: OwnAlarmsOptions;
  readonly #engine: AlarmEngine;
  readonly #file: RetainedFile<Retained>;
  readonly #journal: OwnJournal;

  static async open(options: OwnAlarmsOptions): Promise<OwnAlarms> {
    const file = new RetainedFile<Retained>(path.join(options.dataDir, 'gateway-alarms.json'), 1, (error) =>
      options.log.error({ err: error }, "the gateway's alarms could not be saved"),
    );
    return new OwnAlarms(options, file, await file.load());
  }

  private constructor(options: OwnAlarmsOptions, file: RetainedFile<Retained>, retained: Retained | null) {
    const owned = options.declaration.alarms.filter(({ id }) => gatewayAlarmIds.includes(id));
    this.#options = options;
    this.#file = file;
    this.#engine = new AlarmEngine(owned, retained?.alarms ?? []);
    this.#journal = new OwnJournal(options.journal, options.log, () => void this.#save());
    this.#journal.append(retained?.waiting ?? []);
    options.onStanding(this.#engine.standing());
  }

  /** Judges the conditions; what is not named stays as it was reported last. */
  report(conditions: Conditions): void {
    for (const [id, condition] of Object.entries(conditions)) {
      if (condition !== undefined)
        this.#engine.point(id).report(condition.stands, false, condition.value ?? null, 'Good');
    }
    this.#settle();
  }

  /** @returns null when the request is not about an alarm of the gateway, else the decided command */
  acknowledge({ action, principal, origin, station }: CommandRequest, state: MachineState): AnsweredCommand | null {
    if (action.name !== 'acknowledge' || !gatewayAlarmIds.includes(action.alarm)) return null;
    const command: Command = { id: randomUUID(), action, principal, origin, ...(station !== undefined && { station }) };
    const refuse = (kind: 'permission' | 'unknown' | 'state', reason: Reason): AnsweredCommand => ({
      command,
      outcome: { accepted: false, commandId: command.id, state, kind, reasons: [reason] },
      isDecided: true,
    });
    if (!includesRole(principal.role, 'operator')) {
      return refuse('permission', {
        code: 'NOT_PERMITTED',
        text: 'Acknowledging an alarm needs the role operator.',
        actual: principal.role,
        required: 'operator',
      });
    }
    const refusal = this.#engine.acknowledge(
      action.alarm,
      action.occurrenceId,
      { actor: principal.name, comment: action.comment },
      now(),
    );
    if (refusal !== null) return refuse(refusals[refusal].kind, { code: refusal, text: refusals[refusal].text });
    this.#settle();
    return { command, outcome: { accepted: true, commandId: command.id, state }, isDecided: true };
  }

  /** Resolves when all that must survive is on the disk. */
  async close(): Promise<void> {
    await this.#journal.close();
    await this.#save();
  }

  #settle(): void {
    this.#engine.settle(now());
    const events = this.#engine.takeEvents();
    if (events.length === 0) return;
    const standing = this.#engine.standing();
    this.#options.onStanding(standing);
    for (const event of events) this.#options.onEvent(event);
    this.#journal.append(events);
    void this.#save();
  }

  #save(): Promise<void> {
    return this.#file.save({ version: 1, alarms: this.#engine.standing(), waiting: this.#journal.waiting });
  }
}
