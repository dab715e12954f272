import assert from 'node:assert/strict';

import { AlarmBench, declared } from './alarm-bench.ts';

const alarm = 'A';
const reason = 'filter is on order';

/** How an alarm gets into each state. `trip`: it has stopped the machine. */
const ways: Readonly<Record<string, (bench: AlarmBench) => void>> = {
  normal: () => undefined,
  unacknowledged: (bench) => void bench.report(alarm, true),
  acknowledged: (bench) => void bench.report(alarm, true).ask({ name: 'acknowledge', alarm }),
  'returned unacknowledged': (bench) => void bench.report(alarm, true).report(alarm, false),
  tripped: (bench) => void bench.report(alarm, true, { trips: true }),
  'trip returned unacknowledged': (bench) => void bench.report(alarm, true, { trips: true }).report(alarm, false),
  'trip latched': (bench) =>
    void bench.report(alarm, true, { trips: true }).report(alarm, false).ask({ name: 'acknowledge', alarm }),
  'trip cleared unacknowledged': (bench) =>
    void bench.report(alarm, true, { trips: true }).report(alarm, false).clear(),
  'shelved before it rang': (bench) => void bench.ask({ name: 'shelve', alarm, minutes: 10, reason }),
  'shelved active': (bench) => void bench.report(alarm, true).ask({ name: 'shelve', alarm, minutes: 10, reason }),
  'shelved returned': (bench) => {
    bench.report(alarm, true).ask({ name: 'shelve', alarm, minutes: 10, reason });
    bench.report(alarm, false);
  },
  suppressed: (bench) => void bench.report('CAUSE', true).report(alarm, true, { cause: 'CAUSE' }),
  'suppressed after it rang': (bench) =>
    void bench.report(alarm, true).report('CAUSE', true).report(alarm, true, { cause: 'CAUSE' }),
  'out of service before it rang': (bench) => void bench.ask({ name: 'setInService', alarm, inService: false, reason }),
  'out of service active': (bench) =>
    void bench.report(alarm, true).ask({ name: 'setInService', alarm, inService: false, reason }),
};

type Input = keyof typeof inputs;

/** What can happen to it. Chatter is what rings again within 60 s; a shelf here lasts 10 min. */
const inputs = {
  'rings at once': (bench: AlarmBench) => bench.pass(1).report(alarm, true),
  'rings later': (bench: AlarmBench) => bench.pass(61).report(alarm, true),
  returns: (bench: AlarmBench) => bench.pass(1).report(alarm, false),
  'is unknown': (bench: AlarmBench) => bench.pass(1).report(alarm, null),
  trips: (bench: AlarmBench) => bench.pass(1).report(alarm, true, { trips: true }),
  'cause comes': (bench: AlarmBench) => bench.report('CAUSE', true).report(alarm, true, { cause: 'CAUSE' }),
  'cause goes': (bench: AlarmBench) => bench.report('CAUSE', false).report(alarm, true, { cause: 'CAUSE' }),
  acknowledge: (bench: AlarmBench) => bench.ask({ name: 'acknowledge', alarm }),
  clear: (bench: AlarmBench) => bench.clear(),
  shelve: (bench: AlarmBench) => bench.ask({ name: 'shelve', alarm, minutes: 10, reason }),
  unshelve: (bench: AlarmBench) => bench.ask({ name: 'unshelve', alarm }),
  'time is up': (bench: AlarmBench) => bench.pass(600),
  'out of service': (bench: AlarmBench) => bench.ask({ name: 'setInService', alarm, inService: false, reason }),
  'in service': (bench: AlarmBench) => bench.ask({ name: 'setInService', alarm, inService: true, reason }),
};

