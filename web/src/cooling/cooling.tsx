import { say } from '../language/language.ts';
import { arrangement } from '../live/arranged.ts';
import { currentBoolean, currentNumber, standingOf } from '../live/plant.ts';
import { titleOf } from '../signals/title.ts';
import { Value } from '../value/value.tsx';

/** Fans and pumps: what the modules read back, not what was asked of them. */
export function Cooling() {
  const { cooling } = arrangement.value;
  if (cooling.length === 0) return null;
  return (
    <section class="panel cooling" aria-labelledby="cooling-title">
      <h2 id="cooling-title">{say.cooling.title}</h2>
      <ul class="cooling-list">
        {cooling.map((id) => (
          <li key={id} class="cooling-item">
            <span class={`on-dot on-dot-${look(id)}`} aria-hidden="true" />
            <span class="label">{say.cooling.names[id] ?? titleOf(id)}</span>
            <Value id={id} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function look(id: string): 'on' | 'off' | 'unknown' {
  if (standingOf(id).value !== 'current') return 'unknown';
  return currentBoolean(id) === true || (currentNumber(id) ?? 0) > 0 ? 'on' : 'off';
}
