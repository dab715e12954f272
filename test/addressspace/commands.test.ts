import assert from 'node:assert/strict';
import {
  AttributeIds,
  BrowseDirection,
  type ClientSession,
  DataType,
  type DataValueOptions,
  StatusCodes,
  Variant,
  VariantArrayType,
} from 'node-opcua';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import type { RefusalKind } from '../../machine/commands/command.ts';
import { Clients } from './clients.ts';
import { type TestServer, startTestServer } from './plant.ts';

const writable = { observer: 1, both: 3 } as const;

const double = (value: number) => ({ value: { dataType: DataType.Double, value } });

const flag = (value: boolean) => new Variant({ dataType: DataType.Boolean, value });

const words = (value: string) => new Variant({ dataType: DataType.String, value });

describe('OPC UA commands', function () {
  this.timeout(20_000);
  const clients = new Clients();
  const people = ['olga', 'otto', 'erna', 'anton', 'frieda'] as const;
  const sessions = new Map<string, ClientSession>();
  let server: TestServer;
  let index: number;

  before(async () => {
    server = await startTestServer();
    for (const name of people) sessions.set(name, await clients.connectedAs(server.endpointUrl, name));
    sessions.set('nobody', await clients.connectedAs(server.endpointUrl, null));
    index = (await as('otto').readNamespaceArray()).indexOf(namespaceUri);
  });
  beforeEach(() => {
    server.gate.requests.length = 0;
    server.gate.refuse = null;
    server.gate.delayMs = 0;
    server.plant.measure('heater.zone1.setpoint', 20);
    server.plant.measure('heater.zone1.output', 0);
    server.plant.measure('heater.enabled', false);
  });
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  const as = (name: string): ClientSession => {
    const session = sessions.get(name);
    assert.ok(session, name);
    return session;
  };
  const idOf = (id: string) => `ns=${index};s=${id}`;

  async function write(name: string, signal: string, value: DataValueOptions): Promise<string> {
    const status = await as(name).write({ nodeId: idOf(signal), attributeId: AttributeIds.Value, value });
    return status.name;
  }
  const call = async (name: string, method: string, ...inputs: Variant[]) => {
    const result = await as(name).call({
      objectId: idOf('machine'),
      methodId: idOf(`method.${method}`),
      inputArguments: inputs,
    });
    const [accepted, reasons] = (result.outputArguments ?? []).map(({ value }) => value as unknown);
    return {
      status: result.statusCode.name,
      accepted,
      reasons: reasons ?? null,
      inputs: result.inputArgumentResults ?? [],
    };
  };

  for (const [who, expected] of [
    ['nobody', 'BadUserAccessDenied'],
    ['olga', 'BadUserAccessDenied'],
    ['otto', 'Good'],
    ['erna', 'Good'],
    ['anton', 'Good'],
    ['frieda', 'BadUserAccessDenied'],
  ] as const) {
    it(`answers ${who}'s setpoint with ${expected}, by the gate's decision`, async () => {
      assert.equal(await write(who, 'heater.zone1.setpoint', double(200)), expected);
      assert.equal(server.gate.requests.length, 1, 'the gate is asked whoever writes');
      const [request] = server.gate.requests;
      assert.deepEqual(request?.action, { name: 'write', signal: 'heater.zone1.setpoint', value: 200 });
      assert.equal(request?.principal.name, who === 'nobody' ? 'anonymous' : who);
      assert.equal(request?.origin, 'opcua');
      assert.match(request?.station ?? '', /@ .*127\.0\.0\.1/);
      const { value } = await as('olga').read({ nodeId: idOf('heater.zone1.setpoint') });
      assert.equal(value.value, expected === 'Good' ? 200 : 20);
    });
  }

  it('lets only engineers write an output by hand', async () => {
    assert.equal(await write('otto', 'heater.zone1.output', double(30)), 'BadUserAccessDenied');
    assert.equal(await write('erna', 'heater.zone1.output', double(30)), 'Good');
  });

  for (const [signal, levels] of [
    ['heater.zone1.setpoint', { nobody: 1, olga: 1, otto: 3, erna: 3, anton: 3, frieda: 1 }],
    ['heater.zone1.output', { nobody: 1, olga: 1, otto: 1, erna: 3, anton: 3, frieda: 1 }],
    ['temperature.zone1', { nobody: 1, olga: 1, otto: 1, erna: 1, anton: 1, frieda: 1 }],
  ] as const) {
    it(`tells everybody beforehand whether ${signal} may be written`, async () => {
      for (const [who, level] of Object.entries(levels)) {
        const { value } = await as(who).read({ nodeId: idOf(signal), attributeId: AttributeIds.UserAccessLevel });
        assert.equal(value.value, level, who);
      }
      const { value } = await as('olga').read({ nodeId: idOf(signal), attributeId: AttributeIds.AccessLevel });
      assert.equal(value.value, signal === 'temperature.zone1' ? writable.observer : writable.both);
    });
  }

  it('does not lead a write on a measured value to the gate', async () => {
    assert.equal(await write('anton', 'temperature.zone1', double(20)), 'BadNotWritable');
    assert.equal(
      await write('anton', 'machine.state', { value: { dataType: DataType.UInt32, value: 4 } }),
      'BadNotWritable',
    );
    assert.deepEqual(server.gate.requests, []);
  });

  it('lets nobody write into the diagnostics of sessions, nor make subscriptions outlive them', async () => {
    const { value: ids } = await as('anton').read({ nodeId: 'i=3707' });
    assert.ok(ids.value.length > 0);
    const { references } = await as('anton').browse({
      nodeId: 'i=3706',
      referenceTypeId: 'HasComponent',
      browseDirection: BrowseDirection.Forward,
      resultMask: 63,
    });
    const own = references?.find(({ nodeId }) => nodeId.namespace === 1);
    assert.ok(own);
    const children = await as('anton').browse(own.nodeId.toString());
    for (const { nodeId } of [own, ...(children.references ?? [])]) {
      const { value } = await as('anton').read({ nodeId: nodeId.toString() });
      const status = await as('anton').write({
        nodeId: nodeId.toString(),
        attributeId: AttributeIds.Value,
        value: { value },
      });
      assert.equal(status.isGood(), false, nodeId.toString());
    }
    assert.equal(
      (await as('anton').read({ nodeId: 'i=12749', attributeId: AttributeIds.BrowseName })).statusCode.name,
      'BadNodeIdUnknown',
    );
    assert.equal(await write('anton', 'no.such.signal', double(1)), 'BadNodeIdUnknown');
  });

  it('lets nobody write the properties, descriptions and rights of a node', async () => {
    const range = await as('anton').write({
      nodeId: idOf('temperature.zone1/Simulated'),
      attributeId: AttributeIds.Value,
      value: { value: { dataType: DataType.Boolean, value: false } },
    });
    assert.equal(range.isGood(), false);
    for (const attributeId of [AttributeIds.Description, AttributeIds.AccessLevel, AttributeIds.Historizing]) {
      const status = await as('anton').write({
        nodeId: idOf('temperature.zone1'),
        attributeId,
        value: { value: { dataType: DataType.Boolean, value: true } },
      });
      assert.equal(status.isGood(), false, AttributeIds[attributeId]);
    }
  });

  for (const [what, value, expected] of [
    ['no number', double(Number.NaN), 'BadOutOfRange'],
    ['an infinite number', double(Number.NEGATIVE_INFINITY), 'BadOutOfRange'],
    ['an integer', { value: { dataType: DataType.Int32, value: 200 } }, 'BadTypeMismatch'],
    ['a text', { value: { dataType: DataType.String, value: '200' } }, 'BadTypeMismatch'],
    [
      'a list',
      { value: { dataType: DataType.Double, arrayType: VariantArrayType.Array, value: [200] } },
      'BadTypeMismatch',
    ],
    ['nothing', { value: { dataType: DataType.Null } }, 'BadTypeMismatch'],
    [
      'a status of its own',
      { ...double(200), statusCode: StatusCodes.UncertainLastUsableValue },
      'BadWriteNotSupported',
    ],
    ['a source time of long ago', { ...double(200), sourceTimestamp: new Date(0) }, 'BadWriteNotSupported'],
    [
      'a source time of tomorrow',
      { ...double(200), sourceTimestamp: new Date(Date.now() + 86_400_000) },
      'BadWriteNotSupported',
    ],
    ['a server time', { ...double(200), serverTimestamp: new Date() }, 'BadWriteNotSupported'],
  ] as const) {
    it(`refuses ${what} as a setpoint with ${expected} before the gate`, async () => {
      assert.equal(await write('otto', 'heater.zone1.setpoint', value as DataValueOptions), expected);
      assert.deepEqual(server.gate.requests, []);
    });
  }

  it("takes a client's habitual stamp for what it is and keeps the machine's own time", async () => {
    const status = await write('otto', 'heater.zone1.setpoint', {
      ...double(210),
      sourceTimestamp: new Date(Date.now() - 60_000),
    });
    assert.equal(status, 'Good');
    const { sourceTimestamp } = await as('otto').read({ nodeId: idOf('heater.zone1.setpoint') });
    assert.ok(Date.now() - (sourceTimestamp?.getTime() ?? 0) < 5_000);
  });

  for (const [kind, expected] of [
    ['permission', 'BadUserAccessDenied'],
    ['unknown', 'BadNodeIdUnknown'],
    ['invalid', 'BadOutOfRange'],
    ['state', 'BadInvalidState'],
    ['tooFast', 'BadInvalidState'],
    ['unconfirmed', 'BadDeviceFailure'],
    ['unavailable', 'BadCommunicationError'],
  ] as const satisfies readonly (readonly [RefusalKind, string])[]) {
    it(`answers a write that the gate refuses as ${kind} with ${expected}`, async () => {
      server.gate.refuse = { kind, code: 'SOME_REASON' };
      assert.equal(await write('otto', 'heater.zone1.setpoint', double(200)), expected);
      assert.equal((await as('otto').read({ nodeId: idOf('heater.zone1.setpoint') })).value.value, 20);
    });
  }

  it('answers a write only after the gate has decided', async () => {
    server.gate.delayMs = 300;
    let answered = false;
    const writing = write('otto', 'heater.zone1.setpoint', double(200)).then((status) => {
      answered = true;
      return status;
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(answered, false);
    assert.equal(await writing, 'Good');
  });

  it('decides the writes of one request side by side and keeps their order', async () => {
    server.gate.delayMs = 100;
    server.gate.mostUndecided = 0;
    const settings = ['heater.zone1.setpoint', 'temperature.zone1', 'heater.enabled', 'heater.zone1.output'];
    const statuses = await as('otto').write(
      settings.map((signal) => ({
        nodeId: idOf(signal),
        attributeId: AttributeIds.Value,
        value: signal === 'heater.enabled' ? { value: { dataType: DataType.Boolean, value: true } } : double(50),
      })),
    );
    assert.deepEqual(
      statuses.map(({ name }) => name),
      ['Good', 'BadNotWritable', 'Good', 'BadUserAccessDenied'],
    );
    assert.equal(server.gate.mostUndecided, 3, 'one scan for all, not one scan each');
  });

  it('never mixes up who writes when many write at once', async () => {
    server.gate.delayMs = 20;
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async (_, turn) => {
        const who = people[turn % people.length] ?? 'olga';
        return { who, turn, status: await write(who, 'heater.zone1.setpoint', double(100 + turn)) };
      }),
    );
    for (const { who, status } of statuses) {
      assert.equal(status, ['otto', 'erna', 'anton'].includes(who) ? 'Good' : 'BadUserAccessDenied', who);
    }
    for (const { action, principal } of server.gate.requests) {
      const turn = action.name === 'write' ? Number(action.value) - 100 : -1;
      assert.equal(principal.name, people[turn % people.length]);
    }
    assert.equal(server.gate.requests.length, 60);
  });

  for (const [method, inputs, action] of [
    ['heat', [flag(true)], { name: 'heat', on: true }],
    ['heat', [flag(false)], { name: 'heat', on: false }],
    ['start', [], { name: 'start' }],
    ['stop', [], { name: 'stop' }],
    ['emergencyStop', [], { name: 'emergencyStop' }],
    ['clearAlarms', [], { name: 'clearAlarms' }],
    ['setMode', [words('AUTO')], { name: 'setMode', mode: 'AUTO' }],
    [
      'blockStart',
      [flag(true), words('order missing')],
      { name: 'blockStart', blocked: true, reason: 'order missing' },
    ],
  ] as const) {
    it(`turns ${method}(${inputs.map(({ value }) => String(value)).join(', ')}) into the command of that name`, async () => {
      assert.deepEqual(await call('otto', method, ...inputs), {
        status: 'Good',
        accepted: true,
        reasons: [],
        inputs: inputs.map(() => StatusCodes.Good),
      });
      assert.deepEqual(server.gate.requests[0]?.action, action);
      assert.equal(server.gate.requests[0]?.principal.name, 'otto');
    });
  }

  it('turns loadRecipe(PET) into the load of that recipe, which the gate decides', async () => {
    const { status, accepted, reasons } = await call('otto', 'loadRecipe', words('PET'));
    assert.deepEqual({ status, accepted, reasons }, { status: 'Good', accepted: true, reasons: [] });
    const [request] = server.gate.requests;
    assert.deepEqual(request?.action, {
      name: 'loadRecipe',
      recipe: { name: 'PET', version: 3, zones: {}, drives: {} },
    });
    assert.deepEqual([request?.principal.name, request?.origin], ['otto', 'opcua']);
    assert.match(request?.station ?? '', /@ .*127\.0\.0\.1/);
    server.gate.refuse = { kind: 'state', code: 'LIMITS_FIXED_WHILE_RUNNING' };
    assert.deepEqual((await call('otto', 'loadRecipe', words('PET'))).reasons, ['LIMITS_FIXED_WHILE_RUNNING']);
    assert.equal((await call('olga', 'loadRecipe', words('PET'))).status, 'BadUserAccessDenied');
    assert.equal((await call('nobody', 'loadRecipe', words('PET'))).status, 'BadUserAccessDenied');
  });

  it('answers the load of a recipe that there is not as a refused command', async () => {
    const { status, accepted, reasons } = await call('otto', 'loadRecipe', words('PP'));
    assert.deepEqual({ status, accepted, reasons }, { status: 'Good', accepted: false, reasons: ['UNKNOWN_RECIPE'] });
    assert.deepEqual(server.gate.requests, []);
  });

  it('answers a refused start with the codes of all reasons', async () => {
    server.gate.refuse = { kind: 'state', code: 'NOT_AT_TEMPERATURE' };
    const { status, accepted, reasons } = await call('otto', 'start');
    assert.deepEqual(
      { status, accepted, reasons },
      { status: 'Good', accepted: false, reasons: ['NOT_AT_TEMPERATURE'] },
    );
  });

  it('denies methods to those who lack the right, and MANUAL to operators', async () => {
    assert.equal((await call('nobody', 'start')).status, 'BadUserAccessDenied');
    assert.equal((await call('olga', 'stop')).status, 'BadUserAccessDenied');
    assert.equal((await call('otto', 'setMode', words('MANUAL'))).status, 'BadUserAccessDenied');
    assert.equal((await call('erna', 'setMode', words('MANUAL'))).status, 'Good');
  });

  it('tells everybody beforehand whether they may call', async () => {
    for (const [who, may] of [
      ['nobody', false],
      ['olga', false],
      ['otto', true],
      ['anton', true],
    ] as const) {
      const { value } = await as(who).read({ nodeId: idOf('method.start'), attributeId: AttributeIds.UserExecutable });
      assert.equal(value.value, may, who);
    }
  });

  for (const [what, method, inputs, status] of [
    ['a mode that is none', 'setMode', [words('TURBO')], 'BadInvalidArgument'],
    ['a number for a switch', 'heat', [new Variant({ dataType: DataType.Int32, value: 1 })], 'BadInvalidArgument'],
    ['no argument', 'heat', [], 'BadArgumentsMissing'],
    ['an argument too many', 'start', [flag(true)], 'BadTooManyArguments'],
    ['a novel as name', 'loadRecipe', [words('x'.repeat(61))], 'BadInvalidArgument'],
    ['a novel as reason', 'blockStart', [flag(true), words('x'.repeat(201))], 'BadInvalidArgument'],
  ] as const) {
    it(`refuses ${what} in ${method} without asking the gate`, async () => {
      assert.equal((await call('otto', method, ...inputs)).status, status);
      assert.deepEqual(server.gate.requests, []);
    });
  }

  it('documents the arguments of its methods', async () => {
    const { inputArguments, outputArguments } = await as('olga').getArgumentDefinition(idOf('method.blockStart'));
    assert.deepEqual(
      [...inputArguments, ...outputArguments].map(({ name }) => name),
      ['blocked', 'reason', 'accepted', 'reasons'],
    );
    assert.ok([...inputArguments, ...outputArguments].every(({ description }) => (description.text ?? '').length > 5));
  });
});
