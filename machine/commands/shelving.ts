import type { Now } from '../signal.ts';
import type { CommandAction, Principal } from './command.ts';
import { refused, type Decision } from './decision.ts';
import type { GateGround } from './gate.ts';

type Shelving = Extract<CommandAction, { name: 'shelve' | 'unshelve' | 'setInService' }>;

export function shelving(_ground: GateGround, _action: Shelving, _by: Principal, _now: Now): Decision {
  return refused('state', { code: 'NOT_AVAILABLE', text: 'Not built yet.' });
}
