import { alarmNames } from '../alarms/guard-alarms.ts';
import type { AlarmEngine } from '../alarms/engine.ts';
import type { MachineControl } from '../control/machine-control.ts';
import type { MachineDeclaration } from '../declaration.ts';
import type { Equipment } from '../equipment.ts';
import type { Now } from '../signal.ts';
import { actorOf } from './actor.ts';
import type { Command, Reason } from './command.ts';
import { done, noted, refused, type Decision } from './decision.ts';

export interface ClearGround {
  readonly declaration: MachineDeclaration;
  readonly equipment: Equipment;
  readonly alarms: AlarmEngine;
  readonly control: MachineControl;
}

/** One clear of the latched trips: the reset edge first, then the judgement. */
export class ClearRequest {
  readonly command: Command;
  readonly #ground: ClearGround;
  readonly #sinceMs: number;
  readonly #driveFaults: ReadonlySet<string>;

  constructor(command: Command, ground: ClearGround) {
    this.command = command;
    this.#ground = ground;
    this.#sinceMs = ground.control.situation.nowMs;
    this.#driveFaults = new Set(ground.equipment.drives.map((drive) => alarmNames.driveFault(drive.declaration.id)));
    if (ground.alarms.tripLatched) ground.control.drives.reset(this.#sinceMs);
  }

  judge(now: Now): Decision {
    const { alarms, control, declaration } = this.#ground;
    const resetWaitMs = declaration.commands.resetWaitSeconds * 1_000;
    const causes = alarms.standingCauses();
    if (causes.length === 0) {
      if (!alarms.anyLatched) return noted('No alarm is latched; nothing changed.');
      alarms.clear(now, actorOf(this.command));
      control.clear();
      return done;
    }
    const mayPass = causes.some(({ declaration: { id } }) => this.#driveFaults.has(id));
    if (mayPass && now.monotonicMs - this.#sinceMs < resetWaitMs) return 'later';
    const reasons = causes.map(({ declaration, value, explain }): Reason => {
      const code = declaration.id === alarmNames.estop ? 'ESTOP_OPEN' : 'ALARM_ACTIVE';
      const text = `The cause of ${declaration.id} still stands: ${explain()} ${declaration.response}`;
      return { code, text, actual: value ?? declaration.id };
    });
    return refused('state', ...reasons);
  }
}
