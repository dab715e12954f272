import assert from 'node:assert/strict';
import {
  AttributeIds,
  BrowseDirection,
  type CallMethodResult,
  type ClientSession,
  type DataValue,
  MessageSecurityMode,
  NodeClass,
  type ReferenceDescription,
  SecurityPolicy,
  StatusCodes,
  TimestampsToReturn,
} from 'node-opcua';
import type { Role } from '../../machine/commands/role.ts';
import { includesRole } from '../../machine/commands/role.ts';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import type { HistoryReader } from '../../operations/ports/history.ts';
import { Clients, until } from './clients.ts';
import { signals, type TestServer, startTestServer } from './plant.ts';

const people: Readonly<Record<string, Role>> = {
  anonymous: 'observer',
  olga: 'observer',
  otto: 'operator',
  erna: 'engineer',
  anton: 'admin',
};
const names = Object.keys(people);

const history: HistoryReader = { query: async () => [[Date.UTC(2026, 10, 20), 100, 'Good']] };

/** What only administrators may see: below ServerDiagnostics what tells of sessions, and what the standard keeps for them. */
const othersSessions = ['i=3706', 'i=3707', 'i=3708', 'i=2290'];

interface Found {
  readonly node: ReferenceDescription;
  readonly parent: string;
}

const inBatches = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

/** All that a session finds by browsing, by node id. */
async function found(session: ClientSession): Promise<Map<string, Found>> {
  const all = new Map<string, Found>();
  let front = ['i=84'];
  while (front.length > 0) {
    const next: string[] = [];
    for (const batch of inBatches(front, 1_000)) {
      const results = await session.browse(
        batch.map((nodeId) => ({
          nodeId,
          browseDirection: BrowseDirection.Forward,
          referenceTypeId: 'i=33',
          includeSubtypes: true,
          resultMask: 63,
        })),
      );
      results.forEach(({ references }, index) => {
        for (const node of references ?? []) {
          const id = node.nodeId.toString();
          if (all.has(id)) continue;
          all.set(id, { node, parent: batch[index] ?? '' });
          next.push(id);
        }
      });
    }
    front = next;
  }
  return all;
}

/** Types and configuration that the standard itself keeps for administrators, and does not hide. */
function isKeptByStandard(id: string): boolean {
  return id.startsWith('ns=0;');
}

/** The library declares its class as another enumeration of the same numbers. */
function classOf({ nodeClass }: ReferenceDescription): NodeClass {
  return nodeClass;
}

function isUnreadable(value: DataValue | undefined): boolean {
  return value?.statusCode.isNotGood() === true;
}

