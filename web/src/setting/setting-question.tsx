import { useComputed, useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { write } from '../contract/commands.ts';
import { say } from '../language/language.ts';
import { connected } from '../live/connection.ts';
import { readingOf, signals } from '../live/plant.ts';
import { closeQuestion } from '../question/question.ts';
import { Sheet } from '../question/sheet.tsx';
import { commandSlot } from '../run/command.ts';
import { Outcome } from '../run/outcome.tsx';
import { titleOf } from '../signals/title.ts';
import { exactText, numberText, signedText } from '../value/format.ts';
import { type Entry, isLarge, judgeEntry, pressKey } from './entry.ts';
import { ChangeLine } from './change-line.tsx';
import { Keypad } from './keypad.tsx';
import { noteAsked } from './pending.ts';

/** The second yes has to come later than this, in ms, after the first: a double tap is one touch, not two answers. */
const doubleTouchMs = 400;

/** Asks for a new value: the present one beside it, the limits, and for a large step a second yes. */
export function SettingQuestion({ id, beside }: { id: string; beside: string | null }) {
  const slot = useMemo(commandSlot, []);
  const text = useSignal('');
  /** When the first yes to a large step was given, by the monotonic clock in ms. */
  const surelyMs = useSignal<number | null>(null);
  const description = signals.value.get(id);
  const unit = description?.unit ?? '';
  const span = description?.span ?? null;
  const shown = (value: number): string => `${exactText(value)} ${unit}`.trim();
  const present = useComputed(() => {
    const value = readingOf(id).value?.value;
    return typeof value === 'number' ? value : null;
  });
  const entry = judgeEntry(text.value, present.value, span);

  function type(next: string): void {
    if (slot.pending) return;
    text.value = next;
    surelyMs.value = null;
    slot.dismiss();
  }

  async function send(): Promise<void> {
    if (entry.is !== 'valid' || slot.pending || !connected.value) return;
    if (isLarge(entry.value, present.value, unit)) {
      if (surelyMs.value === null) surelyMs.value = performance.now();
      if (performance.now() - surelyMs.value < doubleTouchMs) return;
    }
    const { value } = entry;
    const forget = noteAsked(id, value);
    const answer = await slot.run(say.setting.set(shown(value)), () => write(id, value));
    if (answer.ok) closeQuestion();
    // Without an answer it may have been taken or not: that stays in sight beside the setting.
    else if (answer.status !== 0) forget();
  }

  const asking = surelyMs.value !== null && entry.is === 'valid';
  return (
    <Sheet title={titleOf(id)} name="setting" onClose={closeQuestion}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <ChangeLine
          id={id}
          beside={beside}
          text={text.value}
          entry={entry}
          asking={asking}
          verdict={asking ? say.setting.large(step(entry, present.value, unit)) : verdict(entry, span, unit)}
          onText={type}
        />
        <Keypad signed={span === null || span[0] < 0} onKey={(key) => type(pressKey(text.value, key))} />
        <Outcome of={slot} />
        <div class="sheet-actions">
          <button type="button" class="button" onClick={closeQuestion}>
            {say.setting.cancel}
          </button>
          <button
            type="submit"
            class="button button-strong"
            disabled={entry.is !== 'valid' || !connected.value}
            aria-busy={slot.pending}
          >
            {slot.pending
              ? say.setting.sending
              : asking
                ? say.setting.really(shown(entry.value))
                : say.setting.set(entry.is === 'valid' ? shown(entry.value) : '')}
          </button>
        </div>
      </form>
    </Sheet>
  );
}

function verdict(entry: Entry, span: readonly [number, number] | null, unit: string): string {
  if (entry.is === 'notNumber') return say.setting.notNumber;
  if (entry.is === 'unchanged') return say.setting.unchanged;
  if (span === null) return '';
  const ends = [numberText(span[0], 0), `${numberText(span[1], 0)} ${unit}`.trim()] as const;
  return entry.is === 'outOfLimits' ? say.setting.outOfLimits(...ends) : say.setting.limits(...ends);
}

function step(entry: { readonly value: number }, present: number | null, unit: string): string {
  return present === null ? '' : `${signedText(entry.value - present, 1)} ${unit === '°C' ? 'K' : unit}`;
}
