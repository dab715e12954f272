import type { AlarmDeclaration } from './alarm.ts';

/** Sorts declarations along `order`; those that it does not name come last, as they were. */
export function causesFirst(declarations: readonly AlarmDeclaration[], order: readonly string[]): AlarmDeclaration[] {
  const places = new Map(order.map((id, place) => [id, place]));
  const placeOf = (alarm: AlarmDeclaration): number => places.get(alarm.id) ?? order.length;
  return declarations.toSorted((one, other) => placeOf(one) - placeOf(other));
}
