import { clearAlarms } from '../contract/commands.ts';
import { say } from '../language/language.ts';
import { connected } from '../live/connection.ts';
import { Outcome } from '../run/outcome.tsx';
import { mayAs } from '../session/session.ts';
import { AlarmRow } from './alarm-row.tsx';
import { alarmCommands } from './commands.ts';
import { standingAlarms } from './standing.ts';

/** Every standing alarm, what it means, what to do, and the way to acknowledge and clear. */
export function AlarmList() {
  const list = standingAlarms.value;
  // Without alarms the banner says so; an answer to the last command is still shown.
  if (list.length === 0 && alarmCommands.state.value.is === 'idle') return null;
  return (
    <section class="panel alarms" id="alarms" aria-labelledby="alarms-title" tabIndex={-1}>
      <div class="panel-head">
        <h2 id="alarms-title">{say.alarms.title}</h2>
        {list.length === 0 ? null : (
          <button
            type="button"
            class="button"
            title={say.alarms.clearMeans}
            disabled={!mayAs('operator') || !connected.value}
            onClick={() => {
              if (!alarmCommands.pending) void alarmCommands.run(say.alarms.clear, clearAlarms);
            }}
          >
            {say.alarms.clear}
          </button>
        )}
      </div>
      <Outcome of={alarmCommands} />
      <ul class="alarm-list">
        {list.map((alarm) => (
          <AlarmRow key={alarm.occurrenceId} alarm={alarm} />
        ))}
      </ul>
    </section>
  );
}
