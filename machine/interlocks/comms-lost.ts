import type { IoModule } from '../acquisition/io-module.ts';
import type { AlarmEngine } from '../alarms/engine.ts';
import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Guard, GuardGround } from './guard.ts';

/**
 * A module that does not answer within its freshness limit, and a line on which none does. A lost line is one alarm: the
 * alarms of its modules are suppressed under it. Trips `staleTripSeconds` after the loss.
 */
export function guardLines({ declaration, equipment, alarms }: GuardGround): Guard {
  const lines = declaration.lines.map((line) => ({
    point: alarms.point(alarmNames.commsLost(line.id)),
    modules: equipment.modules.filter((module) => module.line === line.id),
  }));
  const tripMs = declaration.guards.staleTripSeconds * 1_000;
  return ({ nowMs }) => {
    for (const { point, modules } of lines) {
      let lost = modules.length > 0;
      let known = true;
      let sinceMs = nowMs;
      for (const module of modules) {
        lost &&= module.lost;
        known &&= module.graceIsOver(nowMs);
        sinceMs = Math.min(sinceMs, module.lostSinceMs ?? nowMs);
      }
      point.report(known ? lost : null, lost && nowMs - sinceMs >= tripMs);
    }
  };
}

export function guardModules({ declaration, equipment, alarms }: GuardGround): Guard {
  const tripMs = declaration.guards.staleTripSeconds * 1_000;
  const modules = equipment.modules.map((module) => ({
    module,
    others: equipment.modules.filter((other) => other.line === module.line && other !== module),
    point: alarms.point(alarmNames.commsLost(module.id)),
    line: alarmNames.commsLost(module.line),
  }));
  return ({ nowMs }) => {
    for (const { module, others, point, line } of modules) {
      const trips = module.lost && nowMs - (module.lostSinceMs ?? nowMs) >= tripMs;
      module.lossIsUndecided = module.lost && !trips && !lineIsDecided(module, others);
      const known = module.graceIsOver(nowMs) && !module.lossIsUndecided;
      point.report(known ? module.lost : null, trips, null, null, line);
    }
  };
}

/**
 * The alarm that explains what is unknown of a module: its loss. Once the machine has tripped, also for as long as that alarm
 * outlasts the loss by its off-delay, since a module that answers again delivers one thing after the other.
 */
export function explainingLoss(module: IoModule, alarms: AlarmEngine): string | null {
  return module.lost || alarms.tripLatched ? alarmNames.commsLost(module.id) : null;
}

/**
 * Whether it is known already if the whole line is gone or this module alone: the others were lost too, or one of them
 * answered well after this one fell silent. Until then its alarm waits, so that one cut cable rings once.
 */
function lineIsDecided(module: IoModule, others: readonly IoModule[]): boolean {
  if (others.every((other) => other.lost)) return true;
  const lastMs = module.lastAnswerAtMs ?? 0;
  return others.some((other) => !other.lost && (other.lastAnswerAtMs ?? 0) > lastMs + module.limitMs / 2);
}
