import { bounded } from './bounds.ts';
import type { ZoneModel } from './zone-model.ts';

/** What survives a restart: the learnt model with the nominal one that it was learnt from. */
export interface RetainedModel {
  readonly nominal: ZoneModel;
  readonly learnt: ZoneModel;
  readonly inForce: boolean;
}

/** What was kept for a zone, when it is a model that can have been learnt from `nominal`; null for anything else. */
export function soundRetained(kept: unknown, nominal: ZoneModel): RetainedModel | null {
  if (!isRecord(kept) || typeof kept['inForce'] !== 'boolean') return null;
  const learntFrom = readModel(kept['nominal']);
  const learnt = readModel(kept['learnt']);
  if (learntFrom === null || learnt === null || !isAlike(learntFrom, nominal)) return null;
  // what another version has kept may lie beyond today's bounds
  const isSound = learnt.liftKPerK.length === nominal.liftKPerK.length && isAlike(bounded(learnt, nominal), learnt);
  return isSound ? { nominal: learntFrom, learnt, inForce: kept['inForce'] } : null;
}

/** @param share the largest difference, as a share of the number */
export function isAlike(one: ZoneModel, other: ZoneModel, share = 1e-9): boolean {
  const [ones, others] = [numbersOf(one), numbersOf(other)];
  return (
    ones.length === others.length &&
    ones.every((number, place) => {
      const against = others[place] ?? Number.NaN;
      return Math.abs(number - against) <= share * Math.max(1, Math.abs(against));
    })
  );
}

function readModel(kept: unknown): ZoneModel | null {
  if (!isRecord(kept)) return null;
  const { gainKPerPercent, timeConstantSeconds, deadTimeSeconds, ambientC, liftKPerK } = kept;
  if (!isNumber(gainKPerPercent) || !isNumber(timeConstantSeconds) || !isNumber(deadTimeSeconds)) return null;
  if (!isNumber(ambientC) || !Array.isArray(liftKPerK) || !liftKPerK.every(isNumber)) return null;
  return { gainKPerPercent, timeConstantSeconds, deadTimeSeconds, ambientC, liftKPerK };
}

function isRecord(kept: unknown): kept is Readonly<Record<string, unknown>> {
  return typeof kept === 'object' && kept !== null;
}

function isNumber(kept: unknown): kept is number {
  return typeof kept === 'number' && Number.isFinite(kept);
}

function numbersOf({
  gainKPerPercent,
  timeConstantSeconds,
  deadTimeSeconds,
  ambientC,
  liftKPerK,
}: ZoneModel): number[] {
  return [gainKPerPercent, timeConstantSeconds, deadTimeSeconds, ambientC, ...liftKPerK];
}
