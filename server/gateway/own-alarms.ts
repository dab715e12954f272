import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Logger } from 'pino';
import type { AlarmEvent, AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import { AlarmEngine } from '../../machine/alarms/engine.ts';
import { gatewayAlarmIds } from '../../machine/alarms/guard-alarms.ts';
import type { StoredOccurrence } from '../../machine/alarms/occurrence.ts';
import type { Command } from '../../machine/commands/command.ts';
import { refused } from '../../machine/commands/decision.ts';
import { isAlarmAction, onAlarm } from '../../machine/commands/on-alarm.ts';
import { permissionReason, roleFor } from '../../machine/commands/permission.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import type { CommandRequest } from '../../machine/ports.ts';
import type { Now } from '../../machine/signal.ts';
import type { MachineState } from '../../machine/control/state.ts';
import type { AlarmJournal } from '../../operations/ports/journal.ts';
import { RetainedFile } from '../retained-file.ts';
import type { AnsweredCommand } from './control-link.ts';
import { OwnJournal } from './own-journal.ts';

export type OwnAlarmId =
  'CONTROL_LOST' | 'HISTORIAN_BUFFERING' | 'HISTORIAN_BUFFER_HIGH' | 'DISK_LOW' | 'CERTIFICATE_EXPIRING';

interface Retained {
  readonly version: 1;
  readonly alarms: readonly StoredOccurrence[];
  /** Events that the database has not taken yet. */
  readonly waiting: readonly AlarmEvent[];
}

/** How an own alarm's condition reads now. */
interface Condition {
  /** null: not to be judged now. */
  readonly stands: boolean | null;
  readonly value?: number | string;
  /** The thing, the number and the limit, as a sentence. */
  readonly says?: string;
}

export type Conditions = Readonly<Partial<Record<OwnAlarmId, Condition>>>;

export interface OwnAlarmsOptions {
  readonly declaration: MachineDeclaration;
  readonly dataDir: string;
  readonly journal: AlarmJournal;
  readonly onEvent: (event: AlarmEvent) => void;
  readonly onStanding: (standing: readonly AlarmOccurrence[]) => void;
  readonly log: Logger;
}

const now = (): Now => ({ monotonicMs: performance.now(), wallMs: Date.now() });

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
    this.#engine = new AlarmEngine(owned, options.declaration.annunciation, retained?.alarms ?? []);
    this.#journal = new OwnJournal(options.journal, options.log, () => void this.#save());
    this.#journal.append(retained?.waiting ?? []);
    options.onStanding(this.#engine.standing());
  }

  /** Judges the conditions; what is not named stays as it was reported last. */
  report(conditions: Conditions): void {
    for (const [id, condition] of Object.entries(conditions)) {
      if (condition === undefined) continue;
      const { stands, value = null, says } = condition;
      const point = this.#engine.point(id);
      if (says !== undefined) point.explain = () => says;
      point.report(stands, false, value, 'Good');
    }
    this.#settle();
  }

  /**
   * Decides as the control process does on its alarms, with the same roles and texts.
   *
   * @returns null when the request is not about an alarm of the gateway, else the decided command
   */
  decide({ action, principal, origin, station }: CommandRequest, state: MachineState): AnsweredCommand | null {
    if (!isAlarmAction(action) || !gatewayAlarmIds.includes(action.alarm)) return null;
    const { declaration } = this.#options;
    const command: Command = { id: randomUUID(), action, principal, origin, ...(station !== undefined && { station }) };
    const forbidden = permissionReason(principal, roleFor(action, declaration));
    const ground = { alarms: this.#engine, annunciation: declaration.annunciation };
    const verdict = forbidden === null ? onAlarm(ground, action, command, now()) : refused('permission', forbidden);
    this.#settle();
    return { command, outcome: { ...verdict, commandId: command.id, state }, isDecided: true };
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
