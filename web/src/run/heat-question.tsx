import { heat } from '../contract/commands.ts';
import { say } from '../language/language.ts';
import { arrangement } from '../live/arranged.ts';
import { pointTitle } from '../signals/title.ts';
import { Value } from '../value/value.tsx';
import { Confirm } from './confirm.tsx';

export function HeatQuestion() {
  return (
    <Confirm
      name="heat"
      title={say.run.heatQuestion}
      yes={say.run.heatOn}
      what={say.run.heatOn}
      request={() => heat(true)}
    >
      <p>{say.run.heatSays}</p>
      <dl class="facts">
        {arrangement.value.points.map((point) =>
          point.heater === null ? null : (
            <div class="fact" key={point.name}>
              <dt>{pointTitle(point.name, point.nozzle)}</dt>
              <dd>
                <Value id={point.heater.setpoint} />
              </dd>
            </div>
          ),
        )}
      </dl>
    </Confirm>
  );
}
