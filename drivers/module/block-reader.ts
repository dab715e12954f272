import type { Quality } from '../../machine/quality.ts';
import { type Block, type Cell, cellKey, planReads, type ReadLimits, type RequestCost } from '../plan/read-plan.ts';
import { LineClosedError, ModbusExceptionError } from '../wire/errors.ts';
import type { FieldRequest, Request } from '../wire/request.ts';
import { inWindow } from './in-window.ts';

/** Asks the module for one thing, in its turn on the line. @throws FieldError */
export type Ask = (request: Request) => Promise<readonly number[]>;

/** The same, for every function that outputs are written by, too. */
export type Exchange = (request: FieldRequest) => Promise<readonly number[]>;

/** Registers or bits by cell key, as one reply brought them. */
export type CellValues = ReadonlyMap<string, readonly number[]>;

/** A cell that the module refuses. `sinceMs` is monotonic. */
export interface Hole {
  readonly cell: Cell;
  readonly quality: Quality;
  readonly exception: number;
  readonly sinceMs: number;
}

/** How often one refused cell is asked for again while others are read, in ms. */
const holeRetryMs = 1_000;

/**
 * Reads a set of cells in as few requests as the plan allows. A block that is refused is bisected until the refused cells
 * stand alone; these are left out from then on and asked for one by one, now and then, in case they come back.
 */
export class BlockReader {
  readonly #cells: readonly Cell[];
  readonly #limits: ReadLimits;
  readonly #cost: RequestCost;
  /** Cells that are to be read after all others. */
  readonly #last: ReadonlySet<string>;
  readonly #holes = new Map<string, Hole>();
  /** One list is read after the other; what stands in one list may be read in any order. */
  #stages: readonly (readonly Block[])[];
  /** What was left when the last read broke off; null: it did not, or nothing was. */
  #rest: readonly (readonly Block[])[] | null = null;
  #holeRetryAtMs = 0;
  #readAtMs = 0;

  constructor(cells: readonly Cell[], limits: ReadLimits, cost: RequestCost, last: ReadonlySet<string> = new Set()) {
    this.#cells = cells;
    this.#limits = limits;
    this.#cost = cost;
    this.#last = last;
    this.#stages = this.#plan();
  }

  get isEmpty(): boolean {
    return this.#cells.length === 0;
  }

  /** The last read broke off before its end: the next one reads the rest, behind the block that was not answered. */
  get isInterrupted(): boolean {
    return this.#rest !== null;
  }

  /** The next read begins with the first block. */
  startOver(): void {
    this.#rest = null;
  }

  /** The requests of one poll, with the cells that each carries. */
  get blocks(): readonly Block[] {
    return this.#stages.flat();
  }

  /** What the module refuses, and since when. */
  get holes(): readonly Hole[] {
    return [...this.#holes.values()];
  }

  /** What the module said about this cell when it refused it; null: it is not refused. */
  holeQuality(key: string): Quality | null {
    return this.#holes.get(key)?.quality ?? null;
  }

  /** The requests that read everything which is not refused. */
  requests(): Request[] {
    return this.#stages.flat().map(readOf);
  }

  /**
   * Reads all cells once, or what the last read left.
   *
   * @param window   most requests under way at a time
   * @param deliver  called with each reply as it arrives
   * @param refused  called once for each cell that turns out to be refused
   * @throws FieldError when the module stopped answering; what was delivered until then is good
   */
  async read(
    ask: Ask,
    window: number,
    nowMs: number,
    deliver: (values: CellValues) => void,
    refused: (cell: Cell, error: ModbusExceptionError) => void,
  ): Promise<void> {
    const holesBefore = this.#holes.size;
    this.#readAtMs = nowMs;
    const left = (this.#rest ?? this.#stages).map((stage) => new Set(stage));
    this.#rest = null;
    try {
      for (const stage of left) {
        await inWindow(window, [...stage], async (block) => {
          stage.delete(block);
          await this.#readBlock(ask, block, deliver, refused);
        });
      }
    } catch (error) {
      const wasIgnored = !(error instanceof LineClosedError);
      if (wasIgnored && left.some((stage) => stage.size > 0)) this.#rest = left.map((stage) => [...stage]);
      throw error;
    } finally {
      if (this.#holes.size !== holesBefore) {
        this.#stages = this.#plan();
        this.#holeRetryAtMs = nowMs + holeRetryMs;
      }
    }
    const isRetryDue = nowMs >= this.#holeRetryAtMs || this.#stages.flat().length === 0;
    if (holesBefore > 0 && this.#holes.size === holesBefore && isRetryDue) {
      this.#holeRetryAtMs = nowMs + holeRetryMs;
      await this.#retryHole(ask);
    }
  }

  async #readBlock(
    ask: Ask,
    block: Block,
    deliver: (values: CellValues) => void,
    refused: (cell: Cell, error: ModbusExceptionError) => void,
  ): Promise<void> {
    let words: readonly number[];
    try {
      words = await ask(readOf(block));
    } catch (error) {
      if (!(error instanceof ModbusExceptionError) || error.fromGateway) throw error;
      const quality = refusalQuality(error.exception);
      // Busy, or an exception that says nothing about the register: this poll brings no reading of it.
      if (quality === null) return;
      const [cell] = block.cells;
      if (cell !== undefined && block.cells.length === 1) {
        this.#holes.set(cellKey(cell), { cell, quality, exception: error.exception, sinceMs: this.#readAtMs });
        refused(cell, error);
        return;
      }
      const middle = Math.ceil(block.cells.length / 2);
      for (const half of [block.cells.slice(0, middle), block.cells.slice(middle)]) {
        for (const part of planReads(half, this.#limits, this.#cost)) {
          await this.#readBlock(ask, part, deliver, refused);
        }
      }
      return;
    }
    deliver(
      new Map(
        block.cells.map((cell) => {
          const from = cell.address - block.address;
          return [cellKey(cell), words.slice(from, from + cell.count)];
        }),
      ),
    );
  }

  /** One refused cell that answers again is reason to try all: the whole module may have been refusing. */
  async #retryHole(ask: Ask): Promise<void> {
    const [first] = this.#holes;
    if (first === undefined) return;
    const [key, hole] = first;
    // Moved to the end: the others have their turn.
    this.#holes.delete(key);
    this.#holes.set(key, hole);
    try {
      await ask(readOf(hole.cell));
      this.#holes.clear();
      this.#stages = this.#plan();
    } catch (error) {
      if (!(error instanceof ModbusExceptionError) || error.fromGateway) throw error;
      const quality = refusalQuality(error.exception);
      if (quality !== null) this.#holes.set(key, { ...hole, quality, exception: error.exception });
    }
  }

  #plan(): readonly (readonly Block[])[] {
    const wanted = this.#cells.filter((cell) => !this.#holes.has(cellKey(cell)));
    const isLast = (block: Block) => block.cells.some((cell) => this.#last.has(cellKey(cell)));
    const blocks = planReads(wanted, this.#limits, this.#cost);
    return [blocks.filter((block) => !isLast(block)), blocks.filter(isLast)];
  }
}

function readOf({ area, address, count }: Cell): Request {
  return { kind: 'read', area, address, count };
}

/** null: the exception is no verdict on the register. */
function refusalQuality(exception: number): Quality | null {
  if (exception >= 1 && exception <= 3) return 'BadConfigurationError';
  return exception === 4 ? 'BadDeviceFailure' : null;
}
