import {
  type ContentFilterElement,
  ElementOperand,
  type EventFilter,
  type StatusCode,
  StatusCodes,
  validateContentFilter,
} from 'node-opcua';

const mostSelected = 500;
const mostElements = 200;
/** Operands that may be looked at for one event: a filter whose elements refer to each other can multiply without end. */
const mostSteps = 5_000;

/** Why an event filter, for live events or past ones, asks too much or contradicts itself; null: it does not. */
export function excessOf({ selectClauses, whereClause }: EventFilter): StatusCode | null {
  const elements = whereClause?.elements ?? [];
  if ((selectClauses?.length ?? 0) > mostSelected || elements.length > mostElements) {
    return StatusCodes.BadTooManyOperations;
  }
  const status = validateContentFilter(whereClause);
  if (!status.isGood()) return status;
  return stepsOf(elements) > mostSteps ? StatusCodes.BadTooManyOperations : null;
}

/** What one evaluation costs at most, counting an element as often as it is reached; the references have no loops. */
function stepsOf(elements: readonly ContentFilterElement[]): number {
  const known = new Map<number, number>();
  function costOf(i: number): number {
    const before = known.get(i);
    if (before !== undefined) return before;
    const operands = elements[i]?.filterOperands ?? [];
    const cost = operands.reduce(
      (sum, operand) => sum + 1 + (operand instanceof ElementOperand ? costOf(operand.index) : 0),
      1,
    );
    known.set(i, cost);
    return cost;
  }
  return elements.length === 0 ? 0 : costOf(0);
}
