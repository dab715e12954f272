/** Files that are mutated together, and the tests that concern them: what kills fast comes first, the laws last. */
export interface MutationGroup {
  readonly name: string;
  readonly mutate: readonly string[];
  readonly tests: readonly string[];
}

const interlocks = (...names: readonly string[]) => names.map((name) => `machine/interlocks/${name}.ts`);
const control = (...names: readonly string[]) => names.map((name) => `machine/control/${name}.ts`);
const files = (...names: readonly string[]) => names.map((name) => `test/machine/${name}.test.ts`);
const test = (...names: readonly string[]) => files(...names, 'laws');

export const mutationGroups: readonly MutationGroup[] = [
  {
    name: 'temperatures',
    mutate: interlocks('over-temperature', 'cold-extrusion', 'zone-deviation', 'held'),
    tests: test('held', 'rules/temperatures', 'explanations'),
  },
  {
    name: 'signals',
    mutate: interlocks('comms-lost', 'output-mismatch', 'sensor-failed', 'signal-lost', 'temperature-stale'),
    tests: test('rules/sensors', 'rules/outputs-and-scan', 'communication', 'explanations', 'rules/communication'),
  },
  {
    name: 'drives',
    mutate: interlocks('drive-fault', 'drive-not-running', 'drive-not-stopping', 'drive-overload'),
    tests: test('rules/drives', 'explanations'),
  },
  {
    name: 'plant',
    mutate: interlocks('estop', 'scan-overrun', 'server-conditions', 'interlocks'),
    tests: test('rules/estop', 'rules/outputs-and-scan', 'explanations'),
  },
  {
    name: 'heaters',
    mutate: interlocks(
      'heater-not-heating',
      'heater-uncontrolled',
      'heater-power-mismatch',
      'excess-power',
      'prove-off',
      'frozen-sensor',
      'unexpected-rise',
      'temperature-trail',
    ),
    // these meet every limit of the guards by themselves; the scenes of a whole machine and the laws would only take longer
    tests: files(
      'prove-off',
      'temperature-trail',
      'frozen-sensor',
      'rules/heater-limits',
      'heater-uncontrolled',
      'rules/heaters',
    ),
  },
  {
    name: 'heater models',
    mutate: interlocks('heater-model', 'heater-shortfall', 'swap-watch', 'zones-swapped'),
    tests: files(
      'settling',
      'heater-shortfall',
      'swap-watch',
      'swap-watch-readings',
      'swap-watch-pace',
      'zones-swapped',
    ),
  },
  {
    name: 'states',
    mutate: control('transitions', 'machine-control', 'sequence', 'cycles', 'readiness', 'state', 'emergency'),
    tests: test('sequence', 'emergency', 'rules/states', 'control', 'rules/estop', 'commands'),
  },
  {
    name: 'outputs',
    mutate: control('drives', 'ramp', 'outputs', 'output-board', 'auxiliaries', 'lights'),
    tests: test(
      'outputs',
      'control',
      'commands',
      'rules/estop',
      'rules/states',
      'rules/drives',
      'rules/outputs-and-scan',
    ),
  },
  {
    name: 'heating',
    mutate: control('heating', 'pid'),
    tests: test('control', 'rules/heaters', 'commands', 'heater-guards'),
  },
  {
    name: 'permissives',
    mutate: control('permissives', 'reason-text'),
    tests: test('commands', 'control', 'rules/states', 'rules/temperatures'),
  },
  {
    name: 'alarms',
    mutate: ['machine/alarms/*.ts'],
    // the laws of the core would run for every one of them, and what they know of alarms the others know better
    tests: files(
      'alarms-states',
      'alarms',
      'alarms-causes',
      'alarms-limits',
      'alarms-shelving',
      'alarms-statistics',
      'explanations',
      'alarms-laws',
    ),
  },
  {
    name: 'commands',
    mutate: ['machine/commands/*.ts'],
    tests: test('commands', 'control', 'alarms', 'rules/estop'),
  },
  {
    name: 'acquisition',
    mutate: ['machine/acquisition/*.ts'],
    tests: test('acquisition', 'communication', 'rules/sensors', 'rules/communication'),
  },
];
