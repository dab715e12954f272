import type { LineLoad } from '../../operations/ports/field-report.ts';
import type { LineDeclaration } from '../declaration.ts';
import { characterMs } from '../wire/rtu-frames.ts';
import { isPaced, lineCost } from './line-cost.ts';
import type { Cell } from './read-plan.ts';

/** Above this share of its time a serial line is called too full: nothing is left for a repetition or a slow module. */
const fullPercent = 80;
/** Bytes of a write and its echo beyond those of a read with as many registers. */
const writeBytes = 4;

/** What is asked of one module, again and again. */
export interface ModulePlan {
  /** Requests for inputs, by the period with which they come. */
  readonly inputs: readonly { readonly periodMs: number; readonly requests: readonly Cell[] }[];
  /** Requests for read-backs of outputs, which come with the module's own period. */
  readonly pollPeriodMs: number;
  readonly outputs: readonly Cell[];
  /** What is written by one request each when every output changes. */
  readonly writes: readonly Cell[];
  /** Registers that are read, one by one, to check the module's own watchdog. */
  readonly watchdogRegisters: number;
  readonly watchdogPeriodMs: number;
  /** How often its watchdog is fed by a write of its own; null: it wants none. */
  readonly feedPeriodMs: number | null;
  /** What it is asked between polls that are far apart, so that its silence is noticed; null: nothing. */
  readonly contact: { readonly periodMs: number; readonly request: Cell } | null;
}

/**
 * The share of a line's time that its plan takes, by the costs that the plan itself was made with.
 *
 * @param commandPeriodMs  how often outputs may change; null: as often as their module is polled
 */
export function planLoad(
  line: LineDeclaration,
  modules: readonly ModulePlan[],
  commandPeriodMs: number | null,
): Pick<LineLoad, 'pollPercent' | 'writePercent' | 'planPercent'> {
  const cost = lineCost(line);
  const writeMs = !isPaced(line) ? 0 : writeBytes * characterMs(line);
  const requestMs = (cell: Cell): number => {
    const registers = cell.area === 'coil' || cell.area === 'discrete' ? cell.count / 16 : cell.count;
    return cost.requestMs + registers * cost.registerMs;
  };
  const sum = (cells: readonly Cell[]): number => cells.reduce((ms, cell) => ms + requestMs(cell), 0);
  const watchdogMs = requestMs({ area: 'holding', address: 0, count: 1 });

  let polls = 0;
  let writes = 0;
  for (const module of modules) {
    const { pollPeriodMs, watchdogRegisters, watchdogPeriodMs, feedPeriodMs, contact } = module;
    const changePeriodMs = commandPeriodMs ?? pollPeriodMs;
    const readBackMs = sum(module.outputs);
    for (const { periodMs, requests } of module.inputs) polls += sum(requests) / periodMs;
    polls += readBackMs / pollPeriodMs;
    polls += (watchdogRegisters * watchdogMs) / watchdogPeriodMs;
    if (feedPeriodMs !== null) polls += (watchdogMs + writeMs) / feedPeriodMs;
    if (contact !== null) polls += requestMs(contact.request) / contact.periodMs;
    writes += (sum(module.writes) + module.writes.length * writeMs) / changePeriodMs;
    // What was written is read back at once, and the regular read-backs count from there.
    if (changePeriodMs < pollPeriodMs) writes += readBackMs / changePeriodMs - readBackMs / pollPeriodMs;
  }
  return { pollPercent: 100 * polls, writePercent: 100 * writes, planPercent: 100 * (polls + writes) };
}

/** `the plan uses 63 % of 19,200 baud: 40 % for polls, up to 23 % for writes`. */
export function loadWords(
  line: LineDeclaration,
  { pollPercent, writePercent, planPercent }: ReturnType<typeof planLoad>,
): string {
  const of = !isPaced(line) ? 'the connection’s time' : `${line.baudRate.toLocaleString('en')} baud`;
  return `The plan uses ${rounded(planPercent)} % of ${of}: ${rounded(pollPercent)} % for polls, up to ${rounded(writePercent)} % for writes`;
}

/** What to say of a serial line that has too much to do; null: it has not. A network is not judged by a rough cost. */
export function loadWarning(line: LineDeclaration, load: ReturnType<typeof planLoad>): string | null {
  if (!isPaced(line) || load.planPercent <= fullPercent) return null;
  return `${loadWords(line, load)}; above ${fullPercent} % values come late. Raise the modules' pollPeriodMs or the baud rate, or put modules on another line.`;
}

function rounded(percent: number): string {
  return percent >= 10 ? String(Math.round(percent)) : String(Math.round(percent * 10) / 10);
}
