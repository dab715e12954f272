import type { AlarmEngine } from '../alarms/engine.ts';
import type { MachineDeclaration } from '../declaration.ts';
import type { Equipment } from '../equipment.ts';
import type { Situation } from '../situation.ts';

/** Judges one rule of the machine in every scan, and reports to the alarms that bear its name. It commands nothing. */
export type Guard = (situation: Readonly<Situation>) => void;

/** What guards are built on. */
export interface GuardGround {
  readonly declaration: MachineDeclaration;
  readonly equipment: Equipment;
  readonly alarms: AlarmEngine;
}
