import { standingOf } from '../live/plant.ts';
import { doubtOf, trustOf } from './doubt.ts';

/** The quality of a value in words, with its age once that matters. */
export function TrustLine({ id }: { id: string }) {
  const current = standingOf(id).value === 'current';
  return (
    <p class={`trust${current ? '' : ' trust-doubtful'}`}>
      <span class="trust-mark" aria-hidden="true" />
      {current ? trustOf(id) : doubtOf(id)}
    </p>
  );
}
