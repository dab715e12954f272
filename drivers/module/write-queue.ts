import type { FunctionsDeclaration } from '../declaration.ts';
import type { Cell } from '../plan/read-plan.ts';
import type { ModbusExceptionError } from '../wire/errors.ts';
import type { WriteRequest } from '../wire/request.ts';
import type { OutputTarget } from './output-target.ts';

/** MODBUS Application Protocol V1.1b3, 6.11, 6.12 and 6.17. */
const protocolMost = { coils: 1968, registers: 123, readWriteRegisters: 121 };

/** A write that is to be sent now, with the targets that it carries. */
export interface PendingWrite {
  readonly request: WriteRequest;
  readonly targets: readonly OutputTarget[];
}

export function isSwitchingOff({ targets }: PendingWrite): boolean {
  return targets.every((target) => target.isOff);
}

/** What is written next to one module, and what goes along with it in one request. */
export class WriteQueue {
  readonly #targets: readonly OutputTarget[];
  /** For the control word of a drive: what must be there before it may run. */
  readonly #before: (control: OutputTarget) => readonly OutputTarget[] | null;
  readonly #most: { readonly coils: number; readonly registers: number };
  /** Where the module does not know the function for several at once. */
  readonly #oneAtATime = new Set<OutputTarget['cell']['area']>();
  /** Targets of a write that was refused as a whole: which of them it was shows when each is written alone. */
  readonly #alone = new Set<OutputTarget>();
  #maskWrites: boolean;
  #readWrites: boolean;

