import { useSignal } from '@preact/signals';
import type { Answer } from '../contract/ask.ts';
import { say } from '../language/language.ts';
import { Sheet } from '../question/sheet.tsx';
import { PasswordField } from './password-field.tsx';
import { sessionState, signIn, user } from './session.ts';

/** Over an empty page for the first, over the last known values after a session has ended. */
export function SignIn() {
  const again = sessionState.value === 'expired';
  const username = useSignal(user.value?.username ?? '');
  const password = useSignal('');
  const sending = useSignal(false);
  const problem = useSignal<string | null>(null);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (sending.value) return;
    sending.value = true;
    problem.value = null;
    const answer = await signIn(username.value, password.value);
    sending.value = false;
    if (!answer.ok) problem.value = explain(answer);
  }

  return (
    <Sheet title={again ? say.session.expiredTitle : say.session.title} name="sign-in" onClose={null}>
      <p>{again ? say.session.expiredText : say.session.introduction}</p>
      <form onSubmit={(event) => void submit(event)}>
        <label class="field">
          <span class="label">{say.session.username}</span>
          <input
            type="text"
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellcheck={false}
            required
            value={username.value}
            onInput={(event) => void (username.value = event.currentTarget.value)}
          />
        </label>
        <PasswordField
          label={say.session.password}
          name="password"
          autoComplete="current-password"
          text={password}
          first={username.peek() !== ''}
        />
        <p class="form-problem" role="alert">
          {problem.value}
        </p>
        <div class="sheet-actions">
          <button type="submit" class="button button-strong" aria-busy={sending.value}>
            {sending.value ? say.session.signingIn : say.session.signIn}
          </button>
        </div>
      </form>
    </Sheet>
  );
}

function explain(answer: Extract<Answer<unknown>, { ok: false }>): string {
  if (answer.status === 0) return say.stop.noAnswer;
  if (answer.status === 401) return say.session.wrong;
  if (answer.status === 429) return say.session.tooOften;
  return answer.reasons.map((reason) => reason.text).join(' ') || answer.text || answer.code;
}
