import { type ReadonlySignal, signal } from '@preact/signals';
import type { Answer } from '../contract/ask.ts';
import type { CommandReply } from '../contract/replies.ts';

export type CommandState =
  | { readonly is: 'idle' }
  | { readonly is: 'pending'; readonly what: string }
  | { readonly is: 'answered'; readonly what: string; readonly answer: Answer<CommandReply> };

/** What became of the last request from one place of the page: shown there until it is replaced or closed. */
export interface CommandSlot {
  readonly state: ReadonlySignal<CommandState>;
  readonly pending: boolean;
  /** @param what the request in words, for the answer's headline */
  run(what: string, request: () => Promise<Answer<CommandReply>>): Promise<Answer<CommandReply>>;
  dismiss(): void;
}

/** A request that was carried out is said for so long, in ms; a refusal stays until it is closed. */
const doneShownMs = 6_000;

export function commandSlot(): CommandSlot {
  const state = signal<CommandState>({ is: 'idle' });
  let latest = 0;
  let accepted = 0;
  return {
    state,
    get pending() {
      return state.value.is === 'pending';
    },
    async run(what, request) {
      const mine = ++latest;
      state.value = { is: 'pending', what };
      const answer = await request();
      if (answer.ok) accepted = mine;
      // A refusal is shown although something newer was asked meanwhile, unless that was carried out.
      if (mine === latest || (!answer.ok && mine > accepted)) state.value = { is: 'answered', what, answer };
      if (answer.ok) {
        setTimeout(() => {
          if (mine === latest) state.value = { is: 'idle' };
        }, doneShownMs);
      }
      return answer;
    },
    dismiss() {
      latest++;
      state.value = { is: 'idle' };
    },
  };
}