  constructor(
    targets: readonly OutputTarget[],
    before: (control: OutputTarget) => readonly OutputTarget[] | null,
    profile: {
      readonly limits: { readonly registers: number; readonly bits: number };
      readonly functions?: FunctionsDeclaration;
    },
  ) {
    const { limits, functions = {} } = profile;
    this.#targets = targets;
    this.#before = before;
    this.#most = {
      coils: Math.min(limits.bits, protocolMost.coils),
      registers: Math.min(limits.registers, protocolMost.registers),
    };
    this.#maskWrites = functions.maskWrite === true;
    this.#readWrites = functions.readWrite === true;
  }

  /**
   * What goes off goes first; what makes a drive run goes last, when its speed is there. Neighbours that are due go along in
   * one request.
   *
   * @param isMeant  which targets; missing: all
   */
  next(nowMs: number, isMeant: (target: OutputTarget) => boolean = () => true): PendingWrite | null {
    const due = this.#targets
      .filter((target) => isMeant(target) && target.isDue(nowMs) && this.#mayGo(target))
      .toSorted((a, b) => this.#rank(a) - this.#rank(b));
    const [first] = due;
    if (first?.wanted === null || first === undefined) return null;
    if (first.cell.area === 'holding') {
      const targets = this.#together(first, due);
      return { request: this.#registerWrite(targets), targets };
    }
    const targets = this.#together(first, due);
    const values = targets.map((target): 0 | 1 => (target.wanted?.[0] === 1 ? 1 : 0));
    return { request: { kind: 'write-coils', address: targets[0]?.cell.address ?? 0, values }, targets };
  }

  /** When the next write is due; infinite: none. */
  dueAtMs(): number {
    const dues = this.#targets.filter((target) => this.#mayGo(target)).map((target) => target.dueAtMs());
    return Math.min(...dues, Number.POSITIVE_INFINITY);
  }

  /** They were written: each may go with others again. */
  done(targets: readonly OutputTarget[]): void {
    for (const target of targets) this.#alone.delete(target);
  }

  /** Where a refusal concerns the kind of request and not a value, what it carries is written in another way. @returns whether */
  takesAnotherWay({ request, targets }: PendingWrite, error: ModbusExceptionError): boolean {
    if (error.exception === 1 && (request.kind === 'mask-write' || request.kind === 'read-write')) {
      // declared, but not known to this one: the usual functions do as well
      if (request.kind === 'mask-write') this.#maskWrites = false;
      else this.#readWrites = false;
      return true;
    }
    const [first] = targets;
    if (first === undefined || targets.length === 1 || error.busy) return false;
    if (error.exception === 1) this.#oneAtATime.add(first.cell.area);
    for (const target of targets) this.#alone.add(target);
    return true;
  }

  /** What is written by one request each when every output changes. */
  cells(): Cell[] {
    const cells: Cell[] = [];
    const waiting = new Set(this.#targets);
    for (const first of waiting) {
      const targets = this.#together(first, [...waiting]);
      for (const target of targets) waiting.delete(target);
      const count = targets.reduce((sum, { cell }) => sum + cell.count, 0);
      cells.push({ ...first.cell, address: targets[0]?.cell.address ?? first.cell.address, count });
    }
    return cells;
  }

  /**
   * `first` and what may be written with it: all of them go off or none, so that what goes off never waits for the others.
   * A control word goes by itself, since the order of its drive's registers matters, and so does what is written by its bits.
   */
  #together(first: OutputTarget, due: readonly OutputTarget[]): readonly OutputTarget[] {
    const { area } = first.cell;
    const goesAlone = (target: OutputTarget): boolean =>
      this.#alone.has(target) || this.#isControl(target) || this.#isMasked(target);
    const mayShare = (target: OutputTarget): boolean => !goesAlone(target) && target.isOff === first.isOff;
    if (this.#oneAtATime.has(area) || !mayShare(first)) return [first];
    const sharing = due.filter((target) => target.cell.area === area && mayShare(target));
    return neighbours(first, sharing, area === 'coil' ? this.#most.coils : this.#most.registers);
  }

  #registerWrite(targets: readonly OutputTarget[]): WriteRequest {
    const address = targets[0]?.cell.address ?? 0;
    const values = targets.flatMap((target) => target.wanted ?? []);
    const [first] = targets;
    if (first !== undefined && this.#isMasked(first)) {
      const [mask = 0] = first.mask;
      return { kind: 'mask-write', address, andMask: ~mask & 0xffff, orMask: (values[0] ?? 0) & mask };
    }
    if (!this.#readWrites || values.length > protocolMost.readWriteRegisters) {
      return { kind: 'write-registers', address, values };
    }
    return { kind: 'read-write', write: { address, values }, read: { address, count: values.length } };
  }

  /** Some of its bits are somebody else's, and the module can leave them as they are. */
  #isMasked({ cell, mask: [mask] }: OutputTarget): boolean {
    return this.#maskWrites && cell.area === 'holding' && cell.count === 1 && mask !== 0xffff;
  }

  /** No drive is told to run before its speed is there: the module may have refused that. */
  #mayGo(target: OutputTarget): boolean {
    return target.isOff || (this.#before(target)?.every((other) => other.isSent) ?? true);
  }

  #isControl(target: OutputTarget): boolean {
    return this.#before(target) !== null;
  }

  #rank(target: OutputTarget): number {
    if (target.isOff) return 0;
    return this.#isControl(target) ? 2 : 1;
  }
}

/** Those of `due` around `first` without a hole between them, in order of address, as many as `most` coils or registers. */
function neighbours(first: OutputTarget, due: readonly OutputTarget[], most: number): OutputTarget[] {
  const byAddress = new Map(due.map((target) => [target.cell.address, target]));
  const byEnd = new Map(due.map((target) => [target.cell.address + target.cell.count, target]));
  const run = [first];
  let { address, count } = first.cell;
  for (;;) {
    const after = byAddress.get(address + count);
    const before = byEnd.get(address);
    const next = after ?? before;
    if (next === undefined || count + next.cell.count > most) return run;
    if (next === after) run.push(next);
    else {
      run.unshift(next);
      address -= next.cell.count;
    }
    count += next.cell.count;
  }
}

/** Words of the targets, one after the other, as the request carries them. */
export function wordsWritten(request: WriteRequest): readonly number[] {
  if (request.kind === 'mask-write') return [request.orMask];
  return request.kind === 'read-write' ? request.write.values : request.values;
}
