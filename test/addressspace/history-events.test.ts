import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  AttributeIds,
  type ClientSession,
  ContentFilter,
  ContentFilterElement,
  DataType,
  ElementOperand,
  EventFilter,
  FilterOperator,
  type HistoryReadResult,
  LiteralOperand,
  NodeId,
  ReadEventDetails,
  SimpleAttributeOperand,
  type Variant,
  resolveNodeId,
} from 'node-opcua';
import { eventIdOf } from '../../addressspace/event-id.ts';
import { type JournalSpan, inOrderOfTime } from '../../addressspace/history/journal-order.ts';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import type { AlarmEvent, AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import { StoreUnavailableError } from '../../operations/ports/failure.ts';
import type { AlarmJournal, AlarmJournalQuery, AlarmJournalRecord } from '../../operations/ports/journal.ts';
import { type Store, openStore } from '../../store/open-store.ts';
import { silentLog, temporaryFolder } from '../store/stores.ts';
import { Clients } from './clients.ts';
import { historyRead } from './history-shelf.ts';
import { type TestServer, startTestServer } from './plant.ts';

const noonMs = Date.UTC(2026, 10, 20, 12);
const at = (second: number) => new Date(noonMs + second * 1_000);
const unset = new Date(Date.UTC(1601, 0, 1));

const occurrence: AlarmOccurrence = {
  id: 'MOTOR_WARM',
  occurrenceId: 'MOTOR_WARM-1',
  priority: 3,
  text: 'Motor warm',
  state: 'unacknowledged',
  active: true,
  acknowledged: false,
  latched: false,
  trip: false,
  firstOut: false,
  suppressedBy: null,
  shelf: null,
  raisedAtMs: noonMs,
  clearedAtMs: null,
  value: 61,
  quality: 'Good',
  explanation: 'The motor is at 61 °C; at 65 °C it trips.',
  count: 1,
  consequence: 'The motor trips.',
  response: 'Reduce speed.',
};

function event(second: number, change: Partial<AlarmOccurrence> = {}, more: Partial<AlarmEvent> = {}): AlarmEvent {
  return {
    atMs: noonMs + second * 1_000,
    transition: 'raised',
    occurrence: { ...occurrence, ...change },
    actor: null,
    ...more,
  };
}

const estop = { id: 'ESTOP', occurrenceId: 'ESTOP-1', priority: 1, latched: true } as const;

/** In the order in which they were stored: the third came late. */
const stored: readonly AlarmEvent[] = [
  event(0),
  event(20, estop),
  event(
    10,
    { acknowledged: true, state: 'acknowledged' },
    { transition: 'acknowledged', actor: 'otto', comment: 'Fan was off.' },
  ),
  event(30, { acknowledged: true, active: false, state: 'normal' }, { transition: 'returned' }),
  event(40, { ...estop, active: false, state: 'latched' }, { transition: 'returned' }),
];

class ListedJournal implements AlarmJournal {
  readonly records: readonly AlarmJournalRecord[];
  lists = 0;

  constructor(times: readonly number[]) {
    this.records = times.map((atMs, i) => ({ ...event(0), atMs, entry: i + 1 }));
  }

  async append(): Promise<void> {
    throw new Error('this journal is only read');
  }

  async list({ fromMs = 0, toMs = Infinity, cursor, limit }: AlarmJournalQuery) {
    this.lists++;
    const found = this.records
      .filter(({ atMs, entry }) => atMs >= fromMs && atMs <= toMs && entry < Number(cursor ?? Infinity))
      .toReversed();
    return { items: found.slice(0, limit), next: found.length > limit ? String(found[limit - 1]?.entry) : null };
  }

  async beginMs() {
    return this.records.length === 0 ? null : Math.min(...this.records.map(({ atMs }) => atMs));
  }
}

async function entriesOf(journal: AlarmJournal, span: JournalSpan, stopAfter = Infinity): Promise<number[]> {
  const entries: number[] = [];
  let after = null;
  for (let more = true; more;) {
    more = false;
    let taken = 0;
    read: for await (const records of inOrderOfTime(journal, span, after)) {
      for (const { atMs, entry } of records) {
        if (taken++ >= stopAfter) {
          more = true;
          break read;
        }
        entries.push(entry);
        after = { atMs, entry };
      }
    }
  }
  return entries;
}

const rows = (result: HistoryReadResult): Variant[][] =>
  ((result.historyData as unknown as { events: { eventFields: Variant[] }[] } | null)?.events ?? []).map(
    ({ eventFields }) => eventFields,
  );

function seconds(result: HistoryReadResult): number[] {
  return rows(result).map(([time]) => {
    assert.ok(time?.value instanceof Date);
    return (time.value.getTime() - noonMs) / 1_000;
  });
}

const field = (path: string, attributeId = AttributeIds.Value) =>
  new SimpleAttributeOperand({
    typeDefinitionId: resolveNodeId('ConditionType'),
    browsePath: path === '' ? [] : path.split('.').map((name) => ({ name, namespaceIndex: 0 })),
    attributeId,
  });
const literal = (dataType: DataType, value: unknown) => new LiteralOperand({ value: { dataType, value } });
const element = (filterOperator: FilterOperator, ...filterOperands: ContentFilterElement['filterOperands'] & object) =>
  new ContentFilterElement({ filterOperator, filterOperands });

const idOf = (...given: Parameters<typeof event>) => eventIdOf(event(...given)).toString('hex');

describe('The EventId of a transition', () => {
  it('is its own: another time, transition or occurrence has another', () => {
    const others = [
      idOf(0),
      idOf(1),
      idOf(0, { occurrenceId: 'MOTOR_WARM-2' }),
      idOf(0, {}, { transition: 'returned' }),
    ];
    assert.equal(new Set(others).size, others.length);
    assert.equal(idOf(0, { explanation: 'told otherwise' }), idOf(0), 'it does not hang on the wording');
    assert.equal(others[0]?.length, 32);
  });
});

describe('The alarm journal in the order of time', () => {
  it('has every entry once, in either direction, wherever the reading is taken up again', async () => {
    const times = fc.array(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 90_000_000 })), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(
        times,
        fc.boolean(),
        fc.nat(50_000_000),
        fc.integer({ min: 1, max: 7 }),
        async (atMs, newestFirst, fromMs, stopAfter) => {
          const journal = new ListedJournal(atMs);
          const span = { fromMs, toMs: 80_000_000, newestFirst };
          const expected = journal.records
            .filter((record) => record.atMs >= fromMs && record.atMs < 80_000_000)
            .toSorted((a, b) => a.atMs - b.atMs || a.entry - b.entry)
            .map(({ entry }) => entry);
          assert.deepEqual(await entriesOf(journal, span, stopAfter), newestFirst ? expected.toReversed() : expected);
        },
      ),
    );
  });

  it('is read to the end where thousands of entries share a moment', async () => {
    const journal = new ListedJournal(Array.from({ length: 1_700 }, (_, i) => (i < 1_600 ? 5_000 : 5_000 + i)));
    const span = { fromMs: 0, toMs: 10_000, newestFirst: false };
    assert.equal((await entriesOf(journal, span)).length, 1_700);
  });

  it('is not asked about the years before it began', async () => {
    const journal = new ListedJournal([noonMs]);
    await entriesOf(journal, { fromMs: 0, toMs: noonMs + 1_000, newestFirst: false });
    assert.ok(journal.lists < 3, String(journal.lists));
  });
});

