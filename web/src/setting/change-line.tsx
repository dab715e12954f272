import { say } from '../language/language.ts';
import { titleOf, unitOf } from '../signals/title.ts';
import { Value } from '../value/value.tsx';
import type { Entry } from './entry.ts';

interface Props {
  readonly id: string;
  readonly beside: string | null;
  readonly text: string;
  readonly entry: Entry;
  readonly verdict: string;
  /** The entry waits for its second yes. */
  readonly asking: boolean;
  readonly onText: (text: string) => void;
}

/** Old → new, the measured value that it is about, and what is to be said about the entry. */
export function ChangeLine({ id, beside, text, entry, verdict, asking, onText }: Props) {
  return (
    <>
      <div class="change">
        <span class="change-old">
          <span class="label">{say.setting.now}</span> <Value id={id} note={false} />
        </span>
        <span class="change-arrow" aria-hidden="true">
          →
        </span>
        <label class="change-new">
          <span class="visually-hidden">{say.setting.newValue}</span>
          <input
            data-first
            type="text"
            inputMode="none"
            autoComplete="off"
            aria-describedby="entry-verdict"
            aria-invalid={entry.is === 'outOfLimits' || entry.is === 'notNumber'}
            value={text}
            onInput={(event) => onText(event.currentTarget.value)}
          />
          <span class="unit">{unitOf(id)}</span>
        </label>
      </div>
      {beside === null ? null : (
        <p class="change-beside">
          <span class="label">{titleOf(beside)}</span> <Value id={beside} />
        </p>
      )}
      <p id="entry-verdict" class={`verdict verdict-${asking ? 'asking' : entry.is}`} role="status">
        {verdict}
      </p>
    </>
  );
}