describe('who may do what on every node of the OPC UA server', function () {
  this.timeout(60_000);
  const clients = new Clients();
  const sessions = new Map<string, ClientSession>();
  const nodes = new Map<string, Map<string, Found>>();
  let server: TestServer;
  let index: number;

  before(async () => {
    server = await startTestServer({}, { history });
    server.plant.measure('temperature.zone1', 20);
    await clients.trustedBy(server.pkiDir);
    const secured = { policy: SecurityPolicy.Basic256Sha256, mode: MessageSecurityMode.SignAndEncrypt } as const;
    await until('the clients are trusted', async () => {
      const { trusted } = await server.certificates.list();
      return trusted.length > 0;
    });
    for (const name of names) {
      const user = name === 'anonymous' ? null : name;
      await until(`${name} is let in`, async () => {
        try {
          sessions.set(name, await clients.connect(server.endpointUrl, { user, ...secured }));
          return true;
        } catch {
          return false; // not yet: the server looks into the folder in its own time
        }
      });
      index ??= (await sessionOf(name).readNamespaceArray()).indexOf(namespaceUri);
    }
    for (const name of names) nodes.set(name, await found(sessionOf(name)));
  });
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  function sessionOf(name: string): ClientSession {
    const session = sessions.get(name);
    assert.ok(session, name);
    return session;
  }
  const nodesOf = (name: string): Map<string, Found> => nodes.get(name) ?? new Map<string, Found>();
  const idsOf = (name: string, nodeClass: NodeClass): string[] =>
    [...nodesOf(name)].filter(([, { node }]) => classOf(node) === nodeClass).map(([id]) => id);
  const signalOf = (id: string): (typeof signals)[number] | undefined =>
    signals.find((signal) => id === `ns=${index};s=${signal.id}`);
  const mayWrite = (id: string, role: Role): boolean => {
    const signal = signalOf(id);
    if (signal?.direction === 'setting') return includesRole(role, signal.setting?.role ?? 'operator');
    return signal?.manual === true && includesRole(role, 'engineer');
  };

  async function readAll(name: string, ids: readonly string[], attributeId: AttributeIds): Promise<DataValue[]> {
    const values: DataValue[] = [];
    for (const batch of inBatches(ids, 2_000)) {
      values.push(...(await sessionOf(name).read(batch.map((nodeId) => ({ nodeId, attributeId })))));
    }
    return values;
  }

  for (const name of names) {
    const role = people[name] ?? 'observer';

    it(`${name} finds all of the machine and of the standard, and of other sessions ${role === 'admin' ? 'all' : 'nothing'}`, () => {
      const mine = nodesOf(name);
      const whole = nodesOf('anton');
      assert.ok(whole.size > 5_000);
      const missing = [...whole.keys()].filter((id) => !mine.has(id));
      if (role === 'admin') assert.deepEqual(missing, []);
      for (const id of othersSessions) assert.equal(mine.has(`ns=0;${id}`), role === 'admin', id);
      assert.equal([...mine.keys()].filter((id) => id.startsWith('ns=1;')).length > 0, role === 'admin');
      assert.deepEqual(
        missing.filter((id) => !/^ns=[01];/.test(id)),
        [],
      );
    });

    it(`${name} reads every variable that is found, and ${role === 'admin' ? 'those' : 'none'} that tell of other sessions`, async () => {
      const variables = idsOf('anton', NodeClass.Variable);
      const values = await readAll(name, variables, AttributeIds.Value);
      const denied = variables.filter((_, at) => values[at]?.statusCode.equals(StatusCodes.BadUserAccessDenied));
      const hidden = variables.filter((id) => !nodesOf(name).has(id));
      assert.deepEqual(
        denied.filter((id) => nodesOf(name).has(id) && !isKeptByStandard(id)),
        [],
      );
      assert.deepEqual(
        hidden.filter((id) => !denied.includes(id) && !isUnreadable(values[variables.indexOf(id)])),
        [],
      );
    });

    it(`${name} is told of no variable that can be written but the signals of the role, and writes no other`, async () => {
      server.gate.requests.length = 0;
      const variables = idsOf('anton', NodeClass.Variable);
      const access = await readAll(name, variables, AttributeIds.UserAccessLevel);
      const told = variables.filter((_, at) => ((access[at]?.value?.value as number | null) ?? 0) & 2);
      assert.deepEqual(told.toSorted(), variables.filter((id) => mayWrite(id, role)).toSorted());
      const values = await readAll(name, variables, AttributeIds.Value);
      const accepted: string[] = [];
      for (const batch of inBatches(
        variables.map((id, at) => ({ id, value: values[at] })),
        500,
      )) {
        const results = await sessionOf(name).write(
          batch.map(({ id, value }) => ({
            nodeId: id,
            attributeId: AttributeIds.Value,
            value: { value: value?.value.value === null ? { dataType: 'Double', value: 10 } : (value?.value ?? {}) },
          })),
        );
        batch.forEach(({ id }, at) => results[at]?.isGood() && accepted.push(id));
      }
      assert.deepEqual(
        accepted.filter((id) => !mayWrite(id, role)),
        [],
      );
      if (mayWrite(`ns=${index};s=heater.zone1.setpoint`, role)) assert.ok(accepted.length > 0);
    });

    it(`${name} ${includesRole(role, 'operator') ? 'calls' : 'does not call'} the machine's methods, and no other does anything`, async () => {
      const methods = [...nodesOf('anton')].filter(([, { node }]) => classOf(node) === NodeClass.Method);
      const executable = await readAll(
        name,
        methods.map(([id]) => id),
        AttributeIds.UserExecutable,
      );
      const results: CallMethodResult[] = [];
      for (const batch of inBatches(methods, 50)) {
        const calls = batch.map(([methodId, { parent }]) => ({ objectId: parent, methodId, inputArguments: [] }));
        results.push(...(await sessionOf(name).call(calls)));
      }
      const mayCall = includesRole(role, 'operator');
      methods.forEach(([id, { node }], at) => {
        const status = results[at]?.statusCode.name ?? '';
        const isOurs = id.startsWith(`ns=${index};s=method.`);
        const takesNothing = ['start', 'stop', 'emergencyStop', 'clearAlarms'].includes(node.browseName.name ?? '');
        if (isOurs && takesNothing) assert.equal(status, mayCall ? 'Good' : 'BadUserAccessDenied', id);
        else assert.notEqual(status, 'Good', `${id} ${node.browseName.name}`);
        if (isOurs) assert.equal(executable[at]?.value.value, mayCall, id);
      });
    });

    it(`${name} reads history and subscribes to events`, async () => {
      const id = `ns=${index};s=temperature.zone1`;
      const past = await sessionOf(name).readHistoryValue(id, new Date(0), new Date(), { numValuesPerNode: 10 });
      assert.equal(past.statusCode.name, 'Good');
      const subscription = await sessionOf(name).createSubscription2({ requestedPublishingInterval: 1_000 });
      const item = await subscription.monitor(
        { nodeId: 'i=2253', attributeId: AttributeIds.EventNotifier },
        { queueSize: 10 },
        TimestampsToReturn.Neither,
      );
      assert.equal(item.statusCode.name, 'Good');
      await subscription.terminate();
    });
  }
});
