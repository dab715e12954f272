import type { AlarmEvent, AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import type { CommandOutcome } from '../../machine/commands/command.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import type { CommandGate, CommandRequest, MachineView, ViewListener } from '../../machine/ports.ts';
import type { Sample, SignalDeclaration } from '../../machine/signal.ts';
import type { MachineStatus } from '../../machine/status.ts';
import type { ZoneStatus } from '../../machine/zone-status.ts';

const signals: readonly SignalDeclaration[] = [
  {
    id: 'temperature.zone1',
    title: 'Barrel zone 1',
    direction: 'input',
    type: 'Double',
    unit: '°C',
    span: [-20, 400],
    source: { module: 'ai1', channel: '1' },
    decimals: 1,
    enabled: true,
    simulated: true,
  },
  {
    id: 'heater.zone1.setpoint',
    title: 'Setpoint of zone 1',
    direction: 'setting',
    type: 'Double',
    unit: '°C',
    span: [0, 265],
    setting: { role: 'operator', initial: 0 },
    enabled: true,
    simulated: false,
  },
  {
    id: 'fan.on',
    title: 'Fan',
    direction: 'output',
    type: 'Boolean',
    states: ['off', 'on'],
    source: { module: 'ai1', channel: 'fan' },
    manual: true,
    enabled: true,
    simulated: true,
  },
  {
    id: 'machine.heartbeat',
    title: 'Heartbeat',
    direction: 'derived',
    type: 'UInt32',
    enabled: true,
    simulated: false,
  },
];

const gains = { kp: 5, ki: 0.1, kd: 10 };

/** The parts of a declaration that the interface reads; one zone, one module, two alarms. */
export const declaration = {
  id: 'tvemicro',
  site: 'Ansfelden',
  title: 'INTAREMA TVEmicro',
  signals: new Map(signals.map((signal) => [signal.id, signal])),
  modules: [{ id: 'ai1', line: 'rtu0', simulated: true, pollPeriodMs: 500 }],
  zones: [
    {
      id: 'zone1',
      title: 'Barrel zone 1',
      temperature: 'temperature.zone1',
      raw: 'temperature.zone1',
      setpoint: 'heater.zone1.setpoint',
      tripAboveC: 280,
      minimumC: 170,
      lowestMinimumC: 100,
      pid: { ...gains, derivativeFilterSeconds: 2 },
    },
  ],
  drives: [
    { id: 'main', title: 'Main drive', setpoint: 'motor.main.setpoint', command: '', running: '', maximumRpm: 1_500 },
  ],
  commands: { runningMarginK: 10 },
  tuning: { marginK: 15, leastAmplitudePercent: 5 },
  sensors: [],
  motor: { sensor: 'temperature.motor', tripAtC: 65, startBelowC: 60 },
  guards: { staleAfterSeconds: 1, staleAfterPolls: 4 },
  annunciation: {
    shelveMaximumMinutes: 480,
    chatterSeconds: 60,
    chatterCount: 3,
    staleHours: 24,
    floodBeginsAbove: 10,
    floodEndsBelow: 5,
  },
  alarms: [
    { id: 'ESTOP', text: 'Emergency stop', priority: 1 },
    {
      id: 'ZONE1_WARM',
      text: 'Zone 1 warm',
      priority: 3,
      limit: { signal: 'temperature.zone1', above: 250, deadband: 3 },
    },
  ],
} as unknown as MachineDeclaration;

export const zone1: ZoneStatus = {
  id: 'zone1',
  title: 'Barrel zone 1',
  gains,
  gainsFrom: 'configuration',
  configuredGains: gains,
  ownGains: gains,
  minimumC: 170,
  workingSetpointC: 200,
  secondsToBand: 0,
  model: {
    from: 'configuration',
    gainKPerPercent: 3,
    timeConstantSeconds: 400,
    deadTimeSeconds: 8,
    ambientC: 23,
    warmedBy: [{ zone: 'zone2', kPerK: 0.1 }],
    learning: false,
    errorShare: null,
  },
  test: null,
  tuning: { test: null, applied: null },
};

export const estop: AlarmOccurrence = {
  id: 'ESTOP',
  occurrenceId: 'ESTOP-7',
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
  raisedAtMs: 1_763_000_000_000,
  clearedAtMs: null,
  value: false,
  quality: 'Good',
  explanation: 'The e-stop chain is open. Find out why, then release.',
  count: 1,
  consequence: 'The machine stops.',
  response: 'Find out why, then release.',
};

/** A machine that shows what a test tells it to show. */
export class FakeMachine implements MachineView {
  zones: readonly ZoneStatus[] = [zone1];
  drives: MachineView['drives'] = [{ id: 'main', title: 'Main drive', maximumRpm: 1_500 }];
  readonly declaration = declaration;
  readonly samples = new Map<string, Sample>([
    ['temperature.zone1', { value: 201.5, quality: 'Good', sourceTimeMs: 1_763_000_000_000 }],
    ['heater.zone1.setpoint', { value: 200, quality: 'Good', sourceTimeMs: 1_762_000_000_000 }],
    ['fan.on', { value: null, quality: 'BadNotConnected', sourceTimeMs: 1_763_000_000_000 }],
    ['machine.heartbeat', { value: 1, quality: 'Good', sourceTimeMs: 1_763_000_000_000 }],
  ]);
  status: MachineStatus = {
    state: 'READY',
    mode: 'AUTO',
    startPermitted: true,
    blockers: [],
    alarms: { unacknowledged: 0, active: 0, highest: null },
    heating: true,
    recipe: null,
    recipeVersion: null,
    recipeModified: false,
    scan: {
      periodMs: 250,
      count: 10,
      overruns: 0,
      jitterP50Ms: 0.1,
      jitterP99Ms: 0.5,
      jitterMaxMs: 1,
      durationP99Ms: 1,
    },
    atMs: 1_763_000_000_000,
  };
  controlAlive = true;
  alarms: AlarmOccurrence[] = [];
  readonly modules = [];
  readonly listeners = new Set<ViewListener>();

  subscribe(listener: ViewListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  read(signal: string, sample: Sample): void {
    this.samples.set(signal, sample);
    for (const listener of this.listeners) listener.signals?.([{ signal, ...sample }]);
  }

  turn(change: Partial<MachineStatus>): void {
    this.status = { ...this.status, ...change };
    for (const listener of this.listeners) listener.status?.(this.status);
  }

  ring(event: AlarmEvent): void {
    for (const listener of this.listeners) listener.alarm?.(event);
  }
}

export class FakeGate implements CommandGate {
  readonly requests: CommandRequest[] = [];
  outcome: CommandOutcome = { accepted: true, commandId: 'c1', state: 'READY' };

  async request(request: CommandRequest): Promise<CommandOutcome> {
    this.requests.push(request);
    return this.outcome;
  }
}
