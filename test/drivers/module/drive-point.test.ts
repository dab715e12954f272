import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ModuleDeclaration, OutputChannel } from '../../../drivers/declaration.ts';
import { Outputs } from '../../../drivers/module/outputs.ts';
import type { Request } from '../../../drivers/wire/request.ts';
import { directed, led, signed, type DriveCommand } from '../drive-kinds.ts';
import { heaters } from '../test-field.ts';

type DriveChannel = DriveCommand | (OutputChannel & { readonly kind: 'drive-speed' });

const kinds: Readonly<Record<string, { readonly channel: DriveChannel; readonly stop: number }>> = {
  'a run bit and a reverse bit': {
    channel: { kind: 'drive-speed', control: 0, speed: 1, runBit: 0, reverseBit: 1 },
    stop: 0,
  },
  'whole words for both directions': { channel: directed, stop: directed.words.stop },
  'a signed reference': { channel: signed, stop: signed.words.stop },
  'a way through its states': { channel: led, stop: led.words.stop },
};

/** rpm that no reference here holds. */
const tooFast = 1e6;

type Event =
  | { readonly kind: 'command'; readonly rpm: number }
  | { readonly kind: 'away' }
  | { readonly kind: 'turn' }
  /** The drive stops by itself, and is read before anything else is written to it. */
  | { readonly kind: 'stops' };

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('command' as const), rpm: fc.constantFrom(0, 60, -60, 300, tooFast) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('away' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stops' as const) }) },
);

/** A drive and the driver's side of it, without a wire. */
class Bench {
  readonly holding = new Map([0, 1, 10].map((address) => [address, 0]));
  readonly #outputs: Outputs;
  readonly #channel: DriveChannel;
  readonly written: number[] = [];

  constructor(channel: DriveChannel) {
    this.#channel = channel;
    const profile = { ...heaters, inputs: {}, outputs: { drive: channel }, watchdog: null };
    const module: ModuleDeclaration = {
      id: 'd1',
      line: 'l',
      unit: 1,
      simulated: true,
      pollPeriodMs: 100,
      watchdogMs: null,
      profile,
    };
    const clock = { monotonicMs: () => 0, wallMs: () => 0 };
    this.#outputs = new Outputs(module, [{ signal: 'd', channel: 'drive' }], { requestMs: 1, registerMs: 0 }, clock);
  }

  command(rpm: number): void {
    this.#outputs.command(new Map([['d', rpm]]));
  }

  away(): void {
    this.#outputs.away();
  }

  async poll(): Promise<void> {
    const ask = async (request: Request): Promise<readonly number[]> =>
      request.kind === 'read'
        ? Array.from({ length: request.count }, (_, n) => this.holding.get(request.address + n) ?? 0)
        : [];
    await this.#outputs.poll(
      ask,
      () => {},
      () => {},
      () => {},
    );
  }

  async turn(): Promise<void> {
    for (let pending = this.#outputs.nextWrite(0); pending !== null; pending = this.#outputs.nextWrite(0)) {
      const { request } = pending;
      assert.ok(request.kind === 'write-registers');
      for (const [n, value] of request.values.entries()) {
        this.holding.set(request.address + n, value);
        if (request.address + n === 0) this.written.push(value);
      }
      this.#outputs.written(
        pending,
        [],
        () => {},
        () => {},
      );
    }
    const steps = this.#channel.kind === 'drive-command' ? (this.#channel.start?.steps ?? []) : [];
    const step = steps.find(({ word }) => word === this.holding.get(0));
    if (step !== undefined) this.holding.set(10, step.until);
    await this.poll();
  }
}

describe('a drive of every kind', () => {
  for (const [title, { channel, stop }] of Object.entries(kinds)) {
    it(`that stopped by itself gets no word but stop until 0 was commanded: one with ${title}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyEvent, { maxLength: 40 }), async (events) => {
          const bench = new Bench(channel);
          bench.command(0);
          await bench.turn();
          let commanded = 0;
          let mayRun = true;
          for (const event of events) {
            const before = bench.written.length;
            if (event.kind === 'command') {
              // what can't be written stops the drive as 0 does
              commanded = event.rpm === tooFast ? 0 : event.rpm;
              if (commanded === 0) mayRun = true;
              bench.command(event.rpm);
            } else if (event.kind === 'away') bench.away();
            else if (event.kind === 'turn') await bench.turn();
            else if (bench.holding.get(0) !== stop && commanded !== 0) {
              await bench.turn();
              // a way to running that begins with the word to stop: nothing tells that it stopped
              if (bench.holding.get(0) === stop) continue;
              bench.holding.set(0, stop);
              await bench.poll();
              mayRun = false;
            }
            const words = bench.written.slice(before);
            if (!mayRun && event.kind !== 'stops')
              assert.ok(
                words.every((word) => word === stop),
                words.join(' '),
              );
          }
        }),
        { numRuns: 300 },
      );
    });

    it(`runs in the end when it is commanded to from a standstill: one with ${title}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyEvent, { maxLength: 20 }), fc.constantFrom(60, -60), async (events, rpm) => {
          const bench = new Bench(channel);
          for (const event of events) {
            if (event.kind === 'command') bench.command(event.rpm);
            else if (event.kind === 'away') bench.away();
            else await bench.turn();
          }
          bench.command(0);
          await bench.turn();
          assert.equal(bench.holding.get(0), stop);
          bench.command(rpm);
          for (let turns = 0; turns < 4; turns++) await bench.turn();
          assert.notEqual(bench.holding.get(0), stop);
          const direct = channel.kind === 'drive-speed' ? 60 : Math.round(rpm / (channel.reference.scale ?? 1));
          const isMagnitude = channel.kind === 'drive-speed' || channel.words.reverse !== undefined;
          assert.equal(bench.holding.get(1), isMagnitude ? Math.abs(direct) : direct & 0xffff);
        }),
        { numRuns: 200 },
      );
    });
  }
});
