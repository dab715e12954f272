import type { Channel } from '../acquisition/channel.ts';
import type { OutputBoard } from '../control/output-board.ts';
import type { Command } from './command.ts';
import { refused, type Decision } from './decision.ts';
import type { SignalDeclaration, SignalValue } from '../signal.ts';
import { alarmReason } from './write-output.ts';
import { numberText } from '../control/reason-text.ts';
import type { MachineState } from '../control/state.ts';

/** What scaling to a register may round away: this share of the span, and never more than one unit. */
const resolution = 1 / 1_000;
const coarsest = 1;

/** One write of an output that waits until its module reads it back. */
export class ReadBack {
  readonly command: Command;
  readonly #channel: Channel;
  readonly #wanted: number | boolean;
  readonly #before: SignalValue;
  readonly #ramped: boolean;
  readonly #sinceMs: number;
  readonly #withinSeconds: number;
  readonly #tolerance: number;
  /** What was commanded since the write: a ramp passes through all of it. */
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;

  /** @param options.withinSeconds the module has this long to read it back */
  constructor(
    command: Command,
    channel: Channel,
    wanted: number | boolean,
    options: { readonly ramped: boolean; readonly nowMs: number; readonly withinSeconds: number },
  ) {
    this.command = command;
    this.#channel = channel;
    this.#wanted = wanted;
    this.#before = channel.cell.sample.value;
    this.#ramped = options.ramped;
    this.#sinceMs = options.nowMs;
    this.#withinSeconds = options.withinSeconds;
    const { span } = channel.cell.declaration;
    this.#tolerance = Math.min(coarsest, resolution * (span === undefined ? 1 : span[1] - span[0]));
  }

  /** Asked in every scan before the outputs of that scan are made. */
  judge(board: OutputBoard, state: MachineState, nowMs: number): Decision {
    if (nowMs <= this.#sinceMs) return 'later';
    const commanded = board.get(this.#channel.cell.declaration.id);
    const isOff = state === 'ALARM' && Boolean(this.#wanted) && commanded !== this.#wanted;
    if (isOff) return refused('state', alarmReason());
    if (commanded !== undefined) {
      this.#low = Math.min(this.#low, Number(commanded));
      this.#high = Math.max(this.#high, Number(commanded));
    }
    if (this.#isApplied(commanded) && this.#isReadBack())
      return { accepted: true, before: this.#before, after: this.#wanted };
    return nowMs - this.#sinceMs < this.#withinSeconds * 1_000 ? 'later' : this.#unconfirmed();
  }

  /** No interlock has taken the value back. A ramp is on its way as soon as it has left standstill. */
  #isApplied(commanded: number | boolean | undefined): boolean {
    if (!this.#ramped) return commanded === this.#wanted;
    return this.#wanted === 0 || (commanded !== undefined && commanded !== 0);
  }

  #isReadBack(): boolean {
    const { lastGoodAtMs, isGood, cell } = this.#channel;
    if (!isGood || lastGoodAtMs === null || lastGoodAtMs <= this.#sinceMs) return false;
    const read = Number(cell.sample.value);
    // off is never a rounded on
    if (read === 0 && this.#low > 0) return false;
    if (read === 0 && this.#high < 0) return false;
    return read >= this.#low - this.#tolerance && read <= this.#high + this.#tolerance;
  }

  #unconfirmed(): Decision {
    const { cell, module } = this.#channel;
    const { title, unit } = cell.declaration;
    const { value, quality } = cell.sample;
    const wanted = valueText(cell.declaration, this.#wanted);
    const read =
      quality === 'Good' ? `it reads ${valueText(cell.declaration, value)}` : `what it holds is not known (${quality})`;
    return refused('unconfirmed', {
      code: 'WRITE_NOT_CONFIRMED',
      text: `${title} was written as ${wanted}, but module ${module.id} did not read it back within ${this.#withinSeconds} s; ${read}. Look at the machine before trying again.`,
      actual: quality === 'Good' ? value : null,
      required: this.#wanted,
      ...(unit !== undefined && { unit }),
    });
  }
}

function valueText({ states, unit }: SignalDeclaration, value: SignalValue): string {
  if (typeof value === 'boolean') return states?.[value ? 1 : 0] ?? String(value);
  const text = typeof value === 'number' ? numberText(value) : String(value);
  return unit === undefined ? text : `${text} ${unit}`;
}
