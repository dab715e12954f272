import { useSignal } from '@preact/signals';
import type { Answer } from '../contract/ask.ts';
import { say } from '../language/language.ts';
import { Sheet } from '../question/sheet.tsx';
import { PasswordField } from './password-field.tsx';
import { changePassword } from './session.ts';

/** A password that was given out has to be changed before anything can be operated. Stop works all the same. */
export function ChangePassword() {
  const current = useSignal('');
  const next = useSignal('');
  const repeat = useSignal('');
  const sending = useSignal(false);
  const problem = useSignal<string | null>(null);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (sending.value) return;
    problem.value = null;
    if (next.value !== repeat.value) {
      problem.value = say.session.different;
      return;
    }
    sending.value = true;
    const answer = await changePassword(current.value, next.value);
    sending.value = false;
    if (!answer.ok) problem.value = explain(answer);
  }

  return (
    <Sheet title={say.session.changeTitle} name="change-password" onClose={null}>
      <p>{say.session.changeText}</p>
      <form onSubmit={(event) => void submit(event)}>
        <PasswordField label={say.session.current} name="current" autoComplete="current-password" text={current} />
        <PasswordField label={say.session.next} name="next" autoComplete="new-password" text={next} />
        <PasswordField label={say.session.repeat} name="repeat" autoComplete="new-password" text={repeat} />
        <p class="form-problem" role="alert">
          {problem.value}
        </p>
        <div class="sheet-actions">
          <button type="submit" class="button button-strong" aria-busy={sending.value}>
            {sending.value ? say.session.changing : say.session.change}
          </button>
        </div>
      </form>
    </Sheet>
  );
}

function explain(answer: Extract<Answer<unknown>, { ok: false }>): string {
  if (answer.status === 0) return say.stop.noAnswer;
  if (answer.status === 403) return say.session.wrongCurrent;
  return answer.reasons.map((reason) => reason.text).join(' ') || answer.text || answer.code;
}
