import { AlarmSymbol } from '../alarms/symbol.tsx';
import { alarmOf } from '../alarms/standing.ts';
import { say } from '../language/language.ts';
import { plantNowMs } from '../live/clock.ts';
import { currentNumber, signals, standingOf } from '../live/plant.ts';
import { recent, recentVersion } from '../live/recent.ts';
import { SettingRow } from '../setting/setting-row.tsx';
import type { MeasuringPoint } from '../signals/arrangement.ts';
import { pointTitle } from '../signals/title.ts';
import { signedText } from '../value/format.ts';
import { TrustLine } from '../value/trust-line.tsx';
import { Value } from '../value/value.tsx';
import { Bar } from './bar.tsx';
import { Duty } from './duty.tsx';
import { Sparkline } from './sparkline.tsx';

/** One measuring point: its temperature with trust and tendency, the bar with its limits, and, where heated, the heater. */
export function PointCard({ point }: { point: MeasuringPoint }) {
  const title = pointTitle(point.name, point.nozzle);
  const alarm = alarmOf('point', point.name);
  return (
    <article
      class={`point${alarm === undefined ? '' : ` point-alarm priority-${alarm.priority}`}`}
      data-point={point.name}
      data-signal-standing={standingOf(point.temperature).value}
    >
      <div class="point-head">
        <h3 title={signals.value.get(point.temperature)?.title}>{title}</h3>
        {alarm === undefined ? null : <AlarmSymbol priority={alarm.priority} active={alarm.active} />}
      </div>
      <Value id={point.temperature} large note={false} />
      <div class="point-trust">
        <TrustLine id={point.temperature} />
        <Rate id={point.temperature} />
      </div>
      <Bar id={point.temperature} setpoint={point.heater?.setpoint ?? null} title={title} />
      <Sparkline id={point.temperature} />
      {point.heater === null ? null : (
        <dl class="facts">
          <SettingRow id={point.heater.setpoint} label={say.barrel.setpoint} beside={point.temperature} />
          <Duty id={point.heater.output} />
        </dl>
      )}
    </article>
  );
}

/** Tendency over the last minute; a standing temperature says so. */
function Rate({ id }: { id: string }) {
  void recentVersion.value;
  const rate = currentNumber(id) === null ? null : recent.ratePerMinute(id, plantNowMs());
  if (rate === null) return <p class="rate" />;
  return <p class="rate">{Math.abs(rate) < 0.3 ? say.barrel.steady : say.barrel.rate(signedText(rate, 1))}</p>;
}
