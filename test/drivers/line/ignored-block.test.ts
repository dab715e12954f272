import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProfileDeclaration } from '../../../drivers/declaration.ts';
import { type Framing, type SeenRequest } from '../misbehaving-slave.ts';
import { heaters, pollPeriodMs, scattered, TestField, thermocouples, until } from '../test-field.ts';
import { timeoutMs } from '../wire/lines.ts';

/** A value that is older is bad by itself: the larger of 1 s and four poll periods. */
const freshMs = 1_000;
const observedMs = 1_700;

const { duty0, total, fan, contactor } = heaters.outputs;
assert.ok(duty0 !== undefined && total !== undefined && fan !== undefined && contactor !== undefined);
/** Inputs under a status register, that no request can carry together, and outputs likewise. */
const io: ProfileDeclaration = {
  ...scattered,
  id: 'io',
  outputs: { duty0, total, fan, contactor },
  status: thermocouples.status.map((bit) => ({ ...bit, address: 40, channels: ['r0', 'r10', 'r20', 'r30'] })),
  watchdog: { address: 100, safeState: null },
};
const ids = [...Object.keys(io.inputs), ...Object.keys(io.outputs)];

interface Block {
  readonly functionCode: number;
  readonly address: number;
}
const blocks: Readonly<Record<string, { readonly ignored: readonly Block[]; readonly bad: readonly string[] }>> = {
  'its first block of inputs': { ignored: [{ functionCode: 4, address: 0 }], bad: ['r0'] },
  'a block of inputs in the middle': { ignored: [{ functionCode: 4, address: 20 }], bad: ['r20'] },
  'a block of outputs': { ignored: [{ functionCode: 3, address: 0 }], bad: ['duty0'] },
  'blocks of both': {
    ignored: [
      { functionCode: 1, address: 0 },
      { functionCode: 4, address: 10 },
    ],
    bad: ['fan', 'r10'],
  },
  'two blocks, one after the other': {
    ignored: [0, 10].map((address) => ({ functionCode: 4, address })),
    bad: ['r0', 'r10'],
  },
  'what sets its watchdog': { ignored: [{ functionCode: 3, address: 100 }], bad: [] },
};

const isIn =
  ({ functionCode, address }: SeenRequest) =>
  (block: Block) =>
    block.functionCode === functionCode && block.address === address;

for (const framing of ['tcp', 'rtu-over-tcp'] satisfies Framing[]) {
  describe(`a module by ${framing} that ignores`, () => {
    let test: TestField;
    afterEach(async () => {
      await test.stop();
    });

    for (const [title, { ignored, bad }] of Object.entries(blocks)) {
      it(`${title} brings everything else in time`, async () => {
        test = await TestField.start(framing, [{ id: 'io1', unit: 1, profile: io, watchdogMs: 5_000 }]);
        const all = () => ids.every((id) => test.last(`io1.${id}`) !== undefined);
        await until('readings', all);
        test.slave.react = (request) => ({ kind: ignored.some(isIn(request)) ? 'silence' : 'answer' });
        const sinceMs = performance.now() + 2 * timeoutMs;
        await sleep(observedMs);
        const untilMs = performance.now();
        for (const id of ids) {
          const times = test.of(`io1.${id}`).map(({ atMs }) => atMs);
          const during = [sinceMs, ...times.filter((atMs) => atMs > sinceMs), untilMs];
          const longestMs = Math.max(...during.slice(1).map((atMs, n) => atMs - (during[n] ?? atMs)));
          if (bad.includes(id)) assert.equal(during.length, 2, `${id} has readings`);
          else assert.ok(longestMs < freshMs, `${id} was not read for ${longestMs} ms`);
        }
        test.slave.react = () => ({ kind: 'answer' });
        const healedMs = performance.now();
        await until('everything again', () =>
          ids.every((id) => (test.last(`io1.${id}`)?.atMs ?? 0) > healedMs + pollPeriodMs),
        );
      });
    }

    it('three blocks, one after the other, is demoted at times and brings everything else all the same', async () => {
      test = await TestField.start(framing, [{ id: 'io1', unit: 1, profile: scattered }]);
      await until('readings', () => test.last('io1.r30') !== undefined);
      test.slave.react = ({ address }) => ({ kind: address < 30 ? 'silence' : 'answer' });
      for (let n = 0; n < 2; n++) {
        const sinceMs = performance.now() + 4 * timeoutMs;
        await until('the last block', () => (test.last('io1.r30')?.atMs ?? 0) > sinceMs);
      }
    });
  });
}
