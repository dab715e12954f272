import { useSignal } from '@preact/signals';
import { say } from '../language/language.ts';
import { signOut, user } from '../session/session.ts';
import { ConnectionMark } from './connection-mark.tsx';

/** Whether the page is live, for whom, and the way out. */
export function SignedIn() {
  const failed = useSignal(false);
  const person = user.value;
  if (person === null) return null;
  const role = say.roles[person.role] ?? person.role;
  const leave = async (): Promise<void> => {
    failed.value = !(await signOut()).ok;
  };
  return (
    <div class="header-session">
      <div>
        <ConnectionMark />
        <p class="signed-in">
          {person.username === role ? person.username : say.header.signedInAs(person.username, role)}
        </p>
        {failed.value ? <p role="alert">{say.header.signOutFailed}</p> : null}
      </div>
      <button type="button" class="button button-quiet" onClick={() => void leave()}>
        {say.header.signOut}
      </button>
    </div>
  );
}
