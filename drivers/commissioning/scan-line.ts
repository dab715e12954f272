import type { LineDeclaration, ProfileDeclaration, ReadArea } from '../declaration.ts';
import { BlockReader } from '../module/block-reader.ts';
import { lineCost } from '../plan/line-cost.ts';
import { cellKey } from '../plan/read-plan.ts';
import { ModbusExceptionError, ModuleSilentError } from '../wire/errors.ts';
import { type DeviceIdentification, identifyUnits } from './device-identification.ts';
import { cellsOf, markCell } from './profile-cells.ts';
import { type Proposal, proposeProfiles, rangesOf } from './propose.ts';
import { Questioner } from './questioner.ts';

/** A unit that answers, and what it seems to be. */
export interface FoundUnit {
  readonly unit: number;
  /** null: it does not know the function. */
  readonly identification: DeviceIdentification | null;
  /** Registers and bits that answered, of those that any register map has. */
  readonly ranges: readonly string[];
  readonly proposals: readonly Proposal[];
  /** It fell silent so often that it was not asked everything. */
  readonly isIncomplete: boolean;
}

/** Some modules are silent where they should refuse: so often they are asked on. */
const mostSilences = 12;
const areas: readonly ReadArea[] = ['holding', 'input', 'coil', 'discrete'];
/** Smaller blocks than the protocol allows: modules that can't do more would refuse what they have. */
const usualRegisters = 32;
const usualBits = 128;

export interface ScanProgress {
  /** Called before each unit of the first round. */
  readonly asking?: (unit: number) => void;
  readonly answered?: (unit: number) => void;
}

/**
 * Finds out which units of a line answer, and what they are. Nothing is ever written.
 *
 * @param line  with a short time-out: every unit that is not there costs one
 * @throws LineClosedError when the line can't be opened
 */
export async function scanLine(
  line: LineDeclaration,
  units: readonly number[],
  profiles: readonly ProfileDeclaration[],
  progress: ScanProgress = {},
): Promise<FoundUnit[]> {
  const questioner = new Questioner(line);
  try {
    await questioner.open();
    const answering: number[] = [];
    for (const unit of units) {
      progress.asking?.(unit);
      if (!(await answers(questioner, unit))) continue;
      answering.push(unit);
      progress.answered?.(unit);
    }
    // the identification has a connection of its own, and some modules accept no second one
    await questioner.close();
    const identifications = answering.length === 0 ? new Map() : await identifyUnits(line, answering);
    const found: FoundUnit[] = [];
    for (const unit of answering) {
      const probed = await probe(questioner, line, unit, profiles);
      found.push({ unit, identification: identifications.get(unit) ?? null, ...probed });
    }
    return found;
  } finally {
    await questioner.close();
  }
}

/** Anything but silence: a refusal is an answer. */
async function answers(questioner: Questioner, unit: number): Promise<boolean> {
  const reply = await questioner.read(unit, { kind: 'read', area: 'holding', address: 0, count: 1 });
  return reply.kind !== 'silent';
}

async function probe(
  questioner: Questioner,
  line: LineDeclaration,
  unit: number,
  profiles: readonly ProfileDeclaration[],
): Promise<Pick<FoundUnit, 'ranges' | 'proposals' | 'isIncomplete'>> {
  const wanted = profiles.flatMap((profile) => [...cellsOf(profile), ...(profile.identity ?? []).map(markCell)]);
  const known = new Set<ReadArea>();
  for (const area of areas) {
    const reply = await questioner.read(unit, { kind: 'read', area, address: 0, count: 1 });
    // exception 1: it does not know the function, so nothing of that area is there
    if (reply.kind !== 'refused' || reply.exception !== 1) known.add(area);
  }
  const cells = wanted.filter(({ area }) => known.has(area));
  const answered = new Map<string, readonly number[]>();
  const refused = new Set<string>();
  let silences = 0;
  const registers = Math.max(usualRegisters, ...cells.map(({ count }) => count));
  const reader = new BlockReader(cells, { registers, bits: usualBits, gap: 0 }, lineCost(line));
  try {
    await reader.read(
      async (request) => {
        if (request.kind !== 'read') throw new TypeError('a scan only reads');
        const reply = await questioner.read(unit, request);
        if (reply.kind === 'values') return reply.values;
        if (reply.kind === 'silent' && ++silences > mostSilences)
          throw new ModuleSilentError(`unit ${unit}`, line.timeoutMs);
        throw new ModbusExceptionError(`unit ${unit}`, reply.kind === 'refused' ? asVerdict(reply.exception) : 2);
      },
      1,
      0,
      (values) => {
        for (const [key, words] of values) answered.set(key, words);
      },
      (cell) => refused.add(cellKey(cell)),
    );
  } catch (error) {
    if (!(error instanceof ModuleSilentError)) throw error;
  }
  const proposals = proposeProfiles(profiles, (cell) => {
    const key = cellKey(cell);
    return answered.get(key) ?? (refused.has(key) || !known.has(cell.area) ? 'refused' : undefined);
  });
  const ranges = rangesOf(cells.filter((cell) => answered.has(cellKey(cell))));
  return { ranges, proposals, isIncomplete: silences > mostSilences };
}

/** Whatever a module says instead of a value, it gave none: a scan asks no second time. */
function asVerdict(exception: number): number {
  return exception >= 1 && exception <= 4 ? exception : 2;
}
