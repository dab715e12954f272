import { say } from '../language/language.ts';
import { arrangement } from '../live/arranged.ts';
import { BarrelDrawing } from './drawing.tsx';
import { PointCard } from './point-card.tsx';

/** The barrel from the drive to the nozzle: one card for each measuring point, below its place in the drawing. */
export function Barrel() {
  const { points } = arrangement.value;
  return (
    <section class="panel barrel" aria-labelledby="barrel-title">
      <h2 id="barrel-title" class="visually-hidden">
        {say.barrel.title}
      </h2>
      <BarrelDrawing points={points} />
      <div class="points" style={{ '--points': points.length }}>
        {points.map((point) => (
          <PointCard key={point.name} point={point} />
        ))}
      </div>
    </section>
  );
}
