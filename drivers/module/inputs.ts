import type { FieldReading } from '../../machine/field.ts';
import type { Quality } from '../../machine/quality.ts';
import { bitOf } from '../codec/bits.ts';
import { countOf, judgeChannel } from '../codec/channel-value.ts';
import type { InputChannel, ModuleDeclaration, StatusBit } from '../declaration.ts';
import type { FieldClock } from '../field.ts';
import { type Cell, cellKey, type RequestCost } from '../plan/read-plan.ts';
import type { ModbusExceptionError } from '../wire/errors.ts';
import { type Ask, BlockReader, type CellValues } from './block-reader.ts';

interface BoundInput {
  readonly signal: string;
  readonly id: string;
  readonly channel: InputChannel;
  readonly key: string;
  /** Status bits that condemn this channel. */
  readonly guards: readonly { readonly bit: StatusBit; readonly key: string }[];
}

/** What one poll has brought so far. */
interface Poll {
  readonly waiting: Set<BoundInput>;
  readonly came: Map<string, { words: readonly number[]; atMs: number; wallMs: number }>;
  /** The status of the poll before. */
  readonly statusBefore: ReadonlyMap<string, number>;
}

/** The input channels of one module that signals are bound to. */
export class Inputs {
  readonly reader: BlockReader;
  readonly #bound: readonly BoundInput[];
  readonly #clock: FieldClock;
  /** Status registers as last read, by cell key. */
  readonly #status = new Map<string, number>();
  /** The poll that broke off; null: none did, or the module was away since. */
  #interrupted: Poll | null = null;

  constructor(
    module: ModuleDeclaration,
    bindings: readonly { readonly signal: string; readonly channel: string }[],
    cost: RequestCost,
    clock: FieldClock,
  ) {
    const { inputs, status, limits, readableGap = 0 } = module.profile;
    this.#clock = clock;
    this.#bound = bindings.flatMap(({ signal, channel: id }) => {
      const channel = inputs[id];
      if (channel === undefined) throw new RangeError(`${module.id} has no input ${id} for ${signal}`);
      const guards = status
        .filter((bit) => bit.channels.includes(id))
        .map((bit) => ({ bit, key: cellKey(statusCell(bit)) }));
      return [{ signal, id, channel, key: cellKey(channelCell(channel)), guards }];
    });
    const statusCells = this.#bound.flatMap(({ guards }) => guards.map(({ bit }) => statusCell(bit)));
    this.reader = new BlockReader(
      [...this.#bound.map(({ channel }) => channelCell(channel)), ...statusCells],
      { ...limits, gap: readableGap },
      cost,
      new Set(statusCells.map(cellKey)),
    );
  }

  /** The module was out of reach, or came back: what was read before and not delivered yet is forgotten. */
  away(): void {
    this.#interrupted = null;
  }

  /**
   * Reads every channel once, or what the last poll left when it broke off, and delivers what came, reply by reply. Channels
   * under status bits are held until the status has been read after them, and are good only when neither that nor the status
   * of the poll before condemns them.
   */
  async poll(
    ask: Ask,
    window: number,
    deliver: (readings: readonly FieldReading[]) => void,
    refused: (cell: Cell, error: ModbusExceptionError) => void,
  ): Promise<void> {
    const poll = (this.reader.isInterrupted ? this.#interrupted : null) ?? {
      waiting: new Set(this.#bound),
      came: new Map(),
      statusBefore: new Map(this.#status),
    };
    const { waiting, came, statusBefore } = poll;
    this.#interrupted = poll;

    const take = (values: CellValues): void => {
      const now = this.#now();
      for (const [key, words] of values) came.set(key, { words, ...now });
      const readings: FieldReading[] = [];
      for (const input of waiting) {
        const own = came.get(input.key);
        if (own === undefined || !input.guards.every(({ key }) => came.has(key))) continue;
        waiting.delete(input);
        const condemned = input.guards.find(({ bit, key }) =>
          [came.get(key)?.words[0], statusBefore.get(key)].some((word) => word !== undefined && bitOf(word, bit.bit)),
        );
        const judged =
          condemned === undefined
            ? judgeChannel(input.channel, own.words)
            : { value: null, quality: condemned.bit.quality };
        const { value, quality } = judged;
        readings.push({ signal: input.signal, value, quality, atMs: own.atMs, wallMs: own.wallMs });
      }
      for (const key of this.#statusKeys()) {
        const word = values.get(key)?.[0];
        if (word !== undefined) this.#status.set(key, word);
      }
      if (readings.length > 0) deliver(readings);
    };

    await this.reader.read(ask, window, this.#clock.monotonicMs(), take, refused);
    this.#interrupted = null;
    const verdicts = [...waiting].flatMap((input) => {
      const quality = this.#refusal(input);
      return quality === null ? [] : [{ signal: input.signal, value: null, quality, ...this.#now() }];
    });
    if (verdicts.length > 0) deliver(verdicts);
  }

  /** What the module answers instead of a value, every time: the verdict stands as long as the module is asked at all. */
  #refusal(input: BoundInput): Quality | null {
    for (const key of [input.key, ...input.guards.map((guard) => guard.key)]) {
      const quality = this.reader.holeQuality(key);
      if (quality !== null) return quality;
    }
    return null;
  }

  #statusKeys(): ReadonlySet<string> {
    return new Set(this.#bound.flatMap(({ guards }) => guards.map(({ key }) => key)));
  }

  #now(): { atMs: number; wallMs: number } {
    return { atMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() };
  }
}

function channelCell(channel: InputChannel): Cell {
  return { area: channel.area, address: channel.address, count: countOf(channel) };
}

function statusCell({ area, address }: StatusBit): Cell {
  return { area, address, count: 1 };
}
