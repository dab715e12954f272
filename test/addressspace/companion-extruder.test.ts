import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttributeIds,
  type ClientSession,
  ClientSubscription,
  DataType,
  type DataValue,
  TimestampsToReturn,
  type Variant,
  constructEventFilter,
  makeBrowsePath,
  ofType,
} from 'node-opcua';
import { modelUris } from '../../addressspace/companion/models.ts';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import type { CommandAction, Principal } from '../../machine/commands/command.ts';
import type { MachineMode, MachineState } from '../../machine/control/state.ts';
import type { SignalValue } from '../../machine/signal.ts';
import { factoryMachine } from '../machine/factory.ts';
import { need, nodesetsDir } from '../needs.ts';
import { Clients, said, until } from './clients.ts';
import { Crawler } from './crawl.ts';
import { bringToLife, driveSignal, setState } from './extruder-plant.ts';
import { type TestServer, startTestServer } from './plant.ts';

const zone = 'machine-TemperatureZones-TemperatureZone_001';
const subState = 'machine-MachineryBuildingBlocks-MachineryItemState-ExtrusionExecutingSubState-CurrentState';

describe('OPC 40084-3, the machine as an extruder', function () {
  this.timeout(30_000);
  const clients = new Clients();
  const sessions = new Map<string, ClientSession>();
  let images: string;
  let server: TestServer;
  let uris: string[];
  let index: number;

  before(async function () {
    need(this, 'nodesets');
    images = mkdtempSync(join(tmpdir(), 'tve-images-'));
    server = await startTestServer({ nodesetsDir: nodesetsDir ?? '', nodesetImagesDir: images }, {}, factoryMachine());
    for (const name of ['otto', 'erna', 'olga']) {
      sessions.set(name, await clients.connectedAs(server.endpointUrl, name));
    }
    uris = await as('otto').readNamespaceArray();
    index = uris.indexOf(namespaceUri);
  });
  beforeEach(() => {
    server.gate.requests.length = 0;
    server.gate.refuse = null;
    bringToLife(server.plant);
  });
  after(async () => {
    await clients.close();
    await server?.dispose();
    if (images) rmSync(images, { recursive: true });
  });

  const as = (name: string): ClientSession => {
    const session = sessions.get(name);
    assert.ok(session, name);
    return session;
  };
  const idOf = (id: string) => `ns=${index};s=${id}`;
  const valueOf = (id: string, name = 'otto') => as(name).read({ nodeId: idOf(id), attributeId: AttributeIds.Value });
  const read = async (id: string, name = 'otto'): Promise<unknown> => {
    const { value, statusCode } = await valueOf(id, name);
    return statusCode.name === 'Good' ? (value.value?.text ?? value.value) : statusCode.name;
  };
  const write = async (id: string, value: { dataType: DataType; value: unknown }, name = 'otto'): Promise<string> => {
    const status = await as(name).write({
      nodeId: idOf(id),
      attributeId: AttributeIds.Value,
      value: { value },
    });
    return status.name;
  };
  const call = async (object: string, method: string, name = 'otto'): Promise<string> => {
    const result = await as(name).call({ objectId: idOf(object), methodId: idOf(`${object}-${method}`) });
    return result.statusCode.name;
  };
  const asked = (): CommandAction[] => server.gate.requests.map(({ action }) => action);

  it('has every mandatory part of its types while it runs, each Good and with a value', async () => {
    setState(server.plant, 'READY');
    setState(server.plant, 'RUNNING');
    const { read: seen, missing, notGood, empty } = await new Crawler(as('erna')).crawl(idOf('machine'));
    assert.deepEqual([missing, notGood], [[], []]);
    const unknown = empty
      .map((path) => path.replaceAll(/\d+:/g, ''))
      .filter((path) => !path.startsWith('/Users/User_'));
    assert.deepEqual(unknown, ['/LineId'], 'to which line it belongs nobody has told the machine');
    assert.ok(seen.length > 200, `${seen.length} variables`);
  });

  it('shows a client that knows only the specification the way to a zone', async () => {
    const [machinery, extruder, extrusion, plastics] = (
      ['machinery', 'extruder', 'extrusion', 'plastics'] as const
    ).map((model) => uris.indexOf(modelUris[model]));
    const path = `/${index}:tvemicro/${extruder}:TemperatureZones/${extrusion}:TemperatureZone_002/${plastics}:ActualValue`;
    const found = await as('otto').translateBrowsePath(makeBrowsePath(`ns=${machinery};i=1001`, path));
    assert.equal(found.statusCode.name, 'Good');
    const nodeId = found.targets?.[0]?.targetId;
    assert.equal(nodeId?.toString(), idOf('machine-TemperatureZones-TemperatureZone_002-ActualValue'));
  });

  for (const [view, signal] of [
    [`${zone}-ActualValue`, 'temperature.zone1'],
    [`${zone}-SetValue`, 'heater.zone1.setpoint'],
    [`${zone}-ControllerOutput`, 'heater.zone1.output'],
    ['machine-MainDrive-Speed-ActualValue', 'motor.main.speed'],
    ['machine-Feeders-Feeder_001-Speed-SetValue', 'motor.feed.setpoint'],
    ['machine-MainDrive-AdditionalMeasuringDevices-MotorTemperature_001-ActualValue', 'temperature.motor'],
    ['machine-ElectricalEnergy-ActualPower', 'heater.power'],
    ['machine-Maintenance-TotalOperation', 'machine.runningHours'],
    ['machine-StartDevice-StartBlockedByClient', 'machine.startBlockedByClient'],
  ] as const) {
    it(`shows ${signal} at ${view}: the same value, status and source time`, async () => {
      const isFlag = signal.endsWith('ByClient');
      for (const quality of ['Good', 'UncertainLastUsableValue', 'BadSensorFailure'] as const) {
        server.plant.measure(signal, isFlag ? true : 17.25, quality, Date.UTC(2026, 0, 2, 3, 4, 5));
        const [own, seen] = await Promise.all([valueOf(signal), valueOf(view)]);
        assert.deepEqual(told(seen), told(own));
        assert.equal(seen.statusCode.name, quality);
      }
    });
  }

  it('says of a view too that its value is simulated and no measurement', async () => {
    assert.equal(await read(`${zone}-ActualValue-Simulated`), true);
    assert.equal(await read(`${zone}-SetValue-Simulated`), false);
  });

  it('tells whoever monitors a view of every change, a failure of a blink included', async () => {
    server.plant.measure('temperature.zone1', 20);
    const seen = await monitor(`${zone}-ActualValue`);
    await until('the first value', () => seen.length === 1);
    server.plant.measure('temperature.zone1', 21);
    server.plant.measure('temperature.zone1', 21, 'BadSensorFailure');
    server.plant.measure('temperature.zone1', 22);
    await until('four values', () => seen.length >= 4);
    assert.deepEqual(seen, ['Good 20', 'Good 21', 'BadSensorFailure', 'Good 22']);
  });

  it('tells whoever monitors a state when the machine changes it', async () => {
    setState(server.plant, 'READY');
    const seen = await monitor(subState);
    await until('the first state', () => seen.length === 1);
    setState(server.plant, 'RUNNING');
    setState(server.plant, 'ALARM');
    await until('all states', () => seen.length >= 3);
    assert.deepEqual(seen.slice(0, 3), ['Good ReadyToRun', 'Good ControlledRun', 'BadStateNotActive']);
  });

  async function monitor(id: string): Promise<string[]> {
    const subscription = ClientSubscription.create(as('otto'), {
      requestedPublishingInterval: 50,
      requestedMaxKeepAliveCount: 20,
      requestedLifetimeCount: 100,
      publishingEnabled: true,
    });
    const item = await subscription.monitor(
      { nodeId: idOf(id), attributeId: AttributeIds.Value },
      { samplingInterval: 500, queueSize: 50, discardOldest: true },
      TimestampsToReturn.Both,
    );
    const seen: string[] = [];
    item.on('changed', (dataValue: DataValue) => {
      const text = (dataValue.value?.value as { text?: string } | null)?.text;
      seen.push(text === undefined ? said(dataValue) : `${dataValue.statusCode.name} ${text}`);
    });
    return seen;
  }

  for (const [state, mode, executing] of [
    ['IDLE', 'AUTO', 'BadStateNotActive'],
    ['HEATING', 'AUTO', 'ReadyToRun'],
    ['READY', 'AUTO', 'ReadyToRun'],
    ['STARTING', 'AUTO', 'ControlledRun'],
    ['RUNNING', 'AUTO', 'ControlledRun'],
    ['ALARM', 'AUTO', 'BadStateNotActive'],
  ] as const satisfies readonly [MachineState, MachineMode, string][]) {
    it(`is ${executing} in ${state}`, async () => {
      setState(server.plant, state, mode);
      assert.equal(await read(subState), executing);
    });
  }

  it('is ManualRun while a drive turns in MANUAL', async () => {
    setState(server.plant, 'READY', 'MANUAL');
    assert.equal(await read(subState), 'ReadyToRun');
    server.plant.measure(driveSignal(server.plant.declaration, 'feed', 'running'), true);
    assert.equal(await read(subState), 'ManualRun');
  });

  it('leads a setpoint that is written on the zone through the gate, under the name of the writer', async () => {
    assert.equal(await write(`${zone}-SetValue`, { dataType: DataType.Double, value: 210 }), 'Good');
    assert.deepEqual(asked(), [{ name: 'write', signal: 'heater.zone1.setpoint', value: 210 }]);
    assert.equal(server.gate.requests[0]?.principal.name, 'otto');
    assert.equal(await read('heater.zone1.setpoint'), 210);
    assert.equal(await read(`${zone}-SetValue`), 210);
    server.gate.refuse = { kind: 'invalid', code: 'OUT_OF_RANGE' };
    assert.equal(await write(`${zone}-SetValue`, { dataType: DataType.Double, value: 900 }), 'BadOutOfRange');
    assert.equal(
      await write(`${zone}-SetValue`, { dataType: DataType.Double, value: 1 }, 'olga'),
      'BadUserAccessDenied',
    );
    const { value } = await as('olga').read({
      nodeId: idOf(`${zone}-SetValue`),
      attributeId: AttributeIds.UserAccessLevel,
    });
    assert.equal(value.value, 1, 'an observer is told beforehand');
  });

  for (const id of [`${zone}-ActualValue`, `${zone}-MaxValue`, `${zone}-UpperTolerance`, 'machine-LineId']) {
    it(`lets nobody write ${id}`, async () => {
      const value =
        id === 'machine-LineId' ? { dataType: DataType.String, value: 'L1' } : { dataType: DataType.Double, value: 1 };
      assert.equal(await write(id, value, 'erna'), 'BadNotWritable');
      assert.deepEqual(asked(), []);
    });
  }

  it('starts and stops by StartRequest and StopRequest, and says why not by the status', async () => {
    assert.equal(await call('machine-StartDevice', 'StartRequest'), 'Good');
    assert.equal(await call('machine-StartDevice', 'StopRequest'), 'Good');
    assert.deepEqual(asked(), [{ name: 'start' }, { name: 'stop' }]);
    assert.deepEqual(
      server.gate.requests.map(({ principal, origin }) => [principal.name, origin]),
      [
        ['otto', 'opcua'],
        ['otto', 'opcua'],
      ],
    );
    server.gate.refuse = { kind: 'state', code: 'NOT_AT_TEMPERATURE' };
    assert.equal(await call('machine-StartDevice', 'StartRequest'), 'BadInvalidState');
    assert.equal(await call('machine-StartDevice', 'StartRequest', 'olga'), 'BadUserAccessDenied');
  });

  it('holds the start for an MES by StartBlockedByClient, with a reason', async () => {
    const blocked = 'machine-StartDevice-StartBlockedByClient';
    assert.equal(await write(blocked, { dataType: DataType.Boolean, value: true }), 'Good');
    const [action] = asked();
    assert.ok(action?.name === 'blockStart' && action.blocked && action.reason !== '');
    assert.equal(await write(blocked, { dataType: DataType.Boolean, value: false }), 'Good');
    assert.deepEqual(asked()[1], { name: 'blockStart', blocked: false, reason: '' });
  });

  for (const [what, prepare, status] of [
    ['not ready', () => setState(server.plant, 'HEATING'), 0],
    ['blocked by a client', () => server.plant.measure('machine.startBlockedByClient', true), 1],
    ['ready', () => server.plant.measure('machine.startPermitted', true), 2],
    ['starting', () => setState(server.plant, 'STARTING'), 3],
    ['running', () => setState(server.plant, 'RUNNING'), 4],
    ['stopping', () => setState(server.plant, 'STOPPING'), 5],
    ['not to be had', () => server.plant.loseControl(), 'BadCommunicationError'],
  ] as const) {
    it(`has StartDevice at ${status} when the machine is ${what}`, async () => {
      prepare();
      assert.equal(await read('machine-StartDevice-Status'), status);
    });
  }

  it('switches the heating by StartTempering', async () => {
    await call('machine-TemperatureZones-StartTempering', 'StartRequest');
    await call('machine-TemperatureZones-StartTempering', 'StopRequest');
    assert.deepEqual(asked(), [
      { name: 'heat', on: true },
      { name: 'heat', on: false },
    ]);
  });

  it('tunes a zone around its setpoint, and ends that, as the engineer who asks', async () => {
    const loop = `${zone}-ClosedLoopControl`;
    assert.equal(await call(loop, 'AutoTuningOn', 'erna'), 'Good');
    assert.equal(await call(loop, 'AutoTuningOff', 'erna'), 'Good');
    assert.deepEqual(asked(), [
      { name: 'tune', zone: 'zone1', setpointC: 200 },
      { name: 'abortTuning', zone: 'zone1' },
    ]);
    const may = async (name: string): Promise<unknown> =>
      (await as(name).read({ nodeId: idOf(`${loop}-AutoTuningOn`), attributeId: AttributeIds.UserExecutable })).value
        .value;
    assert.deepEqual([await may('otto'), await may('erna')], [false, true]);
  });

  it('gives the gains in force', async () => {
    const { value } = await valueOf(`${zone}-ClosedLoopControl-PIDParameters`);
    const [{ p, i, d }] = value.value as [{ p: number; i: number; d: number }];
    assert.deepEqual([p, i, d], [5, 0.1, 10]);
  });

  it('gives powers in kW and limits in their units', async () => {
    assert.equal(await read(`${zone}-NominalHeatingPower`), 0.25);
    const unit = (await read(`${zone}-NominalHeatingPower-EngineeringUnits`)) as { unitId: number };
    assert.equal(unit.unitId, 4_937_556);
    assert.deepEqual(
      [await read(`${zone}-MaxValue`), await read(`${zone}-MinValue`), await read(`${zone}-UpperTolerance2`)],
      [280, 170, 15],
    );
  });

  for (const [temperature, quality, enabled, status] of [
    [199, 'Good', true, 'WITHIN_TOLERANCE'],
    [199, 'Good', false, 'NONE'],
    [206, 'Good', true, 'ABOVE_UPPER_TOLERANCE'],
    [216, 'Good', true, 'ABOVE_UPPER_TOLERANCE2'],
    [281, 'Good', false, 'ABOVE_MAX_VALUE'],
    [190, 'Good', true, 'BELOW_LOWER_TOLERANCE'],
    [180, 'Good', true, 'BELOW_LOWER_TOLERANCE2'],
    [150, 'Good', true, 'BELOW_MIN_VALUE'],
    [199, 'BadSensorFailure', true, 'UNKNOWN'],
  ] as const) {
    it(`has a zone set to 200 °C with heating ${enabled ? 'on' : 'off'} at ${status} when it reads ${temperature} (${quality})`, async () => {
      server.plant.measure('heater.enabled', enabled);
      server.plant.measure('temperature.zone1', temperature, quality);
      assert.equal(await read(`${zone}-Status-ValueAsText`), status);
    });
  }

  it('shows everybody that somebody is signed in and in which role, and only engineers who', async () => {
    const users = await Promise.all([1, 2, 3, 4].map((place) => read(`machine-Users-User_${place}-UserRole`, 'olga')));
    assert.deepEqual(users, ['operator', 'engineer', 'observer', null]);
    assert.equal(await read('machine-Users-User_1-Name', 'olga'), 'BadUserAccessDenied');
    assert.equal(await read('machine-Users-User_1-Name', 'otto'), 'BadUserAccessDenied');
    assert.equal(await read('machine-Users-User_1-Name', 'erna'), 'otto');
  });

  const fields = [
    'EventType',
    'SourceName',
    'EventOriginator',
    'User.Id',
    'ParameterId',
    'OldValue',
    'NewValue',
    'NewMachineMode',
    'OldProductionStatus',
    'NewProductionStatus',
    'NewProductionDatasetName',
    'UserChange',
  ] as const;
  type LogEntry = Readonly<Record<(typeof fields)[number], unknown>>;

  /** The logbook as one client receives it, each event with the name of its type. */
  async function logbookOf(name: string): Promise<LogEntry[]> {
    const plastics = uris.indexOf(modelUris.plastics);
    const paths = fields.map((field) =>
      field === 'EventType' || field === 'SourceName'
        ? field
        : field
            .split('.')
            .map((part) => `${plastics}:${part}`)
            .join('.'),
    );
    const subscription = ClientSubscription.create(as(name), {
      requestedPublishingInterval: 50,
      requestedMaxKeepAliveCount: 20,
      requestedLifetimeCount: 100,
      publishingEnabled: true,
    });
    const item = await subscription.monitor(
      { nodeId: idOf('machine'), attributeId: AttributeIds.EventNotifier },
      { queueSize: 100, filter: constructEventFilter(paths, ofType(`ns=${plastics};i=1011`)) },
      TimestampsToReturn.Both,
    );
    const entries: LogEntry[] = [];
    item.on('changed', (values: Variant[]) => {
      const entry = Object.fromEntries(fields.map((field, place) => [field, values[place]?.value as unknown]));
      entries.push(entry as LogEntry);
    });
    return entries;
  }

  const typeName = async ({ EventType }: LogEntry): Promise<string> => {
    const nodeId = String(EventType);
    const { value } = await as('erna').read({ nodeId, attributeId: AttributeIds.BrowseName });
    return value.value.name;
  };

  const otto: Principal = { name: 'otto', role: 'operator', kind: 'person' };
  const decide = (action: CommandAction, before: SignalValue, after: SignalValue, principal = otto): void =>
    server.plant.decide({
      command: { id: 'c1', action, principal, origin: 'rest' },
      outcome: { accepted: true, commandId: 'c1', state: 'IDLE', before, after },
    });

  it('keeps a logbook of who changed what, of the kinds that it says it keeps', async () => {
    const entries = await logbookOf('erna');
    const mes: Principal = { name: 'mes', role: 'operator', kind: 'token' };
    decide({ name: 'write', signal: 'heater.zone1.setpoint', value: 210 }, 200, 210);
    decide({ name: 'write', signal: 'heater.zone1.output', value: 30 }, 0, 30);
    decide({ name: 'write', signal: 'heater.zone2.setpoint', value: 200 }, 200, 200);
    decide({ name: 'setMode', mode: 'MANUAL' }, 'AUTO', 'MANUAL');
    decide({ name: 'loadRecipe', recipe: { name: 'PET', version: 3, zones: {}, drives: {} } }, null, 'PET', mes);
    setState(server.plant, 'RUNNING');
    const anton = await clients.connectedAs(server.endpointUrl, 'anton');
    await anton.close();
    await until('six entries', () => entries.length >= 6);
    const [setpoint, mode, recipe, production, logOn, logOff] = entries as [
      LogEntry,
      LogEntry,
      LogEntry,
      LogEntry,
      LogEntry,
      LogEntry,
    ];
    assert.deepEqual(await Promise.all(entries.map(typeName)), [
      'ParameterChangeLogType',
      'MachineModeChangeLogType',
      'ProductionDatasetChangeLogType',
      'ProductionStatusChangeLogType',
      'UserLogType',
      'UserLogType',
    ]);
    assert.deepEqual(
      [setpoint.SourceName, setpoint.EventOriginator, setpoint['User.Id'], setpoint.ParameterId],
      ['INTAREMA TVEmicro', 2, 'otto', 'heater.zone1.setpoint'],
    );
    assert.deepEqual([setpoint.OldValue, setpoint.NewValue], [200, 210]);
    assert.equal(mode.NewMachineMode, 3);
    assert.deepEqual([recipe.NewProductionDatasetName, recipe.EventOriginator, recipe['User.Id']], ['PET', 3, 'mes']);
    assert.deepEqual([production.OldProductionStatus, production.NewProductionStatus], [1, 4]);
    assert.deepEqual([production.EventOriginator, production['User.Id'] ?? null], [1, null]);
    assert.deepEqual([logOn.UserChange, logOff.UserChange, logOn['User.Id']], [0, 1, 'anton']);
    const { value } = await valueOf('machine-SupportedLogbookEvents');
    assert.deepEqual([...(value.value as Int32Array)], [0, 1, 4, 5, 6]);
  });

  it('sends the logbook, which names people, to nobody below an engineer', async () => {
    const operator = await logbookOf('otto');
    const engineer = await logbookOf('erna');
    decide({ name: 'heat', on: true }, false, true);
    await until('the engineer hears of it', () => engineer.length > 0);
    assert.equal(engineer[0]?.ParameterId, 'heater.enabled');
    assert.deepEqual(operator, []);
  });
});

/** Value, status and source time, as two nodes can be compared by. */
function told({ value, statusCode, sourceTimestamp }: DataValue): unknown {
  return [value?.dataType, value?.value ?? null, statusCode.name, sourceTimestamp?.getTime()];
}
