import { start } from '../contract/commands.ts';
import { say } from '../language/language.ts';
import { arrangement } from '../live/arranged.ts';
import { machine } from '../live/plant.ts';
import { Value } from '../value/value.tsx';
import { Confirm } from './confirm.tsx';

export function StartQuestion() {
  return (
    <Confirm
      name="start"
      title={say.run.startQuestion}
      yes={say.run.startNow}
      what={say.run.start}
      request={start}
      blockers={machine.value?.blockers ?? []}
    >
      <p>{say.run.startSays}</p>
      <dl class="facts">
        {arrangement.value.drives.map((drive) => (
          <div class="fact" key={drive.name}>
            <dt>{say.drives.names[drive.name] ?? drive.name}</dt>
            <dd>
              <Value id={drive.setpoint} />
            </dd>
          </div>
        ))}
      </dl>
    </Confirm>
  );
}
