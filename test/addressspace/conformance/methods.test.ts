import assert from 'node:assert/strict';
import { CallRequest, type CallResponse, type ClientSession, DataType, Variant } from 'node-opcua';
import { namespaceUri } from '../../../addressspace/start-address-space.ts';
import { Clients } from '../clients.ts';
import { type TestServer, startTestServer } from '../plant.ts';
import { ask, refusalOf } from './asking.ts';

const flag = (value: boolean) => new Variant({ dataType: DataType.Boolean, value });

describe('OPC UA method services', function () {
  this.timeout(40_000);
  const clients = new Clients();
  let server: TestServer;
  let session: ClientSession;
  let index: number;

  before(async () => {
    server = await startTestServer();
    session = await clients.connectedAs(server.endpointUrl, 'otto');
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  after(async () => {
    await clients.close();
    await server?.dispose();
  });

  const idOf = (id: string) => `ns=${index};s=${id}`;
  const to = (method: string, ...inputArguments: Variant[]) => ({
    objectId: idOf('machine'),
    methodId: idOf(`method.${method}`),
    inputArguments,
  });

  it('answer each call of a request by itself, in the order asked for', async () => {
    const number = new Variant({ dataType: DataType.Double, value: 1 });
    const { results } = await ask<CallResponse>(
      session,
      new CallRequest({
        methodsToCall: [
          to('heat', flag(true)),
          to('noSuchMethod'),
          { ...to('start'), objectId: idOf('no.such.node') },
          { ...to('start'), objectId: 'i=2253' },
          to('heat'),
          to('heat', flag(true), flag(false)),
          to('heat', number),
          to('start'),
        ],
      }),
    );
    assert.deepEqual(
      results?.map(({ statusCode }) => statusCode.name),
      [
        'Good',
        'BadMethodInvalid',
        'BadNodeIdUnknown',
        'BadMethodInvalid',
        'BadArgumentsMissing',
        'BadTooManyArguments',
        'BadInvalidArgument',
        'Good',
      ],
    );
    assert.deepEqual(
      results?.[6]?.inputArgumentResults?.map(({ name }) => name),
      ['BadTypeMismatch'],
    );
    assert.deepEqual(
      server.gate.requests.map(({ action }) => action.name),
      ['heat', 'start'],
    );
    assert.equal(await refusalOf(session, new CallRequest({ methodsToCall: [] })), 'BadNothingToDo');
  });
});
