import { say } from '../language/language.ts';
import { machine, simulation, stateKnown } from '../live/plant.ts';
import { sessionState } from '../session/session.ts';
import { SignedIn } from './signed-in.tsx';
import { StopButtons } from './stop-buttons.tsx';

/** What has to be in sight on every screen: which machine, how it is, whether that is true now, and how to stop it. */
export function Header() {
  return (
    <header class="header">
      <div class="header-identity">
        <h1>{machine.value?.title ?? say.product}</h1>
        {simulation.value === 'none' ? null : (
          <span class="simulated" title={say.header.simulatedMeans}>
            {simulation.value === 'all' ? say.header.simulated : say.header.simulatedPartly}
          </span>
        )}
      </div>
      {machine.value === null ? null : <MachineState />}
      {sessionState.value === 'in' || sessionState.value === 'expired' ? <SignedIn /> : null}
      <StopButtons />
    </header>
  );
}

function MachineState() {
  const status = machine.value;
  if (status === null) return null;
  return (
    <div class={`state${stateKnown.value ? '' : ' state-doubtful'}`} data-state={status.state}>
      <p class="state-word">
        <span class="visually-hidden">{say.header.state}: </span>
        {stateKnown.value ? null : <span class="value-mark">? </span>}
        {say.states[status.state] ?? status.state}
      </p>
      <p class="state-mode">
        <span class="visually-hidden">{say.header.mode}: </span>
        {say.modes[status.mode] ?? status.mode}
      </p>
    </div>
  );
}
