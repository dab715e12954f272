import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Journal, type JournalNews, type RetainedJournal } from '../../server/control/journal.ts';
import { journalBatch, journalLimit, type FromControl, type JournalEntry } from '../../server/protocol.ts';

const news: JournalNews = { kind: 'state', atMs: 1, from: 'IDLE', to: 'HEATING' };

const kept = (journal: Journal): RetainedJournal => JSON.parse(journal.retainedText()) as RetainedJournal;

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
    const file = kept(first);
    const clockWentBack = new Journal(file, 1_000, () => true);
    clockWentBack.add(news);
    const numbers = kept(clockWentBack).pending.map(({ seq }) => seq);
    assert.equal(new Set(numbers).size, 2);
    const fileWasLost = new Journal(null, 2_001, () => true);
    fileWasLost.add(news);
    assert.ok((kept(fileWasLost).pending[0]?.seq ?? 0) > (file.pending[0]?.seq ?? Infinity));
  });

  it('drops the oldest beyond its limit and tells how many', () => {
    let told = 0;
    const journal = new Journal(null, 1, (message) => {
      if (message.kind === 'journal') told = message.dropped;
      return true;
    });
    for (let n = 0; n < journalLimit + 3; n++) journal.add(news);
    assert.equal(kept(journal).pending.length, journalLimit);
    journal.attach();
    assert.equal(told, 3);
  });

  it('goes on telling while the database takes nothing, batch by batch as the gateway takes them', () => {
    const { sent, send } = sink();
    const journal = new Journal(null, 1, send);
    journal.attach();
    for (let n = 0; n < 2 * journalBatch; n++) journal.add(news);
    for (let batch = sent.at(-1); batch !== undefined && sent.flat().length < 2 * journalBatch; batch = sent.at(-1)) {
      journal.received(batch.at(-1)?.seq ?? 0);
    }
    assert.equal(new Set(sent.flat().map(({ seq }) => seq)).size, 2 * journalBatch);
    assert.equal(kept(journal).pending.length, 2 * journalBatch, 'nothing is forgotten before it is stored');
  });

  it('delivers every entry in order over any schedule of gateways that come, take, store and go', () => {
    const steps = fc.array(fc.constantFrom('add', 'attach', 'detach', 'receive', 'store'), { maxLength: 400 });
    fc.assert(
      fc.property(steps, (schedule) => {
        const stored = new Map<number, number>();
        let inbox: readonly JournalEntry[] = [];
        let taken: JournalEntry[] = [];
        const journal = new Journal(null, 1, (message) => {
          if (message.kind !== 'journal') return true;
          assert.ok(message.entries.length <= journalBatch);
          inbox = message.entries;
          return true;
        });
        let added = 0;
        for (const step of [...schedule, 'detach' as const, 'attach' as const]) {
          if (step === 'add') journal.add({ ...news, atMs: added++ });
          if (step === 'attach') journal.attach();
          if (step === 'detach') {
            journal.detach();
            [inbox, taken] = [[], []];
          }
          if (step === 'receive') receive();
          if (step === 'store') store();
        }
        while (inbox.length > 0) receive();
        store();
        assert.deepEqual(
          [...stored.values()],
          Array.from({ length: added }, (_, n) => n),
        );
        assert.equal(kept(journal).pending.length, 0);

        function receive(): void {
          const entries = inbox;
          inbox = [];
          taken.push(...entries);
          journal.received(entries.at(-1)?.seq ?? 0);
        }

        function store(): void {
          for (const { seq, atMs } of taken) stored.set(seq, atMs);
          journal.stored(taken.at(-1)?.seq ?? 0);
          taken = [];
        }
      }),
    );
  });
});
