import type { CommandAction } from './command.ts';
import { refused, type Decision } from './decision.ts';
import type { GateGround } from './gate.ts';

export function loadRecipe(_ground: GateGround, _action: Extract<CommandAction, { name: 'loadRecipe' }>): Decision {
  return refused('state', { code: 'NOT_AVAILABLE', text: 'Not built yet.' });
}
