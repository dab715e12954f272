import { useSignal } from '@preact/signals';
import { say } from '../language/language.ts';
import { signals, standingOf } from '../live/plant.ts';
import { doubtOf, trustOf } from '../value/doubt.ts';
import { Value } from '../value/value.tsx';

/** Every signal of the machine, whatever it is called: nothing that was configured is out of sight. */
export function AllValues() {
  const open = useSignal(false);
  return (
    <details class="panel all" onToggle={(event) => void (open.value = event.currentTarget.open)}>
      <summary>
        <h2>{say.all.title}</h2>
      </summary>
      {open.value ? <Table /> : null}
    </details>
  );
}

function Table() {
  return (
    <div class="all-scroll" tabIndex={0} role="region" aria-label={say.all.title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{say.all.signal}</th>
            <th scope="col">{say.all.value}</th>
            <th scope="col">{say.all.quality}</th>
          </tr>
        </thead>
        <tbody>
          {[...signals.value.values()].map(({ id, title }) => (
            <tr key={id}>
              <th scope="row">
                {title ?? id}
                {title === undefined ? null : <span class="all-id">{id}</span>}
              </th>
              <td>
                <Value id={id} note={false} />
              </td>
              <td>
                <Trust id={id} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Trust({ id }: { id: string }) {
  return <>{standingOf(id).value === 'current' ? trustOf(id) : doubtOf(id)}</>;
}
