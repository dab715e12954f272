import { say } from '../language/language.ts';
import { connected } from '../live/connection.ts';
import { readingOf, signals, simulation, standingOf } from '../live/plant.ts';
import { doubtOf } from './doubt.ts';
import { valueText } from './format.ts';

/**
 * One value of the machine with its unit. A value that is not current stands hatched, with a question mark and the
 * reason and age of its last reading, and never in the face of a current one. While the connection is lost the page says
 * for all of them together why and since when.
 */
export function Value({ id, large = false, note = true }: { id: string; large?: boolean; note?: boolean }) {
  const description = signals.value.get(id);
  const reading = readingOf(id).value;
  const standing = standingOf(id).value;
  const text = valueText(reading?.value ?? null, description);
  const unit = typeof reading?.value === 'number' && description?.type !== 'Enumeration' ? description?.unit : null;
  const size = large ? ' value-large' : '';
  const simulated = simulation.value === 'some' && reading?.simulated === true;
  if (standing === 'current') {
    return (
      <span class={`value${size}`} data-signal={id} data-standing="current">
        <span class="value-number">{text}</span>
        {unit ? <span class="value-unit">{unit}</span> : null}
        {simulated ? <span class="value-simulated">{say.value.simulated}</span> : null}
      </span>
    );
  }
  return (
    <span class={`value value-doubtful${size}`} data-signal={id} data-standing={standing}>
      <span class="value-hatch">
        <span class="value-mark" aria-hidden="true">
          ?
        </span>
        <span class="value-last">
          {text}
          {unit ? ` ${unit}` : ''}
        </span>
      </span>
      {note && connected.value ? <span class="value-note">{doubtOf(id)}</span> : null}
    </span>
  );
}
