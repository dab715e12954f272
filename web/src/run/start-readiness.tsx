import { say } from '../language/language.ts';
import { connected } from '../live/connection.ts';
import { machine, stateKnown } from '../live/plant.ts';
import { ReasonList } from './reason-list.tsx';

/** States in which nobody waits to start: what would stand against it then is no news. */
const underWay = new Set(['STARTING', 'RUNNING', 'STOPPING']);

/** "Can I start?", in one line. */
export function StartReadiness() {
  const status = machine.value;
  if (status === null || !connected.value) return <p class="readiness readiness-unknown">{say.run.unknown}</p>;
  if (stateKnown.value && underWay.has(status.state))
    return <p class="readiness">{say.states[status.state] ?? status.state}</p>;
  if (status.startPermitted && status.blockers.length === 0) {
    return (
      <p class="readiness readiness-permitted">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M4 13l5 5L20 6" />
        </svg>
        {say.run.permitted}
      </p>
    );
  }
  return <p class="readiness">{say.run.refusedNow(status.blockers.length)}</p>;
}

/** All that stands against a start. Below the keys, so that these stay where they are while the list grows and shrinks. */
export function StartBlockers() {
  const status = machine.value;
  if (status === null || !connected.value || status.blockers.length === 0) return null;
  if (stateKnown.value && underWay.has(status.state)) return null;
  return (
    <div class="blockers" data-blockers={status.blockers.length}>
      <ReasonList reasons={status.blockers} />
    </div>
  );
}
