import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AlarmEvent } from '../../machine/alarms/alarm.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import type { MachineView, ViewListener } from '../../machine/ports.ts';
import type { Sample, SignalDeclaration, SignalUpdate } from '../../machine/signal.ts';
import type { HistorianLog, HistorianOptions, Pace } from '../../historian/settings.ts';

/** A machine that is told by the test what happens to it. */
export interface FakeMachine extends MachineView {
  readonly samples: Map<string, Sample>;
  publish(...updates: SignalUpdate[]): void;
  raise(event: AlarmEvent): void;
}

export function signal(id: string, more: Partial<SignalDeclaration> = {}): SignalDeclaration {
  return {
    id,
    title: id,
    direction: 'input',
    type: 'Double',
    unit: '°C',
    history: { deadband: 0, atLeastEverySeconds: 10 },
    enabled: true,
    simulated: true,
    ...more,
  };
}

export function fakeMachine(...signals: SignalDeclaration[]): FakeMachine {
  const listeners = new Set<ViewListener>();
  const samples = new Map<string, Sample>();
  const declaration = { id: 'tvemicro', site: 'hall 3', signals: new Map(signals.map((each) => [each.id, each])) };
  return {
    declaration: declaration as unknown as MachineDeclaration,
    samples,
    status: {} as MachineView['status'],
    controlAlive: true,
    alarms: [],
    modules: [],
    zones: [],
    drives: [],
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    publish(...updates) {
      for (const { signal, ...sample } of updates) samples.set(signal, sample);
      for (const listener of listeners) listener.signals?.(updates);
    },
    raise(event) {
      for (const listener of listeners) listener.alarm?.(event);
    },
  };
}

export function good(id: string, atMs: number, value: Sample['value']): SignalUpdate {
  return { signal: id, value, quality: 'Good', sourceTimeMs: atMs };
}

/** Warnings and errors, for tests to look at. */
export function listeningLog(): HistorianLog & { readonly lines: { context: object; message: string }[] } {
  const lines: { context: object; message: string }[] = [];
  const note = (context: object, message: string): void => void lines.push({ context, message });
  return { lines, info: () => undefined, warn: note, error: note };
}

/** Ticks and requests fast enough for a test. */
export const testPace: Partial<Pace> = {
  commitMs: 20,
  tickMs: 50,
  sendMs: 20,
  retryMs: [20, 200],
  requestMs: 2_000,
  steadyClockMs: 0,
};

export function historianOptions(
  dataDir: string,
  machine: MachineView,
  more: Partial<HistorianOptions> = {},
): HistorianOptions {
  return {
    machine,
    dataDir,
    target: null,
    rawRetentionDays: 30,
    spoolMaximumBytes: 100_000_000,
    log: listeningLog(),
    clock: { wallMs: () => Date.now() },
    ...more,
    pace: { ...testPace, ...more.pace },
  };
}

/** A folder that is gone after the test. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'tve-historian-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Waits until `holds`, asking often; fails with what it was after the deadline. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, deadlineMs = 8_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`In ${deadlineMs} ms it did not come to: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
