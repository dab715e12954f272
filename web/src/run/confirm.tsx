import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Answer } from '../contract/ask.ts';
import type { CommandReply, Reason } from '../contract/replies.ts';
import { say } from '../language/language.ts';
import { connected } from '../live/connection.ts';
import { closeQuestion } from '../question/question.ts';
import { Sheet } from '../question/sheet.tsx';
import { commandSlot } from './command.ts';
import { Outcome } from './outcome.tsx';
import { ReasonList } from './reason-list.tsx';

interface Props {
  readonly name: string;
  readonly title: string;
  /** On the button that does it. */
  readonly yes: string;
  readonly what: string;
  readonly request: () => Promise<Answer<CommandReply>>;
  readonly children: ComponentChildren;
  /** What is known beforehand to stand against it; the refusal itself takes its place. */
  readonly blockers?: readonly Reason[];
}

/** Tells what will happen and does it on a second touch. A refusal stays in sight with its reasons. */
export function Confirm({ name, title, yes, what, request, children, blockers = [] }: Props) {
  const slot = useMemo(commandSlot, []);
  const confirm = async (): Promise<void> => {
    // Not disabled meanwhile: the keyboard would lose its place.
    if (slot.pending) return;
    if ((await slot.run(what, request)).ok) closeQuestion();
  };
  return (
    <Sheet title={title} name={name} onClose={closeQuestion}>
      {children}
      {blockers.length === 0 || slot.state.value.is === 'answered' ? null : (
        <>
          <p class="readiness">{say.run.startBlocked}</p>
          <ReasonList reasons={blockers} />
        </>
      )}
      <Outcome of={slot} />
      <div class="sheet-actions">
        <button type="button" class="button" data-first onClick={closeQuestion}>
          {say.run.cancel}
        </button>
        <button
          type="button"
          class="button button-strong"
          data-confirm
          disabled={!connected.value}
          aria-busy={slot.pending}
          onClick={() => void confirm()}
        >
          {slot.pending ? say.run.sending : yes}
        </button>
      </div>
    </Sheet>
  );
}
