import assert from 'node:assert/strict';
import { pino } from 'pino';
import { loadConfiguration } from '../../config/load.ts';
import type { CommandAction, CommandOutcome, Principal } from '../../machine/commands/command.ts';
import { ControlLink, type AnsweredCommand, type Contact } from '../../server/gateway/control-link.ts';
import { JournalKeeper } from '../../server/gateway/journal-keeper.ts';
import { Mirror } from '../../server/gateway/mirror.ts';
import type { FromGateway, ImageDelta, JournalEntry } from '../../server/protocol.ts';
import { until } from '../scenario/until.ts';

const loaded = loadConfiguration('config/tvemicro.yaml', {});
const log = pino({ level: 'silent' });
const principal: Principal = { name: 'operator', role: 'operator', kind: 'person' };

const entry = (seq: number): JournalEntry => ({ kind: 'state', seq, atMs: seq, from: 'IDLE', to: 'HEATING' });

class Bench {
  readonly sent: FromGateway[] = [];
  readonly contacts: Contact[] = [];
  readonly told: string[] = [];
  readonly announced: JournalEntry[] = [];
  readonly stored: number[] = [];
  databaseIsAway = false;
  readonly mirror: Mirror;
  readonly journal: JournalKeeper;
  readonly link: ControlLink;

  constructor() {
    assert.ok(loaded.ok);
    this.mirror = new Mirror(loaded.configuration.machine, log, 0);
    this.journal = new JournalKeeper({
      announce: (entry) => this.announced.push(entry),
      store: async (entries) => {
        if (this.databaseIsAway) throw new Error('away');
        this.stored.push(...entries.map(({ seq }) => seq));
      },
      onStored: (seq) => this.sent.push({ kind: 'journalStored', seq }),
      log,
    });
    this.link = new ControlLink({
      mirror: this.mirror,
      journal: this.journal,
      send: (message) => {
        this.sent.push(message);
        return true;
      },
      onContact: (contact, reason) => {
        this.contacts.push(contact);
        this.told.push(reason);
      },
    });
  }

  attach(): void {
    const image: ImageDelta = {
      seq: 1,
      updates: [{ signal: 'temperature.zone1', value: 200, quality: 'Good', sourceTimeMs: 1 }],
      status: this.mirror.status,
      alarms: [],
      modules: [],
      merged: 0,
    };
    this.link.hear({ kind: 'snapshot', ...image });
  }

  ask(action: CommandAction): Promise<AnsweredCommand> {
    return this.link.command({ action, principal, origin: 'rest' });
  }

  lastCommandId(): string {
    const message = this.sent.findLast(({ kind }) => kind === 'command');
    assert.ok(message?.kind === 'command');
    return message.command.id;
  }
}

describe("the gateway's line to the control process", function () {
  this.timeout(20_000);
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(async () => {
    bench.link.leave();
    await bench.journal.close();
  });

  it('says that the control process is lost when it never speaks at all', async () => {
    await until('its absence is told', 10_000, () => bench.contacts.length > 0);
    assert.deepEqual(bench.contacts, ['silent']);
    assert.deepEqual(bench.told, ['no word from the control process since the start, 5 s ago']);
    bench.attach();
    assert.deepEqual(bench.contacts, ['silent', 'alive']);
  });

  it('turns every value bad when the supervisor reports its end, and nothing else makes it good than a fresh image', () => {
    bench.attach();
    bench.link.gone('SIGKILL');
    assert.deepEqual(bench.contacts, ['alive', 'ended']);
    assert.equal(bench.mirror.samples.get('temperature.zone1')?.quality, 'BadCommunicationError');
    bench.link.hear({
      kind: 'delta',
      seq: 2,
      updates: [{ signal: 'temperature.zone1', value: 1, quality: 'Good', sourceTimeMs: 2 }],
      merged: 0,
    });
    assert.equal(bench.mirror.samples.get('temperature.zone1')?.quality, 'BadCommunicationError');
    bench.attach();
    assert.equal(bench.mirror.samples.get('temperature.zone1')?.quality, 'Good');
  });

  it('refuses a start at once while nobody answers, but sends a stop all the same', async () => {
    const start = await bench.ask({ name: 'start' });
    assert.ok(!start.outcome.accepted && start.outcome.kind === 'unavailable');
    assert.ok(!bench.sent.some(({ kind }) => kind === 'command'));
    for (const action of [{ name: 'stop' }, { name: 'emergencyStop' }, { name: 'heat', on: false }] as const) {
      const answer = bench.ask(action);
      const outcome: CommandOutcome = { accepted: true, commandId: bench.lastCommandId(), state: 'IDLE' };
      bench.link.hear({ kind: 'outcome', outcome });
      assert.equal((await answer).outcome, outcome);
    }
  });

  it('never calls a command done whose control process went away', async () => {
    bench.attach();
    const answer = bench.ask({ name: 'start' });
    bench.link.gone('SIGKILL');
    const { outcome, isDecided } = await answer;
    assert.ok(!outcome.accepted && outcome.kind === 'unavailable');
    assert.equal(isDecided, false);
  });

  it('announces what the journal brings once and at once, also while the database takes nothing, and stores it later', async () => {
    bench.databaseIsAway = true;
    bench.link.hear({ kind: 'journal', entries: [entry(1), entry(2)], dropped: 0 });
    bench.link.hear({ kind: 'journal', entries: [entry(3)], dropped: 0 });
    bench.link.hear({ kind: 'journal', entries: [entry(1), entry(2), entry(3)], dropped: 0 });
    assert.deepEqual(
      bench.announced.map(({ seq }) => seq),
      [1, 2, 3],
    );
    assert.ok(bench.sent.some((message) => message.kind === 'journalReceived' && message.seq === 3));
    assert.ok(!bench.sent.some(({ kind }) => kind === 'journalStored'));
    bench.databaseIsAway = false;
    await until('stored', 10_000, () =>
      bench.sent.some((message) => message.kind === 'journalStored' && message.seq === 3),
    );
    assert.deepEqual(bench.stored, [1, 2, 3]);
  });
});