/** Transitions → the state afterwards, with the count where it rang more than once. */
const table: Readonly<Record<string, Readonly<Record<Input, string>>>> = {
  normal: {
    'rings at once': 'raised → unacknowledged',
    'rings later': 'raised → unacknowledged',
    returns: 'nothing → normal',
    'is unknown': 'nothing → normal',
    trips: 'raised, tripped → unacknowledged',
    'cause comes': 'suppressed → suppressed',
    'cause goes': 'raised → unacknowledged',
    acknowledge: 'refused ALARM_NOT_STANDING → normal',
    clear: 'nothing → normal',
    shelve: 'shelved → shelved',
    unshelve: 'nothing → normal',
    'time is up': 'nothing → normal',
    'out of service': 'out-of-service → out-of-service',
    'in service': 'nothing → normal',
  },
  unacknowledged: {
    'rings at once': 'nothing → unacknowledged',
    'rings later': 'nothing → unacknowledged',
    returns: 'returned → returned-unacknowledged',
    'is unknown': 'nothing → unacknowledged',
    trips: 'tripped → unacknowledged',
    'cause comes': 'suppressed → suppressed',
    'cause goes': 'nothing → unacknowledged',
    acknowledge: 'acknowledged → acknowledged',
    clear: 'nothing → unacknowledged',
    shelve: 'shelved → shelved',
    unshelve: 'nothing → unacknowledged',
    'time is up': 'nothing → unacknowledged',
    'out of service': 'out-of-service → out-of-service',
    'in service': 'nothing → unacknowledged',
  },
  acknowledged: {
    'rings at once': 'nothing → acknowledged',
    'rings later': 'nothing → acknowledged',
    returns: 'returned → normal',
    'is unknown': 'nothing → acknowledged',
    trips: 'tripped → unacknowledged',
    'cause comes': 'suppressed → suppressed',
    'cause goes': 'nothing → acknowledged',
    acknowledge: 'nothing → acknowledged',
    clear: 'nothing → acknowledged',
    shelve: 'shelved → shelved',
    unshelve: 'nothing → acknowledged',
    'time is up': 'nothing → acknowledged',
    'out of service': 'out-of-service → out-of-service',
    'in service': 'nothing → acknowledged',
  },
  'returned unacknowledged': {
    'rings at once': 'raised → unacknowledged ×2',
    'rings later': 'superseded, raised → unacknowledged',
    returns: 'nothing → returned-unacknowledged',
    'is unknown': 'nothing → returned-unacknowledged',
    trips: 'raised, tripped → unacknowledged ×2',
    'cause comes': 'suppressed → suppressed ×2',
    'cause goes': 'raised → unacknowledged ×2',
    acknowledge: 'acknowledged → normal',
    clear: 'nothing → returned-unacknowledged',
    shelve: 'shelved → shelved',
    unshelve: 'nothing → returned-unacknowledged',
    'time is up': 'nothing → returned-unacknowledged',
    'out of service': 'out-of-service → out-of-service',
    'in service': 'nothing → returned-unacknowledged',
  },
  tripped: {
    'rings at once': 'nothing → unacknowledged',
    'rings later': 'nothing → unacknowledged',
    returns: 'returned → returned-unacknowledged',
    'is unknown': 'nothing → unacknowledged',
    trips: 'nothing → unacknowledged',
    'cause comes': 'nothing → unacknowledged',
    'cause goes': 'nothing → unacknowledged',
    acknowledge: 'acknowledged → acknowledged',
    clear: 'nothing → unacknowledged',
    shelve: 'refused TRIP_LATCHED → unacknowledged',
    unshelve: 'nothing → unacknowledged',
    'time is up': 'nothing → unacknowledged',
    'out of service': 'refused STOPS_THE_MACHINE → unacknowledged',
    'in service': 'nothing → unacknowledged',
  },
  'trip returned unacknowledged': {
    'rings at once': 'raised → unacknowledged ×2',
    'rings later': 'raised → unacknowledged ×2',
    returns: 'nothing → returned-unacknowledged',
    'is unknown': 'nothing → returned-unacknowledged',
    trips: 'raised → unacknowledged ×2',
    'cause comes': 'raised → unacknowledged ×2',
    'cause goes': 'raised → unacknowledged ×2',
    acknowledge: 'acknowledged → latched',
    clear: 'cleared → returned-unacknowledged',
    shelve: 'refused TRIP_LATCHED → returned-unacknowledged',
    unshelve: 'nothing → returned-unacknowledged',
    'time is up': 'nothing → returned-unacknowledged',
    'out of service': 'refused STOPS_THE_MACHINE → returned-unacknowledged',
    'in service': 'nothing → returned-unacknowledged',
  },
  'trip latched': {
    'rings at once': 'raised → unacknowledged ×2',
    'rings later': 'raised → unacknowledged ×2',
    returns: 'nothing → latched',
    'is unknown': 'nothing → latched',
    trips: 'raised → unacknowledged ×2',
    'cause comes': 'raised → unacknowledged ×2',
    'cause goes': 'raised → unacknowledged ×2',
    acknowledge: 'nothing → latched',
    clear: 'cleared → normal',
    shelve: 'refused TRIP_LATCHED → latched',
    unshelve: 'nothing → latched',
    'time is up': 'nothing → latched',
    'out of service': 'refused STOPS_THE_MACHINE → latched',
    'in service': 'nothing → latched',
  },
  'trip cleared unacknowledged': {
    'rings at once': 'superseded, raised → unacknowledged',
    'rings later': 'superseded, raised → unacknowledged',
    returns: 'nothing → returned-unacknowledged',
    'is unknown': 'nothing → returned-unacknowledged',
    trips: 'superseded, raised, tripped → unacknowledged',
    'cause comes': 'nothing → returned-unacknowledged',
    'cause goes': 'superseded, raised → unacknowledged',
    acknowledge: 'acknowledged → normal',
    clear: 'nothing → returned-unacknowledged',
    shelve: 'shelved → shelved',
    unshelve: 'nothing → returned-unacknowledged',
    'time is up': 'nothing → returned-unacknowledged',
    'out of service': 'refused STOPS_THE_MACHINE → returned-unacknowledged',
    'in service': 'nothing → returned-unacknowledged',
  },
  'shelved before it rang': {
    'rings at once': 'raised → shelved',
    'rings later': 'raised → shelved',
    returns: 'nothing → shelved',
    'is unknown': 'nothing → shelved',
    trips: 'unshelved, raised, tripped → unacknowledged',
    'cause comes': 'suppressed → suppressed',
    'cause goes': 'raised → shelved',
    acknowledge: 'refused ALARM_NOT_STANDING → shelved',
    clear: 'nothing → shelved',
    shelve: 'shelved → shelved',
    unshelve: 'unshelved → normal',
    'time is up': 'unshelved → normal',
    'out of service': 'out-of-service → out-of-service',
    'in service': 'nothing → shelved',
  },
  'shelved active': {
    'rings at once': 'nothing → shelved',
    'rings later': 'nothing → shelved',
    returns: 'returned → shelved',
    'is unknown': 'nothing → shelved',
    trips: 'unshelved, tripped → unacknowledged',
    'cause comes': 'suppressed → suppressed',
    'cause goes': 'nothing → shelved',
    acknowledge: 'acknowledged → shelved',
    clear: 'nothing → shelved',
    shelve: 'shelved → shelved',
    unshelve: 'unshelved → unacknowledged',
    'time is up': 'unshelved → unacknowledged',
    'out of service': 'out-of-service → out-of-service',
    'in service': 'nothing → shelved',
  },
  'shelved returned': {
    'rings at once': 'raised → shelved ×2',
    'rings later': 'superseded, raised → shelved',
    returns: 'nothing → shelved',
    'is unknown': 'nothing → shelved',
    trips: 'unshelved, raised, tripped → unacknowledged ×2',
    'cause comes': 'suppressed → suppressed ×2',
    'cause goes': 'raised → shelved ×2',
    acknowledge: 'acknowledged → shelved',
    clear: 'nothing → shelved',
    shelve: 'shelved → shelved',
    unshelve: 'unshelved → returned-unacknowledged',
    'time is up': 'unshelved → returned-unacknowledged',
    'out of service': 'out-of-service → out-of-service',
    'in service': 'nothing → shelved',
  },
  suppressed: {
    'rings at once': 'raised → unacknowledged',
    'rings later': 'raised → unacknowledged',
    returns: 'cleared → normal',
    'is unknown': 'nothing → suppressed',
    trips: 'raised, tripped → unacknowledged',
    'cause comes': 'nothing → suppressed',
    'cause goes': 'raised → unacknowledged',
    acknowledge: 'acknowledged → suppressed',
    clear: 'nothing → suppressed',
    shelve: 'shelved → suppressed',
    unshelve: 'nothing → suppressed',
    'time is up': 'nothing → suppressed',
    'out of service': 'out-of-service → suppressed',
    'in service': 'nothing → suppressed',
  },
  'suppressed after it rang': {
    'rings at once': 'raised → unacknowledged',
    'rings later': 'raised → unacknowledged',
    returns: 'returned → returned-unacknowledged',
    'is unknown': 'nothing → suppressed',
    trips: 'raised, tripped → unacknowledged',
    'cause comes': 'nothing → suppressed',
    'cause goes': 'raised → unacknowledged',
    acknowledge: 'acknowledged → suppressed',
    clear: 'nothing → suppressed',
    shelve: 'shelved → suppressed',
    unshelve: 'nothing → suppressed',
    'time is up': 'nothing → suppressed',
    'out of service': 'out-of-service → suppressed',
    'in service': 'nothing → suppressed',
  },
  'out of service before it rang': {
    'rings at once': 'raised → out-of-service',
    'rings later': 'raised → out-of-service',
    returns: 'nothing → out-of-service',
    'is unknown': 'nothing → out-of-service',
    trips: 'in-service, raised, tripped → unacknowledged',
    'cause comes': 'suppressed → suppressed',
    'cause goes': 'raised → out-of-service',
    acknowledge: 'refused ALARM_NOT_STANDING → out-of-service',
    clear: 'nothing → out-of-service',
    shelve: 'refused OUT_OF_SERVICE → out-of-service',
    unshelve: 'refused OUT_OF_SERVICE → out-of-service',
    'time is up': 'nothing → out-of-service',
    'out of service': 'nothing → out-of-service',
    'in service': 'in-service → normal',
  },
  'out of service active': {
    'rings at once': 'nothing → out-of-service',
    'rings later': 'nothing → out-of-service',
    returns: 'returned → out-of-service',
    'is unknown': 'nothing → out-of-service',
    trips: 'in-service, tripped → unacknowledged',
    'cause comes': 'suppressed → suppressed',
    'cause goes': 'nothing → out-of-service',
    acknowledge: 'acknowledged → out-of-service',
    clear: 'nothing → out-of-service',
    shelve: 'refused OUT_OF_SERVICE → out-of-service',
    unshelve: 'refused OUT_OF_SERVICE → out-of-service',
    'time is up': 'nothing → out-of-service',
    'out of service': 'nothing → out-of-service',
    'in service': 'in-service → unacknowledged',
  },
};

describe('the states of an alarm', () => {
  it('are all in the table', () => {
    assert.deepEqual(Object.keys(table), Object.keys(ways));
  });

  for (const [state, row] of Object.entries(table)) {
    for (const [input, expected] of Object.entries(row) as [Input, string][]) {
      it(`${state}, ${input}: ${expected}`, () => {
        const bench = new AlarmBench([declared('CAUSE'), declared(alarm)]);
        ways[state]?.(bench);
        const from = bench.events.length;
        const answer = inputs[input](bench);
        const refusal = 'accepted' in answer && !answer.accepted ? answer.reasons.map(({ code }) => code) : [];
        const happened =
          refusal.length > 0 ? `refused ${refusal.join(', ')}` : bench.transitions(alarm, from).join(', ');
        const { state: after = 'normal', count = 0 } = bench.of(alarm) ?? {};
        assert.equal(`${happened || 'nothing'} → ${after}${count > 1 ? ` ×${count}` : ''}`, expected);
        if (refusal.length > 0) assert.equal(bench.events.length, from, 'a refusal changes nothing');
      });
    }
  }
});
