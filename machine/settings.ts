import { valueFault } from './commands/value-fault.ts';
import type { RetainedState } from './core.ts';
import type { MachineDeclaration } from './declaration.ts';
import type { Cell, Image } from './image.ts';
import type { Now, SignalValue } from './signal.ts';

/** What people asked for, kept over a restart. A setting may be weeks old and valid. */
export class Settings {
  readonly #image: Image;
  readonly #cells: readonly Cell[];
  readonly #heating: Cell;
  /** Something changed since the state was last asked for. */
  changed = false;

  /** Heating is never resumed: its switch starts off, whatever was kept. */
  constructor(declaration: MachineDeclaration, image: Image, retained: RetainedState | null, now: Now) {
    this.#image = image;
    this.#heating = image.cell(declaration.heating.enabled);
    this.#cells = [...image.cells()].filter((cell) => cell.declaration.direction === 'setting');
    for (const cell of this.#cells) {
      const { id, setting } = cell.declaration;
      const kept = id === declaration.heating.enabled ? false : retained?.settings[id];
      // a value that today's configuration would refuse is not taken over from yesterday's
      const isValid = kept !== undefined && kept !== null && valueFault(cell.declaration, kept) === null;
      const value = isValid ? kept : (setting?.initial ?? null);
      image.put(cell, value, 'Good', (isValid ? retained?.settingTimesMs[id] : undefined) ?? now.wallMs);
    }
  }

  /** The switch for heating shows what heating does: a trip puts it off. */
  showHeating(on: boolean, wallMs: number): void {
    if (this.#heating.sample.value !== on) this.set(this.#heating, on, wallMs);
  }

  set(cell: Cell, value: SignalValue, wallMs: number): void {
    this.changed ||= cell.sample.value !== value;
    this.#image.put(cell, value, 'Good', wallMs);
  }

  retained(): Pick<RetainedState, 'settings' | 'settingTimesMs'> {
    const settings: Record<string, SignalValue> = {};
    const settingTimesMs: Record<string, number> = {};
    for (const { declaration, sample } of this.#cells) {
      settings[declaration.id] = sample.value;
      settingTimesMs[declaration.id] = sample.sourceTimeMs;
    }
    return { settings, settingTimesMs };
  }
}
