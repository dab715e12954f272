import { say } from '../language/language.ts';
import { currentNumber } from '../live/plant.ts';
import { Value } from '../value/value.tsx';

/** The heater's duty, as number and as length. */
export function Duty({ id }: { id: string }) {
  const duty = currentNumber(id);
  return (
    <div class="fact">
      <dt>{say.barrel.heater}</dt>
      <dd>
        <Value id={id} />
        {duty === null ? null : (
          <svg class="duty" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
            <rect class="duty-ground" width="100" height="8" />
            <rect class="duty-fill" width={Math.min(100, Math.max(0, duty))} height="8" />
          </svg>
        )}
      </dd>
    </div>
  );
}
