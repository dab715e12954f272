import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Journal, type JournalNews } from '../../server/control/journal.ts';
import { journalBatch, journalLimit, type FromControl, type JournalEntry } from '../../server/protocol.ts';

const news: JournalNews = { kind: 'state', atMs: 1, from: 'IDLE', to: 'HEATING' };

function sink(): { sent: (readonly JournalEntry[])[]; send: (message: FromControl) => boolean } {
  const sent: (readonly JournalEntry[])[] = [];
  return {
    sent,
    send: (message) => {
      if (message.kind === 'journal') sent.push(message.entries);
      return true;
    },
  };
}

describe('the journal between control and gateway', () => {
  it('keeps entries while no gateway is there and hands them over when one attaches', () => {
    const { sent, send } = sink();
    const journal = new Journal(null, 5, send);
    journal.add(news);
    journal.add(news);
    assert.equal(sent.length, 0);
    journal.attach();
    assert.deepEqual(
      sent[0]?.map(({ seq }) => seq),
      [5_000, 5_001],
    );
  });

  it('gives everything unconfirmed anew to the next gateway', () => {
    const { sent, send } = sink();
    const journal = new Journal(null, 1, send);
    journal.attach();
    journal.add(news);
    journal.detach();
    journal.add(news);
    journal.attach();
    assert.deepEqual(
      sent.map((batch) => batch.length),
      [1, 2],
    );
  });

  it('never uses a number twice, whether the retained file was lost or the clock went back', () => {
    const first = new Journal(null, 2_000, () => true);
    first.add(news);
    const kept = first.retained();
    const clockWentBack = new Journal(kept, 1_000, () => true);
    clockWentBack.add(news);
    const numbers = clockWentBack.retained().pending.map(({ seq }) => seq);
    assert.equal(new Set(numbers).size, 2);
    const fileWasLost = new Journal(null, 2_001, () => true);
    fileWasLost.add(news);
    assert.ok((fileWasLost.retained().pending[0]?.seq ?? 0) > (kept.pending[0]?.seq ?? Infinity));
  });

  it('drops the oldest beyond its limit and tells how many', () => {
    let told = 0;
    const journal = new Journal(null, 1, (message) => {
      if (message.kind === 'journal') told = message.dropped;
      return true;
    });
    for (let n = 0; n < journalLimit + 3; n++) journal.add(news);
    assert.equal(journal.retained().pending.length, journalLimit);
    journal.attach();
    assert.equal(told, 3);
  });

  it('delivers every entry in order over any schedule of gateways that come, store and go', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('add', 'attach', 'detach', 'store'), { maxLength: 400 }), (schedule) => {
        const stored = new Map<number, number>();
        let unstored: readonly JournalEntry[] = [];
        const journal = new Journal(null, 1, (message) => {
          if (message.kind === 'journal') unstored = message.entries;
          return true;
        });
        let added = 0;
        for (const step of [...schedule, 'attach' as const]) {
          if (step === 'add') journal.add({ ...news, atMs: added++ });
          if (step === 'attach') journal.attach();
          if (step === 'detach') {
            journal.detach();
            unstored = [];
          }
          if (step === 'store') storeAll();
        }
        while (unstored.length > 0) storeAll();
        assert.deepEqual(
          [...stored.values()],
          Array.from({ length: added }, (_, n) => n),
        );
        assert.equal(journal.retained().pending.length, 0);

        function storeAll(): void {
          const last = unstored.at(-1);
          assert.ok(unstored.length <= journalBatch);
          for (const { seq, atMs } of unstored) stored.set(seq, atMs);
          unstored = [];
          if (last !== undefined) journal.stored(last.seq);
        }
      }),
    );
  });
});
