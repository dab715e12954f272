import type { ReadArea } from '../declaration.ts';

/** Registers (or bits) that belong together and are never split over two requests: a value of one or two registers. */
export interface Cell {
  readonly area: ReadArea;
  readonly address: number;
  readonly count: number;
}

/** One request: `count` registers or bits from `address`, with the cells that it carries. */
export interface Block extends Cell {
  readonly cells: readonly Cell[];
}

/** What one request costs on a line, in ms. */
export interface RequestCost {
  readonly requestMs: number;
  readonly registerMs: number;
}

export interface ReadLimits {
  readonly registers: number;
  readonly bits: number;
  /** Undeclared registers or bits that may be read over between two cells; 0: none. */
  readonly gap: number;
}

/** MODBUS Application Protocol V1.1b3, 6.1 and 6.3. */
const protocolLimits = { registers: 125, bits: 2000 };

export function cellKey(cell: Cell): string {
  return `${cell.area} ${cell.address} ${cell.count}`;
}

/**
 * The cheapest requests that read every cell: sorted by area and address, then split by dynamic programming over where
 * one request ends. Only what is declared is read, since modules answer exception 2 to registers that they don't have,
 * unless the profile says that gaps may be read over.
 *
 * @throws RangeError when a single cell exceeds the limits
 */
export function planReads(cells: readonly Cell[], limits: ReadLimits, cost: RequestCost): Block[] {
  const areas: ReadArea[] = ['discrete', 'coil', 'input', 'holding'];
  return areas.flatMap((area) => planArea(distinct(cells.filter((cell) => cell.area === area)), limits, cost));
}

function planArea(cells: readonly Cell[], limits: ReadLimits, cost: RequestCost): Block[] {
  const [first] = cells;
  if (first === undefined) return [];
  const isBits = first.area === 'coil' || first.area === 'discrete';
  const limit = isBits
    ? Math.min(limits.bits, protocolLimits.bits)
    : Math.min(limits.registers, protocolLimits.registers);
  const unitMs = isBits ? cost.registerMs / 16 : cost.registerMs;

  // best[n]: the cheapest plan of the first n cells, as its cost and the number of cells before its last block.
  const best: { readonly costMs: number; readonly before: number }[] = [{ costMs: 0, before: 0 }];
  const joined = joins(cells, limits.gap);
  for (let last = 0; last < cells.length; last++) {
    let choice = { costMs: Number.POSITIVE_INFINITY, before: -1 };
    let endsAt = 0;
    for (let from = last; from >= 0; from--) {
      const cell = cells[from] ?? first;
      endsAt = Math.max(endsAt, cell.address + cell.count);
      const count = endsAt - cell.address;
      if (count > limit) break;
      const costMs = (best[from]?.costMs ?? Number.POSITIVE_INFINITY) + cost.requestMs + count * unitMs;
      if (costMs < choice.costMs) choice = { costMs, before: from };
      if (joined[from] !== true) break;
    }
    if (choice.before < 0) throw new RangeError(`${cellKey(cells[last] ?? first)} exceeds ${limit} in one request`);
    best.push(choice);
  }

  const blocks: Block[] = [];
  for (let end = cells.length; end > 0;) {
    const before = best[end]?.before ?? 0;
    const carried = cells.slice(before, end);
    blocks.unshift({ area: first.area, ...spanOf(carried), cells: carried });
    end = before;
  }
  return blocks;
}

/** For each cell, whether it may share a request with the one before it: no gap wider than allowed lies between. */
function joins(cells: readonly Cell[], gap: number): boolean[] {
  let endsAt = Number.NEGATIVE_INFINITY;
  return cells.map((cell) => {
    const joined = cell.address - endsAt <= gap;
    endsAt = Math.max(endsAt, cell.address + cell.count);
    return joined;
  });
}

function spanOf(cells: readonly Cell[]): { address: number; count: number } {
  const address = Math.min(...cells.map((cell) => cell.address));
  return { address, count: Math.max(...cells.map((cell) => cell.address + cell.count)) - address };
}

function distinct(cells: readonly Cell[]): Cell[] {
  const byKey = new Map(cells.map((cell) => [cellKey(cell), cell]));
  return [...byKey.values()].toSorted((a, b) => a.address - b.address || a.count - b.count);
}
