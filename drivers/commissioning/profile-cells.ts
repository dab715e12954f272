import { countOf } from '../codec/channel-value.ts';
import type { IdentityMark, ProfileDeclaration } from '../declaration.ts';
import { outputPoint } from '../module/output-kinds.ts';
import { type Cell, cellKey } from '../plan/read-plan.ts';

/** Where the inputs of a register map lie. */
export function inputCells({ inputs }: ProfileDeclaration): Cell[] {
  return Object.values(inputs).map((channel) => ({
    area: channel.area,
    address: channel.address,
    count: countOf(channel),
  }));
}

/** Everything of a register map that can be read: inputs, outputs read back, status and the watchdog's settings. */
export function cellsOf(profile: ProfileDeclaration): Cell[] {
  const { outputs, status, watchdog } = profile;
  const points = Object.values(outputs).map((output) => outputPoint('any', output));
  const cells: Cell[] = [
    ...inputCells(profile),
    ...points.flatMap((point) => [...point.contributions, ...point.watched]),
    ...status.map(({ area, address }) => ({ area, address, count: 1 })),
    ...(watchdog === null
      ? []
      : [
          { area: 'holding' as const, address: watchdog.address },
          watchdog.safeState === null ? undefined : { area: 'holding' as const, ...watchdog.safeState },
          watchdog.enable,
          watchdog.status,
        ].flatMap((place) => (place === undefined ? [] : [{ area: place.area, address: place.address, count: 1 }]))),
  ];
  const distinct = new Map(
    cells.map(({ area, address, count }) => [cellKey({ area, address, count }), { area, address, count }]),
  );
  return [...distinct.values()];
}

export function markCell(mark: IdentityMark): Cell {
  return { area: mark.area, address: mark.address, count: 'registers' in mark ? mark.registers : 1 };
}
