import type { IoModule } from '../acquisition/io-module.ts';
import type { AlarmEngine } from '../alarms/engine.ts';
import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText } from '../control/reason-text.ts';
import type { MachineDeclaration } from '../declaration.ts';
import type { Guard, GuardGround } from './guard.ts';

/**
 * A module that does not answer within its freshness limit, and a line on which none does. A lost line is one alarm: the
 * alarms of its modules are suppressed under it. Trips `staleTripSeconds` after the loss.
 */
export function guardLines({ declaration, equipment, alarms }: GuardGround): Guard {
  const silence = new Silence(declaration);
  const lines = declaration.lines.map((line) => ({
    point: alarms.point(alarmNames.commsLost(line.id)),
    modules: equipment.modules.filter((module) => module.line === line.id),
  }));
  for (const { point, modules } of lines) {
    const names = modules.map(({ id }) => id).join(', ');
    point.explain = () => `${silence.of(modules)} on its line: none of ${names} answers.`;
  }
  const tripMs = declaration.guards.staleTripSeconds * 1_000;
  return ({ nowMs }) => {
    silence.nowMs = nowMs;
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
  const silence = new Silence(declaration);
  for (const { point, module } of modules)
    point.explain = () => `${silence.of([module])} from module ${module.id}.${driverWords(module)}`;
  return ({ nowMs }) => {
    silence.nowMs = nowMs;
    for (const { module, others, point, line } of modules) {
      const trips = module.lost && nowMs - (module.lostSinceMs ?? nowMs) >= tripMs;
      module.lossIsUndecided = module.lost && !trips && !lineIsDecided(module, others);
      const known = module.graceIsOver(nowMs) && !module.lossIsUndecided;
      point.report(known ? module.lost : null, trips, null, null, line);
    }
  };
}

/** What the driver says of a module that does not answer. */
function driverWords({ status }: IoModule): string {
  if (status === null) return '';
  const demoted = status.demoted ? ' It is demoted: only probed, until it answers again.' : '';
  return status.lastError === null ? demoted : `${demoted} Last error: ${status.lastError}.`;
}

/** Says how long modules have been silent. */
class Silence {
  nowMs = 0;
  readonly #tripSeconds: number;

  constructor({ guards }: MachineDeclaration) {
    this.#tripSeconds = guards.staleTripSeconds;
  }

  of(modules: readonly IoModule[]): string {
    const limit = numberText(Math.min(...modules.map(({ limitMs }) => limitMs)) / 1_000);
    const answers = modules.flatMap(({ lastAnswerAtMs }) => lastAnswerAtMs ?? []);
    const rule = `the limit is ${limit} s, and the machine stops ${numberText(this.#tripSeconds)} s later`;
    if (answers.length === 0) return `No answer since the start (${rule})`;
    return `No answer for ${numberText((this.nowMs - Math.max(...answers)) / 1_000)} s (${rule})`;
  }
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
