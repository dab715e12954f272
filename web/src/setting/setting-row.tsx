import { say } from '../language/language.ts';
import { connected } from '../live/connection.ts';
import { signals } from '../live/plant.ts';
import { openQuestion } from '../question/question.ts';
import { mayAs } from '../session/session.ts';
import { titleOf, unitOf } from '../signals/title.ts';
import { valueText } from '../value/format.ts';
import { Value } from '../value/value.tsx';
import { pendingOf } from './pending.ts';

/** A setting with its present value and the way to change it. `beside`: the measured signal that it is meant for. */
export function SettingRow({ id, label, beside }: { id: string; label: string; beside: string | null }) {
  const role = signals.value.get(id)?.role;
  const may = role !== null && mayAs(role ?? 'operator');
  return (
    <div class="fact fact-setting">
      <dt>{label}</dt>
      <dd>
        <Value id={id} />
      </dd>
      <dd>
        <button
          type="button"
          class="button"
          disabled={!may || !connected.value}
          aria-label={say.setting.changeOf(titleOf(id))}
          data-change={id}
          onClick={() => openQuestion({ kind: 'setting', id, beside })}
        >
          {say.setting.change}
        </button>
      </dd>
      <Pending id={id} />
    </div>
  );
}

function Pending({ id }: { id: string }) {
  const pending = pendingOf(id);
  if (pending === null) return null;
  const text = `${valueText(pending.value, signals.value.get(id))} ${unitOf(id)}`.trim();
  return (
    <dd class={`pending${pending.late ? ' pending-late' : ''}`}>
      <span role={pending.late ? 'alert' : 'status'}>
        {pending.late ? say.setting.unconfirmed(text) : say.setting.pending(text)}
      </span>
    </dd>
  );
}
