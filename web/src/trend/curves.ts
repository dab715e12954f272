import uPlot, { type Options } from 'uplot';
import { say } from '../language/language.ts';
import type { MeasuringPoint } from '../signals/arrangement.ts';

/** How one signal is drawn: pens differ in colour, width and dash, so that none is told by its colour alone. */
export interface Curve {
  readonly id: string;
  /** Number of the pen in the style sheet, 1…6. */
  readonly pen: number;
  readonly width: number;
  readonly dash: readonly number[];
  /** A setting jumps; what is measured goes steadily from point to point. */
  readonly stepped: boolean;
}

const penCount = 6;

/** Heated zones get the strong pens and their setpoints the same pen, fine and dotted; what is not heated is thin. */
export function curvesOf(points: readonly MeasuringPoint[]): Curve[] {
  let zone = 0;
  let other = 0;
  return points.flatMap((point): Curve[] => {
    if (point.heater === null) {
      const dashes = [
        [7, 4],
        [2, 3],
        [10, 3, 2, 3],
      ];
      return [
        {
          id: point.temperature,
          pen: penCount,
          width: 1.5,
          dash: dashes[other++ % dashes.length] ?? [],
          stepped: false,
        },
      ];
    }
    const pen = (zone++ % (penCount - 1)) + 1;
    return [
      { id: point.temperature, pen, width: 2.5, dash: [], stepped: false },
      { id: point.heater.setpoint, pen, width: 1, dash: [3, 3], stepped: true },
    ];
  });
}

const stepped = uPlot.paths.stepped?.({ align: 1 });

export function chartOptions(curves: readonly Curve[], size: { width: number; height: number }): Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--ink-2'),
    grid: { stroke: colour('--line-soft'), width: 1 },
    ticks: { stroke: colour('--line-soft'), width: 1 },
    font: `13px ${style.fontFamily}`,
  };
  const time = new Intl.DateTimeFormat(say.locale, { hour: '2-digit', minute: '2-digit' });
  return {
    ...size,
    legend: { show: false },
    cursor: { show: false },
    padding: [12, 14, 0, 0],
    scales: {
      x: { time: true },
      // Never stretched so far that noise looks like a change: at least 20 K, and a little air above and below.
      y: { range: (_chart, low, high) => withAir(low ?? 0, high ?? 100) },
    },
    series: [
      {},
      ...curves.map((curve) => ({
        stroke: colour(`--pen-${curve.pen}`),
        width: curve.width,
        dash: [...curve.dash],
        points: { show: false },
        spanGaps: false,
        ...(curve.stepped && stepped !== undefined ? { paths: stepped } : {}),
      })),
    ],
    axes: [
      { ...axis, values: (_chart, seconds) => seconds.map((s) => time.format(s * 1000)), space: 80, size: 30 },
      { ...axis, values: (_chart, values) => values.map((value) => `${value} °C`), size: 62 },
    ],
  };
}

function withAir(low: number, high: number): [number, number] {
  const missing = Math.max(0, 20 - (high - low)) / 2;
  return [Math.floor((low - missing) / 10) * 10, Math.ceil((high + missing) / 10) * 10];
}
