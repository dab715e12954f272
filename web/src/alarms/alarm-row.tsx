import type { AlarmReply } from '../contract/replies.ts';
import { say } from '../language/language.ts';
import { dateAndTimeText, looseText, qualityText } from '../value/format.ts';
import { AcknowledgeButton } from './acknowledge-button.tsx';
import { AlarmSymbol } from './symbol.tsx';

export function AlarmRow({ alarm }: { alarm: AlarmReply }) {
  return (
    <li class={`alarm${alarm.acknowledged ? '' : ' alarm-unacknowledged'}`} data-alarm={alarm.id}>
      <AlarmSymbol priority={alarm.priority} active={alarm.active} />
      <div class="alarm-body">
        <p class="alarm-text">{alarm.text}</p>
        <p class="alarm-facts">
          <time dateTime={alarm.raisedAt}>{dateAndTimeText(alarm.raisedAt)}</time>
          <span>{stateText(alarm)}</span>
          {alarm.value === null ? null : (
            <span>
              {say.alarms.value} {looseText(alarm.value, alarm.unit ?? undefined)}
              {alarm.quality === null || alarm.quality === 'Good' ? '' : ` (${qualityText(alarm.quality)})`}
            </span>
          )}
          {alarm.count > 1 ? <span>{say.alarms.repeated(alarm.count)}</span> : null}
          {alarm.firstOut ? <span class="tag">{say.alarms.firstOut}</span> : null}
          {alarm.trip ? <span class="tag">{say.alarms.trip}</span> : null}
        </p>
        <dl class="alarm-help">
          <dt>{say.alarms.explanation}</dt>
          <dd>{alarm.explanation}</dd>
          <dt>{say.alarms.consequence}</dt>
          <dd>{alarm.consequence}</dd>
        </dl>
      </div>
      {alarm.acknowledged ? (
        <span class="alarm-acknowledged">{say.alarms.acknowledged}</span>
      ) : (
        <AcknowledgeButton alarm={alarm} />
      )}
    </li>
  );
}

/** Whether the cause stands now, and whether the alarm waits to be cleared although it does not. */
function stateText(alarm: AlarmReply): string {
  if (alarm.active) return say.alarms.active;
  return alarm.latched ? `${say.alarms.gone}, ${say.alarms.latched}` : say.alarms.gone;
}
