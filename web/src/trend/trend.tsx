import { effect, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { say } from '../language/language.ts';
import { arrangement } from '../live/arranged.ts';
import { preload, recent, recentVersion } from '../live/recent.ts';
import { plantNowMs, tickSeconds } from '../live/clock.ts';
import type { MeasuringPoint } from '../signals/arrangement.ts';
import { pointTitle } from '../signals/title.ts';
import { chartOptions, curvesOf, type Curve } from './curves.ts';

const spans = [5, 10, 30];

/** All temperatures over the last minutes. A gap is a gap: no line runs on over what nobody knows. */
export function Trend() {
  const minutes = useSignal(10);
  const { points } = arrangement.value;
  const curves = curvesOf(points);
  return (
    <section class="panel trend" aria-labelledby="trend-title">
      <div class="panel-head">
        <h2 id="trend-title">{say.trend.title}</h2>
        <Legend points={points} curves={curves} />
        <div class="choice-options" role="group" aria-label={say.trend.span}>
          {spans.map((span) => (
            <button
              key={span}
              type="button"
              class="button"
              aria-pressed={minutes.value === span}
              onClick={() => void (minutes.value = span)}
            >
              {say.trend.minutes(span)}
            </button>
          ))}
        </div>
      </div>
      <Chart key={points.map((point) => point.name).join()} curves={curves} minutes={minutes} />
      {preload.value === 'unavailable' ? <p class="quiet">{say.trend.unavailable}</p> : null}
    </section>
  );
}

function Chart({ curves, minutes }: { curves: readonly Curve[]; minutes: { readonly value: number } }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = place.current;
    if (box === null) return undefined;
    const size = () => ({ width: box.clientWidth, height: box.clientHeight });
    let chart = new uPlot(chartOptions(curves, size()), [[]], box);
    const paint = (): void => {
      const toMs = plantNowMs();
      const fromMs = toMs - minutes.value * 60_000;
      const { timesMs, values } = recent.columns(
        curves.map((curve) => curve.id),
        fromMs,
      );
      chart.setData([timesMs.map((ms) => ms / 1000), ...values], false);
      chart.setScale('x', { min: fromMs / 1000, max: toMs / 1000 });
    };
    const stopPainting = effect(() => {
      void recentVersion.value;
      void tickSeconds.value;
      paint();
    });
    const resized = new ResizeObserver(() => chart.setSize(size()));
    resized.observe(box);
    // Pens and axes take their colours from the style sheet once: with another theme the chart is made anew.
    const theme = window.matchMedia('(prefers-color-scheme: dark)');
    const repaint = (): void => {
      chart.destroy();
      chart = new uPlot(chartOptions(curves, size()), [[]], box);
      paint();
    };
    theme.addEventListener('change', repaint);
    return () => {
      theme.removeEventListener('change', repaint);
      resized.disconnect();
      stopPainting();
      chart.destroy();
    };
  }, []);
  return <div class="chart" ref={place} role="img" aria-label={say.trend.chart} />;
}

function Legend({ points, curves }: { points: readonly MeasuringPoint[]; curves: readonly Curve[] }) {
  return (
    <ul class="legend" aria-label={say.trend.curves}>
      {points.map((point) => {
        const curve = curves.find((entry) => entry.id === point.temperature);
        return curve === undefined ? null : (
          <li key={point.name}>
            <svg viewBox="0 0 36 8" aria-hidden="true" class={`pen pen-${curve.pen}`}>
              <path d="M0 4h36" stroke-width={curve.width} stroke-dasharray={curve.dash.join(' ')} />
            </svg>
            {pointTitle(point.name, point.nozzle)}
          </li>
        );
      })}
    </ul>
  );
}
