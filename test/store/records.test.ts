import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import type { AlarmEvent, AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import { auditEntryOf, type AuditEntry } from '../../operations/ports/audit.ts';
import type { ControlJournalEntry } from '../../operations/ports/journal.ts';
import { onBothDatabases, type TestedDatabase } from './stores.ts';

const startRefused: AuditEntry = {
  atMs: 1_763_000_000_123,
  actor: 'operator',
  role: 'operator',
  kind: 'person',
  origin: 'rest',
  station: '10.0.0.7',
  action: 'start',
  args: {},
  before: null,
  after: null,
  reason: null,
  result: 'refused',
  reasons: [{ code: 'SOAKING', text: 'Wait.', actual: 12, required: 30, unit: 's', etaSeconds: 18 }],
};

const occurrence: AlarmOccurrence = {
  id: 'ESTOP',
  occurrenceId: 'ESTOP-1',
  priority: 1,
  text: 'Emergency stop',
  state: 'unacknowledged',
  active: true,
  acknowledged: false,
  latched: true,
  trip: true,
  firstOut: true,
  suppressedBy: null,
  shelf: null,
  raisedAtMs: 5_000,
  clearedAtMs: null,
  value: false,
  quality: 'Good',
  explanation: 'The e-stop chain is open. Find out why.',
  count: 1,
  consequence: 'The machine stops.',
  response: 'Find out why.',
};

const raised = (atMs: number, id = 'ESTOP'): AlarmEvent => ({
  atMs,
  transition: 'raised',
  occurrence: { ...occurrence, id },
  actor: null,
});

/** Runs SQL on the same data as somebody with full access to the database would. */
async function bySql(database: TestedDatabase, sql: string): Promise<void> {
  if (database.databaseUrl === null) {
    const connection = new DatabaseSync(join(database.dataDir, 'tvemicro.db'));
    try {
      connection.exec(sql);
    } finally {
      connection.close();
    }
    return;
  }
  const client = new pg.Client({ connectionString: database.databaseUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function editAudit(database: TestedDatabase, sql: string): Promise<void> {
  const guarded =
    database.databaseUrl === null
      ? `DROP TRIGGER IF EXISTS audit_no_update; DROP TRIGGER IF EXISTS audit_no_delete; ${sql}`
      : `ALTER TABLE audit DISABLE TRIGGER USER; ${sql}`;
  await bySql(database, guarded);
}

onBothDatabases('the audit', (fresh) => {
  it('gives back what was entered, numbered and chained, newest first', async () => {
    const store = await (await fresh()).open();
    const first = await store.audit.append(startRefused);
    const second = await store.audit.append({
      ...startRefused,
      result: 'accepted',
      reasons: [],
      before: 190.5,
      after: true,
    });
    assert.deepEqual([first.seq, second.seq, second.previousHash], [1, 2, first.hash]);
    assert.match(first.hash, /^[\da-f]{64}$/u);
    assert.deepEqual(await store.audit.list({ limit: 10 }), { items: [second, first], next: null });
  });

  it('numbers without gaps when many are entered at once, and the chain holds over a restart', async () => {
    const database = await fresh();
    const store = await database.open();
    await Promise.all(Array.from({ length: 40 }, async (_, i) => store.audit.append({ ...startRefused, atMs: i })));
    await store.close();
    const again = await database.open();
    assert.equal((await again.audit.append(startRefused)).seq, 41);
    assert.deepEqual(await again.audit.verify(), { valid: true, entries: 41, firstBroken: null });
  });

  it('turns pages by cursor and filters by time, actor and action', async () => {
    const store = await (await fresh()).open();
    for (let i = 1; i <= 7; i++) {
      await store.audit.append({
        ...startRefused,
        atMs: i * 1_000,
        actor: i % 2 === 0 ? 'anna' : 'bert',
        action: i < 4 ? 'start' : 'stop',
      });
    }
    const seqs: number[][] = [];
    let cursor: string | null = null;
    do {
      const page = await store.audit.list({ limit: 3, ...(cursor === null ? {} : { cursor }) });
      seqs.push(page.items.map((item) => item.seq));
      cursor = page.next;
    } while (cursor !== null);
    assert.deepEqual(seqs, [[7, 6, 5], [4, 3, 2], [1]]);
    const filtered = await store.audit.list({ limit: 10, fromMs: 2_000, toMs: 5_000, actor: 'bert', action: 'stop' });
    assert.deepEqual(
      filtered.items.map((item) => item.seq),
      [5],
    );
    assert.deepEqual((await store.audit.list({ limit: 10, cursor: 'nonsense' })).items, []);
    assert.deepEqual((await store.audit.list({ limit: 10, actor: "b' or 1=1 --\u0000" })).items, []);
  });

  it('refuses to be edited, whoever holds the connection', async () => {
    const database = await fresh();
    const store = await database.open();
    await store.audit.append(startRefused);
    await store.alarmJournal.append(raised(1));
    for (const sql of ["UPDATE audit SET actor = 'x'", 'DELETE FROM audit', 'DELETE FROM alarm_journal']) {
      await assert.rejects(bySql(database, sql), /append-only/u, sql);
    }
    assert.equal((await store.audit.verify()).entries, 1);
  });

  for (const [what, sql, firstBroken] of [
    ['one changed letter', "UPDATE audit SET actor = 'operatos' WHERE seq = 2", 2],
    ['a changed argument', 'UPDATE audit SET args = \'{"on":true}\' WHERE seq = 3', 3],
    ['an argument that is no JSON', "UPDATE audit SET args = '{' WHERE seq = 3", 3],
    ['a removed entry', 'DELETE FROM audit WHERE seq = 2', 2],
    ['a removed first entry', 'DELETE FROM audit WHERE seq = 1', 1],
    ['a changed hash', "UPDATE audit SET hash = '0' WHERE seq = 4", 4],
  ] as const) {
    it(`notices ${what} by its chain`, async () => {
      const database = await fresh();
      const store = await database.open();
      for (let i = 0; i < 4; i++) await store.audit.append(startRefused);
      await editAudit(database, sql);
      const verdict = await store.audit.verify();
      assert.deepEqual([verdict.valid, verdict.firstBroken], [false, firstBroken]);
    });
  }

  it('takes any text and number that a client can send, and verifies afterwards', async () => {
    const store = await (await fresh()).open();
    const anyText = fc.string({ unit: 'binary', maxLength: 20 });
    const anyValue = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      anyText,
      fc.boolean(),
      fc.constant(null),
    );
    let entered = 0;
    await fc.assert(
      fc.asyncProperty(
        anyText,
        fc.dictionary(anyText, anyValue, { maxKeys: 3 }),
        anyValue,
        async (text, args, value) => {
          const record = await store.audit.append({
            ...startRefused,
            actor: text,
            station: text,
            reason: `${text}\u0000\uD800`,
            args,
            after: value,
            reasons: [{ code: 'X', text, actual: value }],
          });
          entered++;
          assert.deepEqual((await store.audit.list({ limit: 1 })).items, [record]);
        },
      ),
      { numRuns: 60 },
    );
    assert.deepEqual(await store.audit.verify(), { valid: true, entries: entered, firstBroken: null });
  });
});

onBothDatabases('the control journal', (fresh) => {
  const operator = { name: 'operator', role: 'operator', kind: 'person' } as const;
  const panelStop: ControlJournalEntry = {
    seq: 12,
    atMs: 2_000,
    kind: 'command',
    decided: {
      command: {
        id: 'c1',
        action: { name: 'stop' },
        principal: { name: 'panel', role: 'operator', kind: 'panel' },
        origin: 'panel',
      },
      outcome: { accepted: true, commandId: 'c1', state: 'STOPPING' },
    },
  };
  const entries: readonly ControlJournalEntry[] = [
    { seq: 10, atMs: 1_000, kind: 'alarm', event: raised(1_000) },
    { seq: 11, atMs: 1_000, kind: 'state', from: 'RUNNING', to: 'ALARM' },
    panelStop,
    { seq: 13, atMs: 3_000, kind: 'cycle', cycle: { startedBy: operator, startedAtMs: 500, endedAtMs: 3_000 } },
    {
      seq: 14,
      atMs: 3_001,
      kind: 'alarm',
      event: { ...raised(3_001), transition: 'acknowledged', actor: 'anna', comment: 'seen' },
    },
  ];

  it('is kept once, however often it is delivered', async () => {
    const database = await fresh();
    const store = await database.open();
    assert.deepEqual(await store.controlJournal.store(entries.slice(0, 3)), { stored: 3, replayed: 0 });
    assert.deepEqual(await store.controlJournal.store(entries), { stored: 2, replayed: 3 });
    await store.close();
    const again = await database.open();
    const twice = await Promise.all([
      again.controlJournal.store(entries),
      again.controlJournal.store([...entries, ...entries]),
    ]);
    assert.deepEqual(twice, [
      { stored: 0, replayed: 5 },
      { stored: 0, replayed: 10 },
    ]);
    const journal = await again.alarmJournal.list({ limit: 10 });
    assert.deepEqual(journal.items, [
      { entry: 2, ...(entries[4]?.kind === 'alarm' ? entries[4].event : {}) },
      { entry: 1, ...raised(1_000) },
    ]);
    const audit = await again.audit.list({ limit: 10 });
    assert.deepEqual(
      audit.items.map((item) => [item.seq, item.actor, item.kind, item.action, item.result, item.atMs]),
      [[1, 'panel', 'panel', 'stop', 'accepted', 2_000]],
    );
    assert.equal((await again.audit.verify()).valid, true);
  });

  it('loses no alarm when the control process counts anew', async () => {
    const store = await (await fresh()).open();
    await store.controlJournal.store([{ seq: 1, atMs: 1_000, kind: 'alarm', event: raised(1_000) }]);
    await store.controlJournal.store([{ seq: 1, atMs: 9_000, kind: 'alarm', event: raised(9_000) }]);
    assert.equal((await store.alarmJournal.list({ limit: 10 })).items.length, 2);
  });

  it('stores a batch whole or not at all', async () => {
    const store = await (await fresh()).open();
    const broken = { seq: 20, atMs: 1, kind: 'alarm', event: raised(1) } as const;
    const unstorable = { ...broken, seq: 21, event: { ...raised(2), transition: null as unknown as 'raised' } };
    await assert.rejects(store.controlJournal.store([broken, unstorable]), { code: 'STORE_UNAVAILABLE' });
    assert.deepEqual((await store.alarmJournal.list({ limit: 10 })).items, []);
    assert.deepEqual(await store.controlJournal.store([broken]), { stored: 1, replayed: 0 });
  });
});

onBothDatabases('the alarm journal', (fresh) => {
  it('takes the gateway’s own alarms, as often as they ring', async () => {
    const store = await (await fresh()).open();
    for (const atMs of [1, 1, 2]) await store.alarmJournal.append(raised(atMs, 'CONTROL_LOST'));
    assert.equal((await store.alarmJournal.list({ limit: 10 })).items.length, 3);
  });

  it('is read by time, alarm and cursor, newest first', async () => {
    const store = await (await fresh()).open();
    for (let i = 1; i <= 6; i++)
      await store.alarmJournal.append(raised(i * 1_000, i % 2 === 0 ? 'MOTOR_WARM' : 'ESTOP'));
    const atOf = async (query: object): Promise<[number[], string | null]> => {
      const page = await store.alarmJournal.list({ limit: 2, ...query });
      return [page.items.map((item) => item.atMs), page.next];
    };
    assert.deepEqual(await atOf({ alarm: 'ESTOP' }), [[5_000, 3_000], '3']);
    assert.deepEqual(await atOf({ alarm: 'ESTOP', cursor: '3' }), [[1_000], null]);
    assert.deepEqual(await atOf({ fromMs: 2_000, toMs: 3_000 }), [[3_000, 2_000], null]);
    assert.deepEqual(await atOf({ alarm: 'NONE' }), [[], null]);
  });

  it('knows when it begins, and that it does not yet', async () => {
    const store = await (await fresh()).open();
    assert.equal(await store.alarmJournal.beginMs(), null);
    for (const atMs of [2_000, 1_000, 3_000]) await store.alarmJournal.append(raised(atMs));
    assert.equal(await store.alarmJournal.beginMs(), 1_000);
  });

  it('keeps who did it, from where and what was said', async () => {
    const store = await (await fresh()).open();
    const event: AlarmEvent = {
      ...raised(1),
      transition: 'acknowledged',
      actor: 'anna',
      station: 'panel-2',
      comment: 'seen',
    };
    await store.alarmJournal.append(event);
    assert.deepEqual((await store.alarmJournal.list({ limit: 1 })).items, [{ ...event, entry: 1 }]);
  });

  it('reads what was written before there were shelves and explanations', async () => {
    const store = await (await fresh()).open();
    const { shelf: _shelf, explanation: _explanation, ...older } = occurrence;
    await store.alarmJournal.append({ ...raised(1), occurrence: older as AlarmOccurrence });
    const [item] = (await store.alarmJournal.list({ limit: 1 })).items;
    assert.deepEqual(item?.occurrence, { ...older, shelf: null, explanation: 'Emergency stop. Find out why.' });
  });
});

onBothDatabases('counters', (fresh) => {
  it('keep the last that was told, over a restart', async () => {
    const database = await fresh();
    const store = await database.open();
    await store.counters.set({ 'machine.cycles': 3, 'machine.runningHours': 0.25 }, 1_000);
    await store.counters.set({ 'machine.cycles': 4 }, 2_000);
    await store.counters.set({}, 3_000);
    await store.close();
    const again = await database.open();
    assert.deepEqual(
      [...(await again.counters.all())],
      [
        ['machine.cycles', { value: 4, atMs: 2_000 }],
        ['machine.runningHours', { value: 0.25, atMs: 1_000 }],
      ],
    );
  });
});

describe('the audit entry of a command', () => {
  it('names who, what, from where, with which arguments, what it was before and why', () => {
    const entry = auditEntryOf(
      {
        action: { name: 'write', signal: 'heater.zone1.setpoint', value: 200, reason: 'PET' },
        principal: { name: 'anna', role: 'operator', kind: 'person' },
        origin: 'opcua',
        station: 'scada-1',
      },
      { accepted: true, commandId: 'c', state: 'HEATING', before: 190, after: 200 },
      7,
    );
    assert.deepEqual(entry, {
      atMs: 7,
      actor: 'anna',
      role: 'operator',
      kind: 'person',
      origin: 'opcua',
      station: 'scada-1',
      action: 'write',
      args: { signal: 'heater.zone1.setpoint', value: 200 },
      before: 190,
      after: 200,
      reason: 'PET',
      result: 'accepted',
      reasons: [],
    });
  });

  it('says what the operator was told when it was accepted and changed nothing', () => {
    const entry = auditEntryOf(
      {
        action: { name: 'unshelve', alarm: 'MOTOR_WARM' },
        principal: { name: 'anna', role: 'operator', kind: 'person' },
        origin: 'rest',
      },
      { accepted: true, commandId: 'c', state: 'IDLE', note: 'MOTOR_WARM is not shelved; nothing changed.' },
      7,
    );
    assert.deepEqual(entry.args, { alarm: 'MOTOR_WARM', note: 'MOTOR_WARM is not shelved; nothing changed.' });
    assert.deepEqual([entry.result, entry.reasons], ['accepted', []]);
  });

  it('holds the whole of a recipe that was loaded, and what was loaded before', () => {
    const zones = { zone1: { setpointC: 250 } };
    const entry = auditEntryOf(
      {
        action: { name: 'loadRecipe', recipe: { name: 'PET', version: 3, zones, drives: {} } },
        principal: { name: 'anna', role: 'operator', kind: 'person' },
        origin: 'rest',
      },
      { accepted: true, commandId: 'c', state: 'IDLE', before: 'PP 1', after: 'PET 3' },
      7,
    );
    assert.deepEqual(
      [entry.action, entry.args, entry.before, entry.after],
      [
        'loadRecipe',
        { recipe: 'PET', version: 3, content: '{"zones":{"zone1":{"setpointC":250}},"drives":{}}' },
        'PP 1',
        'PET 3',
      ],
    );
  });
});