describe('OPC UA history of events', function () {
  this.timeout(20_000);
  const clients = new Clients();
  const folder = temporaryFolder();
  let store: Store;
  let server: TestServer;
  let session: ClientSession;
  let index: number;
  let isAway = false;

  before(async () => {
    store = await openStore({ databaseUrl: null, dataDir: folder.path, log: silentLog });
    for (const each of stored) await store.alarmJournal.append(each);
    const { alarmJournal } = store;
    const journal: AlarmJournal = {
      append: (each) => alarmJournal.append(each),
      beginMs: () => alarmJournal.beginMs(),
      async list(query) {
        if (isAway) throw new StoreUnavailableError('the database is away');
        return await alarmJournal.list(query);
      },
    };
    server = await startTestServer({}, { alarmJournal: journal });
    session = await clients.connectedAs(server.endpointUrl, null);
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  beforeEach(() => {
    isAway = false;
  });
  after(async () => {
    await clients.close();
    await server.dispose();
    await store.close();
    folder.remove();
  });

  interface Asked {
    from?: Date;
    to?: Date;
    number?: number;
    select?: readonly string[];
    where?: readonly ContentFilterElement[];
    node?: string;
    continuationPoint?: Buffer;
  }
  async function read(asked: Asked = {}): Promise<HistoryReadResult> {
    const details = new ReadEventDetails({
      startTime: asked.from ?? unset,
      endTime: asked.to ?? unset,
      numValuesPerNode: asked.number ?? 0,
      filter: new EventFilter({
        selectClauses: (asked.select ?? ['Time']).map((path) =>
          path === '' ? field('', AttributeIds.NodeId) : field(path),
        ),
        whereClause: new ContentFilter({ elements: [...(asked.where ?? [])] }),
      }),
    });
    const { continuationPoint } = asked;
    const node = asked.node ?? `ns=${index};s=machine`;
    const [result] = await historyRead(session, details, [
      { node, ...(continuationPoint ? { continuationPoint } : {}) },
    ]);
    assert.ok(result);
    return result;
  }
  const whole = { from: at(0), to: at(100) };

  for (const node of ['machine', 'server']) {
    it(`is offered on the ${node}, in the order of time, not of storing`, async () => {
      const asked = { ...whole, ...(node === 'server' ? { node: 'i=2253' } : {}) };
      assert.deepEqual(seconds(await read(asked)), [0, 10, 20, 30, 40]);
      const notifier = await session.read({
        nodeId: asked.node ?? `ns=${index};s=machine`,
        attributeId: AttributeIds.EventNotifier,
      });
      assert.equal(Number(notifier.value.value) & 0b100, 0b100, 'HistoryRead');
    });
  }

  it('carries the fields of an alarm event', async () => {
    const select = [
      'SourceNode',
      'SourceName',
      'Message',
      'Severity',
      'ConditionName',
      'ActiveState.Id',
      'AckedState.Id',
      'Retain',
      'Comment',
      'ClientUserId',
      'EventType',
      'ActiveState',
      'Quality',
      '',
      'BranchId',
      'NoSuchField',
    ];
    const [row] = rows(await read({ from: at(10), to: at(10), select }));
    const shown = row?.map(({ value }) => {
      const content = value as { text?: string; name?: string } | NodeId | string | number | boolean | null;
      if (content instanceof NodeId) return content.toString();
      return typeof content === 'object' ? (content?.text ?? content?.name ?? null) : content;
    });
    assert.deepEqual(shown, [
      `ns=${index};s=machine`,
      'tvemicro',
      'The motor is at 61 °C; at 65 °C it trips.',
      500,
      'MOTOR_WARM',
      true,
      true,
      true,
      'Fan was off.',
      'otto',
      'ns=0;i=2915',
      'Active',
      'Good',
      `ns=${index};s=alarm.MOTOR_WARM`,
      'ns=0;i=0',
      null,
    ]);
  });

  it('gives each transition an EventId that follows from the journal', async () => {
    const ids = rows(await read({ ...whole, select: ['EventId'] })).map(([id]) =>
      Buffer.from((id?.value ?? '') as Uint8Array).toString('hex'),
    );
    const inOrder = stored.toSorted((a, b) => a.atMs - b.atMs);
    assert.deepEqual(
      ids,
      inOrder.map((each) => eventIdOf(each).toString('hex')),
    );
    assert.equal(new Set(ids).size, stored.length);
  });

  for (const [what, asked, expected] of [
    ['backwards when the end lies before the begin', { from: at(30), to: at(0) }, [30, 20, 10]],
    ['as many as wanted from the begin', { from: at(10), number: 2 }, [10, 20]],
    ['as many as wanted up to the end, newest first', { to: at(30), number: 2 }, [30, 20]],
    ['those at one moment', { from: at(20), to: at(20) }, [20]],
    ['none of a time without any', { from: at(50), to: at(60) }, []],
  ] as const) {
    it(`gives ${what}`, async () => {
      const result = await read(asked);
      assert.deepEqual(seconds(result), expected);
      assert.equal(result.statusCode.name, expected.length > 0 ? 'Good' : 'GoodNoData');
    });
  }

  it('leads on with a continuation point, in either direction', async () => {
    for (const [from, to, expected] of [
      [at(0), at(100), [0, 10, 20, 30, 40]],
      [at(100), at(-1), [40, 30, 20, 10, 0]],
    ] as const) {
      const seen: number[] = [];
      let result = await read({ from, to, number: 2 });
      for (seen.push(...seconds(result)); result.continuationPoint?.length; seen.push(...seconds(result))) {
        result = await read({ from, to, number: 2, continuationPoint: result.continuationPoint });
      }
      assert.deepEqual(seen, expected);
    }
  });

  for (const [what, where, expected] of [
    [
      'severity',
      [element(FilterOperator.GreaterThanOrEqual, field('Severity'), literal(DataType.UInt16, 700))],
      [20, 40],
    ],
    ['source name', [element(FilterOperator.Equals, field('SourceName'), literal(DataType.String, 'another'))], []],
    [
      'condition name',
      [element(FilterOperator.Equals, field('ConditionName'), literal(DataType.String, 'MOTOR_WARM'))],
      [0, 10, 30],
    ],
    [
      'type',
      [element(FilterOperator.OfType, literal(DataType.NodeId, resolveNodeId('AlarmConditionType')))],
      [0, 10, 20, 30, 40],
    ],
    ['another type', [element(FilterOperator.OfType, literal(DataType.NodeId, resolveNodeId('AuditEventType')))], []],
    [
      'a list of types',
      [
        element(
          FilterOperator.InList,
          field('EventType'),
          literal(DataType.NodeId, resolveNodeId('AlarmConditionType')),
        ),
      ],
      [0, 10, 20, 30, 40],
    ],
    [
      'two conditions together',
      [
        element(FilterOperator.And, new ElementOperand({ index: 1 }), new ElementOperand({ index: 2 })),
        element(FilterOperator.Equals, field('ActiveState.Id'), literal(DataType.Boolean, true)),
        element(FilterOperator.LessThan, field('Severity'), literal(DataType.UInt16, 700)),
      ],
      [0, 10],
    ],
  ] as const) {
    it(`is filtered by ${what}`, async () => {
      assert.deepEqual(seconds(await read({ ...whole, where })), expected);
    });
  }

  const doubling = Array.from({ length: 30 }, (_, i) =>
    i === 29
      ? element(FilterOperator.Equals, field('Retain'), literal(DataType.Boolean, true))
      : element(FilterOperator.And, new ElementOperand({ index: i + 1 }), new ElementOperand({ index: i + 1 })),
  );
  for (const [what, asked, status] of [
    ['a filter that selects nothing', { ...whole, select: [] }, 'BadEventFilterInvalid'],
    [
      'an operator that is not known',
      { ...whole, where: [element(FilterOperator.Like, field('SourceName'), literal(DataType.String, '%'))] },
      'BadFilterOperatorUnsupported',
    ],
    [
      'a filter without operands',
      { ...whole, where: [element(FilterOperator.Equals)] },
      'BadFilterOperandCountMismatch',
    ],
    [
      'a filter that goes in circles',
      { ...whole, where: [element(FilterOperator.Not, new ElementOperand({ index: 0 }))] },
      'BadFilterElementInvalid',
    ],
    ['a filter that doubles its work with each element', { ...whole, where: doubling }, 'BadTooManyOperations'],
    [
      'an event id compared with nothing',
      { ...whole, where: [element(FilterOperator.Equals, field('EventId'), literal(DataType.ByteString, null))] },
      'BadEventFilterInvalid',
    ],
    ['a span without two of begin, end and number', { from: at(0) }, 'BadHistoryOperationInvalid'],
    ['a node without events', { ...whole, node: 'i=85' }, 'BadHistoryOperationUnsupported'],
    [
      'a continuation point that was made up',
      { ...whole, continuationPoint: Buffer.alloc(16) },
      'BadContinuationPointInvalid',
    ],
  ] as const) {
    it(`refuses ${what} with ${status}`, async () => {
      assert.equal((await read(asked)).statusCode.name, status);
    });
  }

  it('says that the store is away, rather than that nothing happened', async () => {
    isAway = true;
    assert.equal((await read(whole)).statusCode.name, 'BadResourceUnavailable');
  });
});
