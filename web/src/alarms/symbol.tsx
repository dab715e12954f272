import { say } from '../language/language.ts';

/** Each priority has its colour, its shape and its number: nobody has to tell colours apart. */
const shapes: Readonly<Record<number, string>> = {
  1: 'M16 2 31 29H1z',
  2: 'M16 1 31 16 16 31 1 16z',
  3: 'M16 2a14 14 0 1 0 0 28 14 14 0 1 0 0-28z',
  4: 'M3 3h26v26H3z',
};

export function AlarmSymbol({ priority, active }: { priority: number; active: boolean }) {
  const known = shapes[priority] === undefined ? 4 : priority;
  return (
    <svg
      class={`alarm-symbol priority-${known}${active ? '' : ' alarm-symbol-gone'}`}
      viewBox="0 0 32 32"
      role="img"
      aria-label={say.alarms.priority(priority, say.alarms.priorities[priority] ?? '')}
    >
      <path d={shapes[known]} />
      <text x="16" y={known === 1 ? 25 : 22} text-anchor="middle">
        {priority}
      </text>
    </svg>
  );
}
