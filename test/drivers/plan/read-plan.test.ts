import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Block, type Cell, cellKey, planReads, type ReadLimits } from '../../../drivers/plan/read-plan.ts';
import { lineCost } from '../../../drivers/plan/line-cost.ts';
import type { LineDeclaration } from '../../../drivers/declaration.ts';
import { serialLine } from '../wire/lines.ts';

const cost = { requestMs: 5, registerMs: 0.2 };
const limits: ReadLimits = { registers: 125, bits: 2000, gap: 0 };

const anyCell: fc.Arbitrary<Cell> = fc
  .record({
    area: fc.constantFrom('input' as const, 'holding' as const, 'coil' as const, 'discrete' as const),
    address: fc.integer({ min: 0, max: 300 }),
    words: fc.constantFrom(1, 2),
  })
  .map(({ area, address, words }) => ({ area, address, count: area === 'coil' || area === 'discrete' ? 1 : words }));
const anyCells = fc.array(anyCell, { maxLength: 60 });
const anyLimits = fc.record({
  registers: fc.integer({ min: 2, max: 125 }),
  bits: fc.integer({ min: 1, max: 2000 }),
  gap: fc.integer({ min: 0, max: 20 }),
});

function costOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { area, count }) => {
    const each = area === 'coil' || area === 'discrete' ? cost.registerMs / 16 : cost.registerMs;
    return sum + cost.requestMs + count * each;
  }, 0);
}

function registersOf(cells: readonly Cell[]): Set<string> {
  return new Set(
    cells.flatMap(({ area, address, count }) => Array.from({ length: count }, (_, n) => `${area} ${address + n}`)),
  );
}

describe('read plan', () => {
  it('carries every cell exactly once and whole, within the limits of a request', () => {
    fc.assert(
      fc.property(anyCells, anyLimits, (cells, limits) => {
        const blocks = planReads(cells, limits, cost);
        const carried = blocks.flatMap((block) => block.cells.map(cellKey));
        assert.deepEqual(carried.toSorted(), [...new Set(cells.map(cellKey))].toSorted());
        for (const block of blocks) {
          const limit = block.area === 'coil' || block.area === 'discrete' ? limits.bits : limits.registers;
          assert.ok(block.count <= limit && block.count >= 1);
          for (const cell of block.cells) {
            assert.equal(cell.area, block.area);
            assert.ok(cell.address >= block.address);
            assert.ok(cell.address + cell.count <= block.address + block.count);
          }
        }
      }),
    );
  });

  it('never reads a register that nobody declared, unless the profile allows gaps', () => {
    fc.assert(
      fc.property(anyCells, anyLimits, (cells, limits) => {
        assert.deepEqual(registersOf(planReads(cells, { ...limits, gap: 0 }, cost)), registersOf(cells));
      }),
    );
  });

  it('is never dearer than one request for each cell, nor than the plan without gaps', () => {
    fc.assert(
      fc.property(anyCells, anyLimits, (cells, limits) => {
        const distinct = [...new Map(cells.map((cell) => [cellKey(cell), cell])).values()];
        const single = costOf(distinct.map((cell) => ({ ...cell, cells: [cell] })));
        const withGaps = costOf(planReads(cells, limits, cost));
        assert.ok(withGaps <= single + 1e-9);
        assert.ok(withGaps <= costOf(planReads(cells, { ...limits, gap: 0 }, cost)) + 1e-9);
      }),
    );
  });

  it('reads over an allowed gap only where that is cheaper than another request', () => {
    const cells: Cell[] = [0, 10, 80].map((address) => ({ area: 'holding', address, count: 1 }));
    const blocks = planReads(cells, { ...limits, gap: 100 }, cost);
    assert.deepEqual(
      blocks.map(({ address, count }) => [address, count]),
      [
        [0, 11],
        [80, 1],
      ],
    );
  });

  it('reads the factory thermocouple module in two requests: four channels, and the status apart', () => {
    const cells: Cell[] = [0, 1, 2, 3, 8].map((address) => ({ area: 'input', address, count: 1 }));
    assert.deepEqual(
      planReads(cells, limits, cost).map(({ address, count }) => [address, count]),
      [
        [0, 4],
        [8, 1],
      ],
    );
  });

  it('does not split a 32-bit value where a request is full', () => {
    const cells: Cell[] = [0, 2, 4].map((address) => ({ area: 'input', address, count: 2 }));
    const blocks = planReads(cells, { registers: 3, bits: 8, gap: 0 }, cost);
    assert.deepEqual(
      blocks.map(({ address, count }) => [address, count]),
      [
        [0, 2],
        [2, 2],
        [4, 2],
      ],
    );
  });

  it('plans two thousand coils in one request', () => {
    const cells: Cell[] = Array.from({ length: 2000 }, (_, address) => ({ area: 'coil', address, count: 1 }));
    assert.equal(planReads(cells, limits, cost).length, 1);
  });

  it('refuses a value that no request of the module can carry', () => {
    assert.throws(
      () => planReads([{ area: 'input', address: 0, count: 2 }], { registers: 1, bits: 1, gap: 0 }, cost),
      RangeError,
    );
  });
});

const serial = (baudRate: number): LineDeclaration => serialLine('rtu', '/dev/ttyS0', { baudRate });

describe('line cost', () => {
  it('makes a slow line prefer reading over gaps of about a dozen registers', () => {
    const { requestMs, registerMs } = lineCost(serial(9600));
    assert.ok(requestMs / registerMs > 9 && requestMs / registerMs < 15, `${requestMs / registerMs}`);
  });

  it('makes requests on a fast line dearer in registers', () => {
    const slow = lineCost(serial(9600));
    const fast = lineCost(serial(115_200));
    assert.ok(fast.requestMs / fast.registerMs > slow.requestMs / slow.registerMs);
  });
});
