import type { Heating } from '../control/heating.ts';
import type { Readiness } from '../control/readiness.ts';
import type { MachineDeclaration } from '../declaration.ts';
import type { Equipment } from '../equipment.ts';

export interface TuningGround {
  readonly declaration: MachineDeclaration;
  readonly equipment: Equipment;
  readonly heating: Heating;
  readonly readiness: Readiness;
}
