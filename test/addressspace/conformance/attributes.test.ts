import assert from 'node:assert/strict';
import {
  AttributeIds,
  type ClientSession,
  DataType,
  type DataValue,
  NodeClass,
  NumericRange,
  ReadRequest,
  type ReadResponse,
  type ReadValueIdOptions,
  TimestampsToReturn,
  WriteRequest,
  type WriteResponse,
} from 'node-opcua';
import { namespaceUri } from '../../../addressspace/start-address-space.ts';
import { Clients } from '../clients.ts';
import { type TestServer, startTestServer } from '../plant.ts';
import { ask, refusalOf } from './asking.ts';

/** 1 to 27, as OPC 10000-6 numbers them. */
const everyAttribute = Array.from({ length: 27 }, (_, index) => index + 1);
const ofAllNodes = ['NodeId', 'NodeClass', 'BrowseName', 'DisplayName', 'Description', 'WriteMask', 'UserWriteMask'];
const texts = '/EnumStrings';

/** The texts of an array of localized texts. */
function textsOf(answer: DataValue | undefined): string[] {
  return ((answer?.value.value ?? []) as { text: string }[]).map(({ text }) => text);
}

describe('OPC UA attribute services', function () {
  this.timeout(40_000);
  const clients = new Clients();
  let server: TestServer;
  let session: ClientSession;
  let otto: ClientSession;
  let index: number;

  before(async () => {
    server = await startTestServer();
    session = await clients.connectedAs(server.endpointUrl, null);
    otto = await clients.connectedAs(server.endpointUrl, 'otto');
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  after(async () => {
    await clients.close();
    await server?.dispose();
  });

  const idOf = (id: string) => `ns=${index};s=${id}`;

  async function read(
    nodesToRead: ReadValueIdOptions[],
    timestampsToReturn = TimestampsToReturn.Both,
  ): Promise<DataValue[]> {
    const { results } = await ask<ReadResponse>(
      session,
      new ReadRequest({ maxAge: 0, timestampsToReturn, nodesToRead }),
    );
    return results ?? [];
  }

  for (const [what, node, own] of [
    [
      'a signal',
      () => idOf('temperature.zone1'),
      [
        'Value',
        'DataType',
        'ValueRank',
        'AccessLevel',
        'UserAccessLevel',
        'MinimumSamplingInterval',
        'Historizing',
        'AccessLevelEx',
      ],
    ],
    ['the machine', () => idOf('machine'), ['EventNotifier']],
    ['a method', () => idOf('method.start'), ['Executable', 'UserExecutable']],
    ['an object type', () => 'i=58', ['IsAbstract']],
    ['a variable type', () => 'i=63', ['IsAbstract', 'DataType', 'ValueRank']],
    ['a reference type', () => 'i=35', ['IsAbstract', 'Symmetric', 'InverseName']],
    ['a data type', () => 'i=862', ['IsAbstract', 'DataTypeDefinition']],
  ] as const) {
    it(`read every attribute that ${what} has, and say which it has not`, async () => {
      const values = await read(everyAttribute.map((attributeId) => ({ nodeId: node(), attributeId })));
      const byName = new Map(values.map((value, at) => [AttributeIds[at + 1] ?? '', value]));
      for (const name of [...ofAllNodes, ...own])
        assert.notEqual(byName.get(name)?.statusCode.name, 'BadAttributeIdInvalid', name);
      for (const name of [...ofAllNodes, ...own.filter((attribute) => attribute !== 'Value')])
        assert.equal(byName.get(name)?.statusCode.name, 'Good', name);
      const foreign = ['Executable', 'EventNotifier', 'Symmetric', 'ContainsNoLoops'].filter(
        (name) => !(own as readonly string[]).includes(name),
      );
      for (const name of foreign) assert.equal(byName.get(name)?.statusCode.name, 'BadAttributeIdInvalid', name);
    });
  }

  it('read each attribute as what it is', async () => {
    const nodeId = idOf('temperature.zone1');
    const [nodeClass, browseName, dataType, rank] = await read(
      [AttributeIds.NodeClass, AttributeIds.BrowseName, AttributeIds.DataType, AttributeIds.ValueRank].map(
        (attributeId) => ({ nodeId, attributeId }),
      ),
    );
    assert.equal(nodeClass?.value.value, NodeClass.Variable);
    assert.equal(browseName?.value.value.namespaceIndex, index);
    assert.equal(dataType?.value.value.toString(), 'ns=0;i=11');
    assert.equal(rank?.value.value, -1);
  });

  it('answer each node of a request by itself, in the order asked for', async () => {
    server.plant.measure('temperature.zone1', 100);
    const answers = await read([
      { nodeId: idOf('no.such.signal'), attributeId: AttributeIds.Value },
      { nodeId: idOf('temperature.zone1'), attributeId: AttributeIds.Value },
      { nodeId: idOf('temperature.zone1'), attributeId: AttributeIds.Executable },
      { nodeId: idOf('machine'), attributeId: AttributeIds.Value },
    ]);
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode.name),
      ['BadNodeIdUnknown', 'Good', 'BadAttributeIdInvalid', 'BadAttributeIdInvalid'],
    );
    assert.equal(answers[1]?.value.value, 100);
  });

  for (const [asked, source, ofServer] of [
    [TimestampsToReturn.Source, true, false],
    [TimestampsToReturn.Server, false, true],
    [TimestampsToReturn.Both, true, true],
    [TimestampsToReturn.Neither, false, false],
  ] as const) {
    it(`give the times that are asked for: ${TimestampsToReturn[asked]}`, async () => {
      server.plant.measure('temperature.zone1', 100);
      const [value] = await read([{ nodeId: idOf('temperature.zone1'), attributeId: AttributeIds.Value }], asked);
      assert.deepEqual(
        [value?.sourceTimestamp instanceof Date, value?.serverTimestamp instanceof Date],
        [source, ofServer],
      );
    });
  }

  for (const [indexRange, expected] of [
    ['0', ['IDLE']],
    ['0:1', ['IDLE', 'HEATING']],
    ['1:2', ['HEATING', 'READY']],
    ['90:95', 'BadIndexRangeNoData'],
    ['2:1', 'BadIndexRangeInvalid'],
    ['1:1', 'BadIndexRangeInvalid'],
    ['a few', 'BadIndexRangeInvalid'],
  ] as const) {
    it(`read the part ${indexRange} of an array`, async () => {
      const whole = await read([{ nodeId: idOf(`machine.state${texts}`), attributeId: AttributeIds.Value }]);
      const names = textsOf(whole[0]);
      const [part] = await read([
        {
          nodeId: idOf(`machine.state${texts}`),
          attributeId: AttributeIds.Value,
          indexRange: new NumericRange(indexRange),
        },
      ]);
      if (typeof expected === 'string') {
        assert.equal(part?.statusCode.name, expected);
        return;
      }
      assert.equal(part?.statusCode.name, 'Good');
      const [from = 0, to = from] = indexRange.split(':').map(Number);
      assert.deepEqual(textsOf(part), names.slice(from, to + 1));
    });
  }

  it('refuse an encoding that a value does not have', async () => {
    const encodings = [
      ['DefaultXYZ', 'BadDataEncodingInvalid'],
      ['Default Binary', 'BadDataEncodingInvalid'],
    ] as const;
    for (const [name, expected] of encodings) {
      const [answer] = await read([
        {
          nodeId: idOf('temperature.zone1'),
          attributeId: AttributeIds.Value,
          dataEncoding: { name, namespaceIndex: 0 },
        },
      ]);
      assert.equal(answer?.statusCode.name, expected, name);
    }
  });

  for (const [what, options, expected] of [
    ['without a node', { nodesToRead: [] }, 'BadNothingToDo'],
    ['with a negative age', { maxAge: -1 }, 'BadMaxAgeInvalid'],
    [
      'for times that there are not',
      { timestampsToReturn: TimestampsToReturn.Invalid },
      'BadTimestampsToReturnInvalid',
    ],
    ['with any age', { maxAge: 3_600_000 }, 'Good'],
  ] as const) {
    it(`answer a read ${what} with ${expected}`, async () => {
      const nodesToRead = [{ nodeId: idOf('temperature.zone1'), attributeId: AttributeIds.Value }];
      const request = { maxAge: 0, timestampsToReturn: TimestampsToReturn.Both, nodesToRead, ...options };
      assert.equal(
        await refusalOf(session, new ReadRequest({ ...request, nodesToRead: [...request.nodesToRead] })),
        expected,
      );
    });
  }

  it('answer each write of a request by itself, in the order asked for', async () => {
    const value = { value: { dataType: DataType.Double, value: 150 } };
    const to = (id: string, more: object = {}) => ({
      nodeId: idOf(id),
      attributeId: AttributeIds.Value,
      value,
      ...more,
    });
    const { results } = await ask<WriteResponse>(
      otto,
      new WriteRequest({
        nodesToWrite: [
          to('no.such.signal'),
          to('heater.zone1.setpoint'),
          to('heater.zone1.setpoint', { attributeId: AttributeIds.DisplayName }),
          to('heater.zone1.setpoint', { value: { value: { dataType: DataType.String, value: '150' } } }),
          to('temperature.zone1'),
        ],
      }),
    );
    assert.deepEqual(
      results?.map(({ name }) => name),
      ['BadNodeIdUnknown', 'Good', 'BadNotWritable', 'BadTypeMismatch', 'BadNotWritable'],
    );
    assert.equal(server.plant.samples.get('heater.zone1.setpoint')?.value, 150);
  });

  it('refuse a write on a part of a value, and one of nothing', async () => {
    server.gate.requests.length = 0;
    const nodesToWrite = [
      {
        nodeId: idOf('heater.zone1.setpoint'),
        attributeId: AttributeIds.Value,
        indexRange: new NumericRange('0:1'),
        value: { value: { dataType: DataType.Double, value: 151 } },
      },
    ];
    const { results } = await ask<WriteResponse>(otto, new WriteRequest({ nodesToWrite }));
    assert.deepEqual(
      results?.map(({ name }) => name),
      ['BadIndexRangeNoData'],
    );
    assert.equal(await refusalOf(otto, new WriteRequest({ nodesToWrite: [] })), 'BadNothingToDo');
    assert.deepEqual(server.gate.requests, []);
  });

  it('read and write every value whole: no flag says otherwise, and no array can be written', async () => {
    const answers = await read(
      [...server.plant.declaration.signals.keys()].flatMap((id) => [
        { nodeId: idOf(id), attributeId: AttributeIds.AccessLevelEx },
        { nodeId: idOf(id), attributeId: AttributeIds.ValueRank },
      ]),
    );
    const nonatomicOrPart = 0x700;
    for (const [at, { value, statusCode }] of answers.entries()) {
      assert.equal(statusCode.name, 'Good');
      if (at % 2 === 0) assert.equal(value.value & nonatomicOrPart, 0);
      else assert.equal(value.value, -1);
    }
  });
});
