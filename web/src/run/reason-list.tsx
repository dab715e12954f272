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
  if (isSaid(actual)) pairs.push([say.run.actual, wordOf(actual, unit)]);
  if (isSaid(required)) pairs.push([say.run.required, wordOf(required, unit)]);
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

function isSaid(value: Value | undefined): value is Exclude<Value, null> {
  return value !== undefined && value !== null;
}

function wordOf(value: Exclude<Value, null>, unit: string | undefined): string {
  if (typeof value === 'string') return say.states[value] ?? say.modes[value] ?? value;
  return looseText(value, unit);
}
