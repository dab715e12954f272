import { say } from '../language/language.ts';
import type { CommandSlot } from './command.ts';
import { ReasonList } from './reason-list.tsx';

/** The answer to the last request of one place: done, or refused with every reason, or not known to be done. */
export function Outcome({ of }: { of: CommandSlot }) {
  const state = of.state.value;
  if (state.is !== 'answered') return <div class="outcome-place" role="status" />;
  const { what, answer } = state;
  if (answer.ok) {
    return (
      <div class="outcome-place" role="status">
        <p class="outcome outcome-done">{answer.reply.note ?? say.run.done(what)}</p>
      </div>
    );
  }
  return (
    <div class="outcome-place" role="alert">
      <div class="outcome outcome-refused" data-code={answer.code}>
        <p class="outcome-title">{headline(what, answer.status)}</p>
        {answer.reasons.length > 0 ? (
          <ReasonList reasons={answer.reasons} />
        ) : (
          <p>{answer.status === 0 ? say.run.unansweredText : answer.text}</p>
        )}
        <button type="button" class="button button-quiet" onClick={() => of.dismiss()}>
          {say.run.dismiss}
        </button>
      </div>
    </div>
  );
}

function headline(what: string, status: number): string {
  if (status === 0) return say.run.unanswered(what);
  return status === 502 || status === 504 ? say.run.unconfirmed(what) : say.run.refused(what);
}
