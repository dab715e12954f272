import { say } from '../language/language.ts';
import { connection, silentSeconds } from '../live/connection.ts';
import { machine } from '../live/plant.ts';
import { sessionState } from '../session/session.ts';
import { ageText } from '../value/format.ts';

/** Stands over the page while nothing is heard from the machine, and counts up. */
export function ConnectionBar() {
  if (connection.value !== 'lost' || sessionState.value === 'out') return null;
  const never = machine.value === null;
  return (
    <div class="connection-bar" role="alert">
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M4 4l16 16M20 4L4 20" />
      </svg>
      <p>
        <b aria-live="off">
          {never ? say.connection.lostNever : say.connection.lostTitle(ageText(silentSeconds.value * 1000))}
        </b>
        <span>{say.connection.lostText}</span>
      </p>
    </div>
  );
}
