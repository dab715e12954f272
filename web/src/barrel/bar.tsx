import type { LimitReply } from '../contract/replies.ts';
import { say } from '../language/language.ts';
import { currentNumber, signals } from '../live/plant.ts';
import { looseText } from '../value/format.ts';

/** Shown when the machine declares no span, in °C. */
const usualSpan: readonly [number, number] = [0, 300];

/**
 * Where a temperature stands between the ends of its range: pointer, setpoint mark and limits.
 * Without a current value there is no pointer.
 */
export function Bar({ id, setpoint, title }: { id: string; setpoint: string | null; title: string }) {
  const description = signals.value.get(id);
  const limits = description?.limits ?? [];
  const [low, high] = scaleOf(description?.span ?? usualSpan, limits);
  const at = (value: number): number => Math.min(100, Math.max(0, ((value - low) / (high - low)) * 100));
  const actual = currentNumber(id);
  const wanted = setpoint === null ? null : currentNumber(setpoint);
  const unit = description?.unit ?? undefined;
  return (
    <div class="bar">
      <svg viewBox="0 0 100 14" preserveAspectRatio="none" role="img" aria-label={say.barrel.bar(title)}>
        <rect class="bar-ground" x="0" y="4" width="100" height="6" />
        {limits.map((limit) => (
          <Beyond key={`${limit.kind}${limit.side}`} limit={limit} at={at} />
        ))}
        {actual === null ? null : <rect class="bar-fill" x="0" y="4" width={at(actual)} height="6" />}
        {limits.map((limit) => (
          <path key={`${limit.kind}${limit.side}`} class={`bar-limit bar-${limit.kind}`} d={`M${at(limit.value)} 1v12`}>
            <title>{`${say.barrel.limits[`${limit.kind}${limit.side}`] ?? limit.kind} ${looseText(limit.value, unit)}`}</title>
          </path>
        ))}
      </svg>
      {wanted === null ? null : <span class="bar-setpoint" style={{ left: `${at(wanted)}%` }} aria-hidden="true" />}
      {actual === null ? null : <span class="bar-pointer" style={{ left: `${at(actual)}%` }} aria-hidden="true" />}
      <div class="bar-scale" aria-hidden="true">
        <span>{looseText(low, undefined)}</span>
        <span>{looseText(high, unit)}</span>
      </div>
    </div>
  );
}

function Beyond({ limit, at }: { limit: LimitReply; at: (value: number) => number }) {
  const x = at(limit.value);
  return limit.side === 'above' ? (
    <rect class="bar-beyond" x={x} y="4" width={100 - x} height="6" />
  ) : (
    <rect class="bar-beyond" x="0" y="4" width={x} height="6" />
  );
}

/** From zero (or the span's low end, if that is above) to a little over the highest limit, so that nothing is squeezed. */
function scaleOf(span: readonly [number, number], limits: readonly LimitReply[]): readonly [number, number] {
  const highest = Math.max(...limits.map((limit) => limit.value), Number.NEGATIVE_INFINITY);
  const high = Number.isFinite(highest) ? Math.min(span[1], Math.ceil((highest * 1.1) / 10) * 10) : span[1];
  return [Math.max(0, span[0]), high];
}
