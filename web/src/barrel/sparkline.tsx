import { say } from '../language/language.ts';
import { plantNowMs, tickSeconds } from '../live/clock.ts';
import { recent, recentVersion } from '../live/recent.ts';

const minutes = 10;
/** The least height of the curve in units, so that noise does not look like a change. */
const leastSpan = 5;

/** The last ten minutes as a small curve. Gaps are gaps. */
export function Sparkline({ id }: { id: string }) {
  void recentVersion.value;
  void tickSeconds.value;
  const toMs = plantNowMs();
  const fromMs = toMs - minutes * 60_000;
  const { timesMs, values } = recent.columns([id], fromMs);
  return (
    <figure class="spark">
      <svg viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">
        <path d={curve(timesMs, values[0] ?? [], fromMs, toMs)} />
      </svg>
      <figcaption>{say.barrel.curve(minutes)}</figcaption>
    </figure>
  );
}

function curve(timesMs: readonly number[], values: readonly (number | null)[], fromMs: number, toMs: number): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return '';
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  const span = Math.max(leastSpan, high - low);
  const base = (low + high - span) / 2;
  let path = '';
  let drawing = false;
  values.forEach((value, index) => {
    if (value === null) {
      drawing = false;
      return;
    }
    const x = (((timesMs[index] ?? fromMs) - fromMs) / (toMs - fromMs)) * 100;
    const y = 28 - ((value - base) / span) * 26;
    path += `${drawing ? 'L' : 'M'}${x.toFixed(2)} ${y.toFixed(2)}`;
    drawing = true;
  });
  return path;
}
