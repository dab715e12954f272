import type { FieldDeclaration, LineDeclaration, ModuleDeclaration } from '../declaration.ts';
import type { FieldClock, FieldLog } from '../field.ts';
import { FieldModule } from '../module/field-module.ts';
import { RateLimitedLog } from '../rate-limited-log.ts';
import { lineCost } from '../plan/line-cost.ts';
import { loadWords, type ModulePlan, planLoad } from '../plan/line-load.ts';

/** Nothing is opened, so time stands still and nobody says anything. */
const still: FieldClock = { monotonicMs: () => 0, wallMs: () => 0 };
const silent: FieldLog = { info: () => {}, warn: () => {} };

/** A line, and how much of its time the declared plan takes before a single connection is opened. */
export interface DeclaredLoad extends ReturnType<typeof planLoad> {
  readonly line: LineDeclaration;
  readonly words: string;
}

/** @throws RangeError when a value of a module does not fit into one of its requests */
export function declaredLoads(field: FieldDeclaration): DeclaredLoad[] {
  return field.lines.map((line) => {
    const plans = field.modules
      .filter((module) => module.line === line.id)
      .map((module) => declaredPlan(field, line, module));
    const load = planLoad(line, plans, field.commandPeriodMs ?? null);
    return { line, ...load, words: loadWords(line, load) };
  });
}

function declaredPlan(field: FieldDeclaration, line: LineDeclaration, module: ModuleDeclaration): ModulePlan {
  const log = new RateLimitedLog(silent, still);
  return new FieldModule(module, field.bindings, lineCost(line), still, log, () => {}).plan();
}
