import type { FieldDeclaration } from '../../drivers/declaration.ts';
import { type DeclaredLoad, declaredLoads } from '../../drivers/line/declared-load.ts';
import { isPaced } from '../../drivers/plan/line-cost.ts';
import type { Report } from '../fault.ts';

/**
 * A serial line whose polls alone take more than all its time can't deliver its values at their pace. Less than that is
 * said while the machine runs, not refused: how often outputs really change is not known here.
 */
export function checkLoad(field: FieldDeclaration, report: Report): void {
  for (const { line, pollPercent, words } of loadsOf(field, report)) {
    if (!isPaced(line) || pollPercent <= 100) continue;
    const modules = field.modules.filter((module) => module.line === line.id).map(({ id }) => id);
    report(
      ['lines', line.id],
      `has too much to do. ${words}. Raise pollPeriodMs of ${modules.join(', ')} or the baud rate, or put modules on another line`,
    );
  }
}

function loadsOf(field: FieldDeclaration, report: Report): readonly DeclaredLoad[] {
  try {
    return declaredLoads(field);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report(['modules'], `can not be polled: ${error.message}; raise the limits in the register map`);
    return [];
  }
}
