import { AlarmBanner } from './alarms/banner.tsx';
import { AlarmList } from './alarms/alarm-list.tsx';
import { Barrel } from './barrel/barrel.tsx';
import { Cooling } from './cooling/cooling.tsx';
import { Drives } from './drives/drives.tsx';
import { ConnectionBar } from './header/connection-bar.tsx';
import { Header } from './header/header.tsx';
import { StopOutcome } from './header/stop-buttons.tsx';
import { say } from './language/language.ts';
import { connection } from './live/connection.ts';
import { signals } from './live/plant.ts';
import { question } from './question/question.ts';
import { QuestionPlace } from './question/question-place.tsx';
import { RunPanel } from './run/run-panel.tsx';
import { ChangePassword } from './session/change-password.tsx';
import { SignIn } from './session/sign-in.tsx';
import { sessionState, user } from './session/session.ts';
import { AllValues } from './signals/all-values.tsx';
import { Trend } from './trend/trend.tsx';

/** The operator's page. The header with its stops stands above whatever else is shown or asked. */
export function Page() {
  const session = sessionState.value;
  const mustChange = session === 'in' && user.value?.mustChangePassword === true;
  const signedOut = session === 'out' || session === 'expired';
  const covered = signedOut || mustChange || question.value !== null;
  return (
    <div class="page" data-connection={connection.value} data-session={session}>
      <div class="top">
        <Header />
        <StopOutcome />
        <ConnectionBar />
        {session === 'out' ? null : <AlarmBanner />}
      </div>
      <div class="under">
        <main inert={covered}>{session === 'out' ? null : <Content />}</main>
        {signedOut ? <SignIn /> : mustChange ? <ChangePassword /> : <QuestionPlace />}
      </div>
    </div>
  );
}

function Content() {
  if (signals.value.size === 0) return <p class="waiting">{say.connection.connecting}…</p>;
  return (
    <div class="content">
      <Barrel />
      <div class="side">
        <RunPanel />
        <Drives />
        <Cooling />
      </div>
      <AlarmList />
      <Trend />
      <AllValues />
    </div>
  );
}
