import { say } from '../language/language.ts';
import { connection, silentSeconds } from '../live/connection.ts';
import { ageText } from '../value/format.ts';

export function ConnectionMark() {
  const state = connection.value;
  return (
    <p class={`connection connection-${state}`} data-connection={state}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        {state === 'live' ? <circle cx="8" cy="8" r="6" /> : <path d="M3 3l10 10M13 3L3 13" />}
      </svg>
      {state === 'live' && say.connection.live}
      {state === 'connecting' && say.connection.connecting}
      {state === 'lost' && (
        <>
          {say.connection.lost} <span class="connection-age">{ageText(silentSeconds.value * 1000)}</span>
        </>
      )}
    </p>
  );
}
