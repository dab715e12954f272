import { say } from '../language/language.ts';
import { arrangement } from '../live/arranged.ts';
import { currentBoolean, currentNumber } from '../live/plant.ts';
import type { MeasuringPoint } from '../signals/arrangement.ts';

/** The machine in outline, one piece for each measuring point. What turns is filled; heater bands fill with their duty. */
export function BarrelDrawing({ points }: { points: readonly MeasuringPoint[] }) {
  const main = arrangement.value.drives[0];
  const turning = main !== undefined && currentBoolean(main.running) === true;
  return (
    <div class="drawing" role="img" aria-label={say.barrel.material} style={{ '--points': points.length }}>
      {points.map((point) => (
        <svg key={point.name} viewBox="0 0 100 60" preserveAspectRatio="none" aria-hidden="true">
          {point.name === 'motor' && <Motor turning={turning} />}
          {point.name === 'feed' && <Feed turning={turning} />}
          {point.name !== 'motor' && point.name !== 'feed' && <Section point={point} turning={turning} />}
        </svg>
      ))}
    </div>
  );
}

function Motor({ turning }: { turning: boolean }) {
  return (
    <>
      <rect class={turning ? 'drawn-filled' : 'drawn'} x="8" y="18" width="52" height="34" rx="2" />
      <path class="drawn-fine" d="M18 18v34M28 18v34M38 18v34M48 18v34" />
      <path class="drawn" d="M60 22h22v26H60z" />
      <path class="drawn" d="M82 31h18v8H82z" />
    </>
  );
}

function Feed({ turning }: { turning: boolean }) {
  return (
    <>
      <path class="drawn" d="M26 2h48L60 18v5H40v-5z" />
      <path class="drawn" d="M0 23h100v24H0z" />
      <Screw turning={turning} />
    </>
  );
}

function Section({ point, turning }: { point: MeasuringPoint; turning: boolean }) {
  const duty = point.heater === null ? null : currentNumber(point.heater.output);
  return (
    <>
      <path class="drawn" d={point.nozzle ? 'M0 23h78l16 8v8l-16 8H0z' : 'M0 23h100v24H0z'} />
      <Screw turning={turning} short={point.nozzle} />
      {point.heater === null
        ? null
        : [14, 50].map((y) => (
            <g key={y}>
              <rect class="drawn" x="12" y={y} width="62" height="6" />
              <rect
                class="drawn-filled"
                x="12"
                y={y}
                width={(62 * Math.min(100, Math.max(0, duty ?? 0))) / 100}
                height="6"
              />
            </g>
          ))}
    </>
  );
}

function Screw({ turning, short = false }: { turning: boolean; short?: boolean }) {
  const flights = short ? [4, 20, 36, 52] : [4, 20, 36, 52, 68, 84];
  return (
    <>
      <path class="drawn-fine" d={short ? 'M0 33h70M0 37h70' : 'M0 33h100M0 37h100'} />
      {flights.map((x) => (
        <path key={x} class={turning ? 'drawn-filled' : 'drawn-fine'} d={`M${x} 44l6-18h5l-6 18z`} />
      ))}
    </>
  );
}
