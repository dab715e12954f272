import type { CommandAction } from './command.ts';
import { refused, type Decision } from './decision.ts';
import type { GateGround } from './gate.ts';

type Tuning = Extract<CommandAction, { name: 'tune' | 'abortTuning' | 'applyTuning' }>;

export function tuning(_ground: GateGround, _action: Tuning): Decision {
  return refused('state', { code: 'NOT_AVAILABLE', text: 'Not built yet.' });
}
