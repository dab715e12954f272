import { emergencyStop, stop } from '../contract/commands.ts';
import type { Answer } from '../contract/ask.ts';
import type { CommandReply } from '../contract/replies.ts';
import { say } from '../language/language.ts';
import { sessionState } from '../session/session.ts';
import { commandSlot } from '../run/command.ts';

const stopping = commandSlot();
const emergency = commandSlot();

/** A click so soon after the touch that acted already, in ms, is the same touch. */
const sameTouchMs = 1_000;

/** Acts when it is touched, not when the finger leaves; a keyboard or a screen reader gives a click alone. */
function onFirstTouch(act: () => void) {
  let actedAtMs = Number.NEGATIVE_INFINITY;
  return {
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return;
      actedAtMs = performance.now();
      act();
    },
    onClick() {
      if (performance.now() - actedAtMs > sameTouchMs) act();
    },
  };
}

const stopTouch = onFirstTouch(() => void stopping.run('stop', stop));
const emergencyTouch = onFirstTouch(() => void emergency.run('emergency', emergencyStop));

/** On every screen, whoever is signed in or not: the server decides who may, and the page never holds a stop back. */
export function StopButtons() {
  return (
    <div class="stops" role="group" aria-label={say.stop.group}>
      <button type="button" class="button stop" data-command="stop" {...stopTouch}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <rect x="5" y="5" width="14" height="14" />
        </svg>
        {stopping.pending ? say.stop.sending : say.stop.stop}
      </button>
      <button type="button" class="button emergency" data-command="emergency-stop" {...emergencyTouch}>
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d="M8 2h8l6 6v8l-6 6H8l-6-6V8z" />
        </svg>
        {emergency.pending ? say.stop.sending : say.stop.emergency}
      </button>
    </div>
  );
}

/** What became of the last stop: below the header, where nobody misses it. */
export function StopOutcome() {
  return (
    <>
      <Answered slot={emergency} done={say.stop.emergencySent} failed={say.stop.emergencyFailed} />
      <Answered slot={stopping} done={say.stop.stopSent} failed={say.stop.stopFailed} />
    </>
  );
}

function Answered({ slot, done, failed }: { slot: typeof stopping; done: string; failed: string }) {
  const state = slot.state.value;
  if (state.is !== 'answered') return null;
  const { answer } = state;
  if (answer.ok) {
    return (
      <p class="stop-outcome" role="status">
        {answer.reply.note ?? done}
      </p>
    );
  }
  return (
    <div class="stop-outcome stop-failed" role="alert">
      <p>
        <b>{failed}.</b> {why(answer)} {say.stop.wayOut}
      </p>
      <button type="button" class="button" onClick={() => slot.dismiss()}>
        {say.run.dismiss}
      </button>
    </div>
  );
}

function why(answer: Exclude<Answer<CommandReply>, { ok: true }>): string {
  if (answer.status === 401 && sessionState.value !== 'in') return say.stop.notSignedIn;
  if (answer.status === 0) return say.stop.noAnswer;
  return answer.reasons.map((reason) => reason.text).join(' ') || answer.text;
}
