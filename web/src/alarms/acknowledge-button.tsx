import { acknowledge } from '../contract/commands.ts';
import type { AlarmReply } from '../contract/replies.ts';
import { say } from '../language/language.ts';
import { connected } from '../live/connection.ts';
import { mayAs } from '../session/session.ts';
import { alarmCommands } from './commands.ts';

/** Acknowledges this occurrence and no other: if it has been raised anew meanwhile, the server refuses. */
export function AcknowledgeButton({ alarm }: { alarm: AlarmReply }) {
  return (
    <button
      type="button"
      class="button"
      disabled={!mayAs('operator') || !connected.value}
      aria-label={say.alarms.acknowledgeOf(alarm.text)}
      onClick={() => {
        if (alarmCommands.pending) return;
        void alarmCommands.run(say.alarms.acknowledge, () => acknowledge(alarm.id, alarm.occurrenceId));
      }}
    >
      {say.alarms.acknowledge}
    </button>
  );
}
