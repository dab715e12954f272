import { AlarmSymbol } from '../alarms/symbol.tsx';
import { alarmOf } from '../alarms/standing.ts';
import { say } from '../language/language.ts';
import { arrangement } from '../live/arranged.ts';
import { currentBoolean, currentNumber, signals } from '../live/plant.ts';
import { SettingRow } from '../setting/setting-row.tsx';
import type { DriveSignals } from '../signals/arrangement.ts';
import { numberText } from '../value/format.ts';
import { Value } from '../value/value.tsx';

export function Drives() {
  return (
    <section class="panel drives" aria-labelledby="drives-title">
      <h2 id="drives-title">{say.drives.title}</h2>
      <div class="drive-list">
        {arrangement.value.drives.map((drive) => (
          <Drive key={drive.name} drive={drive} />
        ))}
      </div>
    </section>
  );
}

function Drive({ drive }: { drive: DriveSignals }) {
  const alarm = alarmOf('drive', drive.name);
  const fault = currentNumber(drive.fault);
  return (
    <article
      class={`drive${alarm === undefined ? '' : ` point-alarm priority-${alarm.priority}`}`}
      data-drive={drive.name}
    >
      <div class="point-head">
        <h3>{say.drives.names[drive.name] ?? drive.name}</h3>
        {alarm === undefined ? null : <AlarmSymbol priority={alarm.priority} active={alarm.active} />}
        <RunningMark id={drive.running} />
      </div>
      <Value id={drive.speed} large />
      <dl class="facts drive-facts">
        <SettingRow id={drive.setpoint} label={say.drives.setpoint} beside={drive.speed} />
        <div class="fact">
          <dt>{say.drives.current}</dt>
          <dd>
            <Value id={drive.current} />
          </dd>
        </div>
        <div class="fact">
          <dt>{say.drives.fault}</dt>
          <dd>
            {fault === 0 ? say.drives.noFault : null}
            {fault !== null && fault !== 0 ? <b>{say.drives.faultCode(faultText(drive.fault, fault))}</b> : null}
            {fault === null ? <Value id={drive.fault} /> : null}
          </dd>
        </div>
      </dl>
    </article>
  );
}

function faultText(id: string, code: number): string {
  return signals.value.get(id)?.states?.[code] ?? numberText(code, 0);
}

/** Running is filled, stopped is hollow; what is not known for certain is neither. */
function RunningMark({ id }: { id: string }) {
  const running = currentBoolean(id);
  const word = running === null ? say.drives.unknown : running ? say.drives.running : say.drives.stopped;
  return (
    <span class={`on-mark on-mark-${running === null ? 'unknown' : running ? 'on' : 'off'}`} data-signal={id}>
      {word}
    </span>
  );
}
