import { type Signal, useSignal } from '@preact/signals';
import { say } from '../language/language.ts';

const visible = { type: 'text' } as const;
const obscured = { type: 'password' } as const;

/** Obscured, unless the one who types wants to see it: generated passwords are hard to type with gloves. */
export function PasswordField(props: {
  label: string;
  name: string;
  autoComplete: 'current-password' | 'new-password';
  text: Signal<string>;
  /** The keyboard starts here. */
  first?: boolean;
}) {
  const shown = useSignal(false);
  return (
    <div class="field">
      <label>
        <span class="label">{props.label}</span>
        <input
          {...(shown.value ? visible : obscured)}
          data-first={props.first}
          name={props.name}
          autoComplete={props.autoComplete}
          autoCapitalize="none"
          spellcheck={false}
          required
          value={props.text.value}
          onInput={(event) => void (props.text.value = event.currentTarget.value)}
        />
      </label>
      <label class="check">
        <input type="checkbox" checked={shown.value} onChange={() => void (shown.value = !shown.value)} />
        {say.session.show}
      </label>
    </div>
  );
}
