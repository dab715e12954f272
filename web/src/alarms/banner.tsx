import type { AlarmReply } from '../contract/replies.ts';
import { say } from '../language/language.ts';
import { machine } from '../live/plant.ts';
import { clockText } from '../value/format.ts';
import { AcknowledgeButton } from './acknowledge-button.tsx';
import { AlarmSymbol } from './symbol.tsx';
import { alarmsPutAside, standingAlarms } from './standing.ts';

/** The gravest alarm, on top of every screen and always at the same place. */
export function AlarmBanner() {
  const [first, ...others] = standingAlarms.value;
  if (machine.value === null) return null;
  return (
    <section class={`banner${look(first)}`} aria-label={say.alarms.banner}>
      <div class="banner-text" role="alert">
        {first === undefined ? (
          <p class="banner-none">{noneText()}</p>
        ) : (
          <>
            <AlarmSymbol priority={first.priority} active={first.active} />
            <p>
              <b>{first.text}</b>
              <span class="banner-time">
                {clockText(first.raisedAt)}
                {first.active ? '' : `, ${say.alarms.gone}`}
                {first.acknowledged ? `, ${say.alarms.allAcknowledged}` : ''}
              </span>
            </p>
          </>
        )}
      </div>
      {first === undefined ? null : (
        <div class="banner-actions">
          <a class="button button-quiet" href="#alarms">
            {others.length > 0 ? say.alarms.more(others.length) : say.alarms.toList}
          </a>
          {first.acknowledged ? null : <AcknowledgeButton alarm={first} />}
        </div>
      )}
    </section>
  );
}

/** Quiet because all is well is not the same as quiet because somebody wanted it so. */
function noneText(): string {
  const aside = alarmsPutAside.value;
  return aside === 0 ? say.alarms.none : `${say.alarms.none} (${say.alarms.putAside(aside)})`;
}

/** What nobody has acknowledged fills the banner with its colour; after that the symbol alone keeps it. */
function look(alarm: AlarmReply | undefined): string {
  if (alarm === undefined) return '';
  return alarm.acknowledged ? ' banner-standing' : ` banner-unacknowledged priority-${Math.min(4, alarm.priority)}`;
}
