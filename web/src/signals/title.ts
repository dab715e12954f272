import { say } from '../language/language.ts';
import { signals } from '../live/plant.ts';

/** What a signal is called: as the machine's configuration says, else its id. */
export function titleOf(id: string): string {
  return signals.value.get(id)?.title ?? id;
}

export function unitOf(id: string): string {
  return signals.value.get(id)?.unit ?? '';
}

/** The short name of a measuring point on the barrel. */
export function pointTitle(name: string, nozzle: boolean): string {
  const known = say.barrel.points[name];
  if (known !== undefined) return known;
  const zone = /^zone(\d+)$/.exec(name)?.[1];
  const title = zone === undefined ? name : say.barrel.zone(zone);
  return nozzle ? `${title}, ${say.barrel.nozzle}` : title;
}
