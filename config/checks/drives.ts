import { sound } from '../draft.ts';
import type { FaultPath } from '../fault.ts';
import type { Entry } from '../schema/document.ts';
import type { Context, Wanted } from './context.ts';
import { bitIn, bitOut, checkWithin, ownSignal, type Owners } from './parts.ts';

const wanted = {
  setpoint: { direction: 'setting', type: 'Double', unit: 'rpm' },
  command: { direction: 'output', type: 'Double', unit: 'rpm' },
  reset: bitOut,
  speed: { direction: 'input', type: 'Double', unit: 'rpm' },
  current: { direction: 'input', type: 'Double', unit: 'A' },
  running: bitIn,
  fault: { direction: 'input', type: ['UInt16', 'UInt32', 'Double'] },
} as const satisfies Readonly<Record<string, Wanted>>;

/** Drives: each has its signals on one module, and its limits lie within what these can say. */
export function checkDrives(context: Context, owners: Owners): void {
  for (const [id, drive] of sound(context.draft.drives)) checkDrive(context, owners, id, drive);
}

function checkDrive(context: Context, owners: Owners, id: string, drive: Entry<'drives'>): void {
  const at = (key: string): FaultPath => ['drives', id, key];
  const own = context.draft.signals.get(drive.command)?.source?.module;
  const keys = Object.keys(wanted) as (keyof typeof wanted)[];
  const found = new Set(keys.filter((key) => ownSignal(context, owners, drive[key], wanted[key], at(key)) !== null));
  for (const key of found) {
    const module = context.draft.signals.get(drive[key])?.source?.module;
    if (module !== undefined && own !== undefined && module !== own) {
      context.report(
        at(key),
        `is ${drive[key]} on ${module}, but the drive is commanded on ${own}; take a channel of ${own}`,
      );
    }
  }
  if (found.has('setpoint')) checkWithin(context, drive.setpoint, drive.maximumRpm, at('maximumRpm'));
  if (found.has('command')) {
    checkWithin(context, drive.command, drive.maximumRpm, at('maximumRpm'));
    checkWithin(context, drive.command, drive.maximumManualRpm, at('maximumManualRpm'));
  }
  if (found.has('current')) checkWithin(context, drive.current, drive.overloadA, at('overloadA'));
}
