import type { Reason, Value } from '../contract/replies.ts';
import { say } from '../language/language.ts';
import { ageText, looseText } from '../value/format.ts';

/** What stands against a command: the sentence, what is, what is needed, and when it will be so. */
export function ReasonList({ reasons }: { reasons: readonly Reason[] }) {
  return (
    <ul class="reasons">
      {reasons.map((reason, index) => (
        <li key={`${reason.code}-${index}`} class="reason" data-code={reason.code}>
          <span class="reason-text">{reason.text}</span>
          <Numbers reason={reason} />
        </li>
      ))}
    </ul>
  );
}

function Numbers({ reason }: { reason: Reason }) {
  const { actual, required, unit, etaSeconds } = reason;
  const pairs: [string, string][] = [];
  for (const [label, value] of [
    [say.run.actual, actual],
    [say.run.required, required],
  ] as const) {
    const word = value === undefined || value === null ? null : wordOf(value, unit);
    if (word !== null) pairs.push([label, word]);
  }
  const eta = etaSeconds === undefined ? null : say.run.eta(ageText(Math.max(1, etaSeconds) * 1000));
  if (pairs.length === 0 && eta === null) return null;
  return (
    <span class="reason-numbers">
      {pairs.map(([label, text]) => (
        <span key={label} class="reason-number">
          <span class="label">{label}</span> <b>{text}</b>
        </span>
      ))}
      {eta === null ? null : <span class="reason-number">{eta}</span>}
    </span>
  );
}

/** Known words in the reader's language; a bare code adds nothing to the sentence beside it. */
function wordOf(value: Exclude<Value, null>, unit: string | undefined): string | null {
  if (typeof value !== 'string') return looseText(value, unit);
  const roles: Readonly<Record<string, string>> = say.roles;
  const word = say.states[value] ?? say.modes[value] ?? say.quality[value] ?? roles[value];
  return word ?? (/^[A-Z0-9_]+$/.test(value) ? null : value);
}
