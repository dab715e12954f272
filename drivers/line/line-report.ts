import type { LineReport } from '../../operations/ports/field-report.ts';
import { type FieldDeclaration, type LineDeclaration, placeOf } from '../declaration.ts';
import type { FieldModule } from '../module/field-module.ts';
import { isPaced } from '../plan/line-cost.ts';
import { loadWarning, loadWords, planLoad } from '../plan/line-load.ts';
import type { LineMonitor } from './line-monitor.ts';

/** How one line stands, as of now. */
export function lineReport(
  line: LineDeclaration,
  monitor: LineMonitor,
  modules: readonly FieldModule[],
  { commandPeriodMs }: Pick<FieldDeclaration, 'commandPeriodMs'>,
): LineReport {
  const { measuredPercent, ...state } = monitor.report();
  const load = planLoad(
    line,
    modules.map((module) => module.plan()),
    commandPeriodMs ?? null,
  );
  return {
    id: line.id,
    transport: line.transport,
    where: placeOf(line),
    baudRate: isPaced(line) ? line.baudRate : null,
    ...state,
    load: { ...load, measuredPercent, words: loadWords(line, load), warning: loadWarning(line, load) },
    modules: modules.map(({ declaration }) => declaration.id),
  };
}
