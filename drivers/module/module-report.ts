import type { ModuleReport, PlannedBlock, RefusedCells, RegisterRange } from '../../operations/ports/field-report.ts';
import type { FieldClock } from '../field.ts';
import type { Block } from '../plan/read-plan.ts';
import { exceptionMeaning } from '../wire/errors.ts';
import { functionOf } from '../wire/request.ts';
import type { BlockReader, Hole } from './block-reader.ts';
import type { FieldModule } from './field-module.ts';

/** How one module stands and what is asked of it, as of now. */
export function moduleReport(module: FieldModule, clock: FieldClock): ModuleReport {
  const { id, unit, pollPeriodMs } = module.declaration;
  const readers: readonly { reads: PlannedBlock['reads']; reader: BlockReader; periodMs: number }[] = [
    ...module.inputReaders.map((own) => ({ reads: 'inputs' as const, ...own })),
    { reads: 'outputs', reader: module.outputs.reader, periodMs: pollPeriodMs },
  ];
  const sinceToWallMs = clock.wallMs() - clock.monotonicMs();
  return {
    id,
    statistics: module.statisticsNow(),
    unit,
    standing: module.standing,
    standingSinceMs: module.standingSinceMs,
    watchdog: module.watchdogState,
    verified: module.status().verified,
    blocks: readers.flatMap(({ reads, reader, periodMs }) =>
      reader.blocks.map((block) => planned(reads, block, periodMs)),
    ),
    holes: readers.flatMap(({ reader }) => reader.holes.map((hole) => refused(hole, sinceToWallMs))),
  };
}

function planned(reads: PlannedBlock['reads'], block: Block, periodMs: number): PlannedBlock {
  const { area, address, count } = block;
  const cells = block.cells.map((cell): RegisterRange => ({ address: cell.address, count: cell.count }));
  return {
    reads,
    functionCode: functionOf({ kind: 'read', area, address, count }),
    area,
    address,
    count,
    periodMs,
    cells,
    readOver: between(block),
  };
}

/** What no cell of the block declares. */
function between({ address, count, cells }: Block): RegisterRange[] {
  const gaps: RegisterRange[] = [];
  let endsAt = address;
  for (const cell of cells) {
    if (cell.address > endsAt) gaps.push({ address: endsAt, count: cell.address - endsAt });
    endsAt = Math.max(endsAt, cell.address + cell.count);
  }
  if (endsAt < address + count) gaps.push({ address: endsAt, count: address + count - endsAt });
  return gaps;
}

function refused({ cell, exception, sinceMs }: Hole, sinceToWallMs: number): RefusedCells {
  const { area, address, count } = cell;
  return { area, address, count, exception, meaning: exceptionMeaning(exception), sinceMs: sinceMs + sinceToWallMs };
}
