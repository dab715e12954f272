import type { HeaterModel, ZoneDeclaration } from '../declaration.ts';

/**
 * The heater model as one zone uses it: first order plus dead time, and by how much each of the zones that warm it lifts it
 * in the end, in K per K of their excess, in the order of `Zone.warmers`.
 */
export interface ZoneModel extends Omit<HeaterModel, 'coupling'> {
  readonly liftKPerK: readonly number[];
}

/** The zones that warm `id`, with their declared lift. */
export function warmersOf(id: string, zones: readonly ZoneDeclaration[]): { id: string; kPerK: number }[] {
  return zones.flatMap((zone) =>
    zone.model.coupling.filter((each) => each.zone === id).map(({ kPerK }) => ({ id: zone.id, kPerK })),
  );
}

/** What the configuration says of a zone's heater. */
export function nominalModel({ id, model }: ZoneDeclaration, zones: readonly ZoneDeclaration[]): ZoneModel {
  const { gainKPerPercent, timeConstantSeconds, deadTimeSeconds, ambientC } = model;
  const liftKPerK = warmersOf(id, zones).map(({ kPerK }) => kPerK);
  return { gainKPerPercent, timeConstantSeconds, deadTimeSeconds, ambientC, liftKPerK };
}
