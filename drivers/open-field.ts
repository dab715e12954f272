import type { FieldReading, OutputImage } from '../machine/field.ts';
import type { FieldDeclaration } from './declaration.ts';
import { lineReport } from './line/line-report.ts';
import { moduleReport } from './module/module-report.ts';
import type { Field, FieldClock, FieldLog } from './field.ts';
import { Line } from './line/line.ts';
import { FieldModule } from './module/field-module.ts';
import { lineCost } from './plan/line-cost.ts';
import { RateLimitedLog } from './rate-limited-log.ts';

/**
 * All lines and modules of one machine. Nothing is opened before `open()`.
 *
 * @throws RangeError when a binding names a channel that its module does not have: the declaration was not checked
 */
export function openField(declaration: FieldDeclaration, clock: FieldClock, log: FieldLog): Field {
  const limited = new RateLimitedLog(log, clock);
  const listeners: ((readings: readonly FieldReading[]) => void)[] = [];
  const deliver = (readings: readonly FieldReading[]): void => {
    for (const listener of listeners) {
      try {
        listener(readings);
      } catch (error) {
        limited.warn('field', 'listener', { err: error }, 'a listener failed on readings; polling goes on');
      }
    }
  };
  const lines = declaration.lines.map((line) => {
    const modules = declaration.modules
      .filter((module) => module.line === line.id)
      .map((module) => new FieldModule(module, declaration.bindings, lineCost(line), clock, limited, deliver));
    return { declared: line, line: new Line(line, modules, clock, limited), modules };
  });
  const modules = declaration.modules.flatMap(({ id }) =>
    lines.flatMap((line) => line.modules.filter((module) => module.declaration.id === id)),
  );
  const lineReports = () =>
    lines.map((line) => lineReport(line.declared, line.line.monitor, line.modules, declaration));
  return {
    open() {
      for (const { id, load } of lineReports()) {
        if (load.warning !== null) limited.warn(id, 'load', { line: id, load }, `${id}: ${load.warning}`);
      }
      for (const { line } of lines) line.open();
    },
    onReadings(listener) {
      listeners.push(listener);
    },
    command(outputs: OutputImage) {
      for (const { line } of lines) line.command(outputs);
    },
    modules: () => modules.map((module) => module.status()),
    statistics: () => modules.map((module) => module.statisticsNow()),
    report: () => ({
      lines: lineReports(),
      modules: modules.map((module) => moduleReport(module, clock)),
    }),
    trace: (id, most) => lines.find(({ declared }) => declared.id === id)?.line.monitor.trace.newest(most) ?? null,
    async close(safe, deadlineMs) {
      const deadlineAtMs = clock.monotonicMs() + deadlineMs;
      await Promise.all(lines.map(({ line }) => line.close(safe, deadlineAtMs)));
    },
  };
}
