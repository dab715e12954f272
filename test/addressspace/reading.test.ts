import assert from 'node:assert/strict';
import {
  AttributeIds,
  BrowseDirection,
  type ClientSession,
  DataType,
  ReadRequest,
  TimestampsToReturn,
  resolveNodeId,
} from 'node-opcua';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import { qualityCodes, type Quality } from '../../machine/quality.ts';
import { Clients } from './clients.ts';
import { type TestServer, signals, startTestServer } from './plant.ts';

describe('OPC UA reading', function () {
  this.timeout(20_000);
  const clients = new Clients();
  let server: TestServer;
  let session: ClientSession;
  let index: number;

  before(async () => {
    server = await startTestServer();
    session = await clients.connectedAs(server.endpointUrl, null);
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  const idOf = (id: string) => `ns=${index};s=${id}`;
  const read = (id: string, attributeId = AttributeIds.Value) => session.read({ nodeId: idOf(id), attributeId });
  const property = async (id: string): Promise<unknown> => (await read(id)).value.value;

  /** The value of a property of ai1, or why it has none. */
  const known = async (name: string) => {
    const { statusCode, value } = await read(`module.ai1/${name}`);
    return statusCode.name === 'Good' ? value.value : statusCode.name;
  };

  const children = async (id: string) => {
    const { references } = await session.browse({
      nodeId: idOf(id),
      referenceTypeId: 'HasComponent',
      browseDirection: BrowseDirection.Forward,
      resultMask: 63,
    });
    return references?.map(({ browseName }) => browseName.name) ?? [];
  };

  it('finds every signal under its own id', async () => {
    for (const { id, title } of signals) {
      const name = await read(id, AttributeIds.DisplayName);
      assert.equal(name.statusCode.name, 'Good', id);
      assert.equal(name.value.value.text, title);
    }
  });

  it('shows how each I/O module answers, and nothing of it while the control process is silent', async () => {
    assert.deepEqual(await children('modules'), ['ai1']);
    assert.equal(await known('demoted'), 'BadNoData');
    server.plant.modules = [
      {
        id: 'ai1',
        line: 'rtu0',
        requests: 100,
        failures: 4,
        timeouts: 3,
        exceptions: 1,
        lateFrames: 2,
        latencyP50Ms: 4.5,
        latencyP95Ms: null,
        demoted: true,
        lastError: 'rtu0 unit 1 FC04 input 0…3: no reply within 300 ms',
        lastErrorAtMs: 1_763_000_000_000,
      },
    ];
    const names = ['demoted', 'lastError', 'requests', 'failures', 'timeouts', 'exceptions', 'lateFrames'];
    assert.deepEqual(await Promise.all([...names, 'latencyP50Ms', 'latencyP95Ms'].map(known)), [
      true,
      'rtu0 unit 1 FC04 input 0…3: no reply within 300 ms',
      100,
      4,
      3,
      1,
      2,
      4.5,
      'BadNoData',
    ]);
    server.plant.controlAlive = false;
    assert.equal(await known('demoted'), 'BadCommunicationError');
    server.plant.controlAlive = true;
  });

  it('finds the machine in Objects and among the Machines, with its name plate', async () => {
    const machinery = (await session.readNamespaceArray()).indexOf('http://opcfoundation.org/UA/Machinery/');
    for (const folder of ['i=85', `ns=${machinery};i=1001`]) {
      const { references } = await session.browse({
        nodeId: folder,
        referenceTypeId: 'Organizes',
        browseDirection: BrowseDirection.Forward,
        resultMask: 63,
      });
      assert.ok(
        references?.some(({ nodeId }) => nodeId.toString() === idOf('machine')),
        folder,
      );
    }
    assert.equal(await property('machine-Identification-SerialNumber'), 'SN-0815');
    assert.equal(await property('machine-Identification-ProductInstanceUri'), 'urn:Example%20Works:TVEmicro:SN-0815');
    assert.equal(((await property('machine-Identification-Manufacturer')) as { text: string }).text, 'Example Works');
    assert.equal(await property('machine-Identification-SoftwareRevision'), '0.1.0');
  });

  it('groups the signals by the parts of their ids', async () => {
    const groups = ['Temperature', 'Heater', 'Motor', 'Safety', 'Machine'];
    const listed = await children('machine');
    assert.deepEqual(
      groups.filter((group) => !listed.includes(group)),
      [],
    );
    assert.deepEqual((await children('group.temperature')).slice(0, 2), ['zone1', 'zone1.raw']);
    assert.ok((await children('group.heater.zone1')).includes('setpoint'));
  });

  for (const [unit, unitId, signal] of [
    ['°C', 4_408_652, 'temperature.zone1'],
    ['%', 20_529, 'heater.zone1.output'],
    ['kW', 4_937_556, 'heater.power'],
    ['kWh', 4_937_544, 'heater.energy'],
    ['rpm', 5_394_509, 'motor.main.speed'],
    ['A', 4_279_632, 'motor.main.current'],
    ['h', 4_740_434, 'machine.runningHours'],
  ] as const) {
    it(`gives ${signal} the unit ${unit} by its UNECE code`, async () => {
      const information = (await property(`${signal}/EngineeringUnits`)) as {
        unitId: number;
        namespaceUri: string;
        displayName: { text: string };
      };
      assert.equal(information.unitId, unitId);
      assert.equal(information.displayName.text, unit);
      assert.equal(information.namespaceUri, 'http://www.opcfoundation.org/UA/units/un/cefact');
    });
  }

  it('gives measured quantities their range, states their texts, and says what is simulated', async () => {
    const { low, high } = (await property('heater.zone1.setpoint/EURange')) as { low: number; high: number };
    assert.deepEqual([low, high], [0, 265]);
    const instrument = (await property('motor.main.speed/InstrumentRange')) as { low: number; high: number };
    assert.deepEqual([instrument.low, instrument.high], [-5000, 5000]);
    assert.equal(await property('temperature.zone1/ValuePrecision'), 1);
    const texts = (await property('machine.state/EnumStrings')) as { text: string }[];
    assert.deepEqual(
      texts.map(({ text }) => text),
      ['IDLE', 'HEATING', 'READY', 'STARTING', 'RUNNING', 'STOPPING', 'ALARM'],
    );
    assert.equal(((await property('safety.estopClosed/TrueState')) as { text: string }).text, 'closed');
    assert.equal(((await property('safety.estopClosed/FalseState')) as { text: string }).text, 'open');
    assert.equal(await property('temperature.zone1/Simulated'), false);
    assert.equal(await property('temperature.zone1.raw/Simulated'), true);
    assert.match((await read('temperature.zone1.raw', AttributeIds.Description)).value.value.text, /simulated/);
  });

  for (const [signal, type, value] of [
    ['temperature.zone1', DataType.Double, 187.25],
    ['safety.estopClosed', DataType.Boolean, true],
    ['motor.main.fault', DataType.UInt16, 65_535],
    ['machine.heartbeat', DataType.UInt32, 4_294_967_295],
    ['machine.state', DataType.UInt32, 6],
  ] as const) {
    it(`reads ${signal} as ${DataType[type]} with the time of its reading`, async () => {
      const readAtMs = Date.now() - 5_000;
      server.plant.measure(signal, value, 'Good', readAtMs);
      const { value: variant, statusCode, sourceTimestamp, serverTimestamp } = await read(signal);
      assert.equal(statusCode.name, 'Good');
      assert.deepEqual([variant.dataType, variant.value], [type, value]);
      assert.equal(sourceTimestamp?.getTime(), readAtMs);
      assert.ok(Math.abs(Date.now() - (serverTimestamp?.getTime() ?? 0)) < 2_000);
    });
  }

  for (const quality of Object.keys(qualityCodes) as Quality[]) {
    it(`serves quality ${quality} as that status code, and a Bad one without any number`, async () => {
      server.plant.measure('temperature.zone1', 42, quality);
      const { value, statusCode } = await read('temperature.zone1');
      assert.equal(statusCode.value, qualityCodes[quality]);
      assert.equal(value.value ?? null, quality.startsWith('Bad') ? null : 42);
    });
  }

  it('serves a signal that was never read as BadNotConnected, without a number', async () => {
    const fresh = await read('motor.main.current');
    assert.equal(fresh.statusCode.name, 'BadNotConnected');
    assert.equal(fresh.value.dataType, DataType.Null);
  });

  for (const [what, signal, value] of [
    ['no number', 'temperature.zone1', Number.NaN],
    ['a number beyond its type', 'motor.main.fault', 70_000],
    ['a state that is none', 'machine.state', 7],
    ['a text', 'safety.estopClosed', 'closed'],
  ] as const) {
    it(`serves ${what} in the image as Bad, never as a value`, async () => {
      server.plant.measure(signal, value);
      const { value: variant, statusCode } = await read(signal);
      assert.equal(statusCode.name, 'BadOutOfRange');
      assert.equal(variant.dataType, DataType.Null);
    });
  }

  it('keeps the source time of a failed reading whatever timestamps other clients ask for', async () => {
    const failedAtMs = Date.now() - 3_000;
    server.plant.measure('temperature.zone1', null, 'BadSensorFailure', failedAtMs);
    for (const timestampsToReturn of [TimestampsToReturn.Neither, TimestampsToReturn.Server, TimestampsToReturn.Both]) {
      await readWith(session, idOf('temperature.zone1'), timestampsToReturn);
    }
    assert.equal((await read('temperature.zone1')).sourceTimestamp?.getTime(), failedAtMs);
  });

  it('tells product and version, and offers at least 50 sessions', async () => {
    const status = (await session.read({ nodeId: 'i=2256', attributeId: AttributeIds.Value })).value.value;
    assert.equal(status.buildInfo.productName, 'TVEmicro');
    assert.equal(status.buildInfo.softwareVersion, '0.1.0');
    const sessions = await session.read({ nodeId: 'i=24095', attributeId: AttributeIds.Value });
    assert.ok(sessions.value.value >= 50);
  });
});

/** The client library itself always asks for both timestamps. */
async function readWith(session: ClientSession, id: string, timestampsToReturn: TimestampsToReturn): Promise<void> {
  const nodesToRead = [{ nodeId: resolveNodeId(id), attributeId: AttributeIds.Value }];
  const request = new ReadRequest({ maxAge: 0, timestampsToReturn, nodesToRead });
  const raw = session as unknown as {
    performMessageTransaction(request: ReadRequest, done: (cause: Error | null) => void): void;
  };
  await new Promise<void>((resolve, reject) => {
    raw.performMessageTransaction(request, (cause) => (cause ? reject(cause) : resolve()));
  });
}
