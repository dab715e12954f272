import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MessageSecurityMode, OPCUAClient, SecurityPolicy, TimestampsToReturn, UserTokenType } from 'node-opcua';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import { captureFile } from '../../drivers/monitor/capture-file.ts';
import type { TraceRecord } from '../../drivers/monitor/wire-trace.ts';
import { need, python } from '../needs.ts';
import { until } from './clients.ts';
import { useEveryService } from './every-service.ts';
import { Shelf } from './history-shelf.ts';
import { passwordOf, type TestServer, signals, startTestServer } from './plant.ts';
import { RecordingProxy } from './recording-proxy.ts';

/** The port that the capture file gives to a stream of TCP: whose frames they are is Wireshark's to be told. */
const opcua = ['-d', 'tcp.port==502,opcua'];
/** Of a client that ran through all services: nothing less was looked at. */
const leastMessages = 100;

describe('what the OPC UA server and its clients say, read by Wireshark', function () {
  this.timeout(60_000);
  let server: TestServer;
  let proxy: RecordingProxy;
  let folder: string;

  before(async function () {
    need(this, 'tshark', 'asyncua');
    folder = mkdtempSync(path.join(tmpdir(), 'tve-dissected-'));
    const history = new Shelf();
    history.points = Array.from({ length: 60 }, (_, second) => [Date.UTC(2026, 0, 1, 0, 0, second), second, 'Good']);
    server = await startTestServer({}, { history });
    proxy = await RecordingProxy.before(server.endpointUrl);
  });
  after(async () => {
    await proxy?.close();
    await server?.dispose();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('has no malformed frame, and no stream of it breaks off', async () => {
    await talkAsNodeOpcua();
    await talkAsAsyncua();
    assert.ok(proxy.connections.length >= 2);
    const rows = proxy.connections.flatMap((records) => dissected(records));
    const wrong = rows.filter(({ flaws }) => flaws !== '');
    assert.deepEqual(wrong, []);
    const messages = rows.filter(({ protocol }) => protocol === 'OpcUa');
    assert.ok(messages.length >= leastMessages, `${messages.length} messages`);
    for (const service of ['ReadResponse', 'PublishResponse', 'CallResponse', 'HistoryReadResponse', 'BrowseResponse'])
      assert.ok(
        messages.some(({ info }) => info.includes(service)),
        `no ${service} among them`,
      );
  });

  async function talkAsNodeOpcua(): Promise<void> {
    const client = OPCUAClient.create({
      securityMode: MessageSecurityMode.None,
      securityPolicy: SecurityPolicy.None,
      endpointMustExist: false,
    });
    await client.connect(proxy.url);
    const user = { type: UserTokenType.UserName, userName: 'erna', password: passwordOf('erna') } as const;
    const session = await client.createSession(user);
    const index = (await session.readNamespaceArray()).indexOf(namespaceUri);
    await useEveryService(session, index);
    const all = signals.map(({ id }) => ({ nodeId: `ns=${index};s=${id}`, attributeId: 13 }));
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: 50,
      publishingEnabled: true,
    });
    const group = await subscription.monitorItems(
      all,
      { samplingInterval: 0, queueSize: 10, discardOldest: true },
      TimestampsToReturn.Both,
    );
    let notified = 0;
    group.on('changed', () => notified++);
    await until('the first values', () => notified >= all.length);
    server.plant.measure('temperature.zone1', 20);
    server.plant.measure('temperature.zone1', 21, 'BadSensorFailure');
    server.plant.measure('machine.state', 3);
    server.plant.loseControl();
    await until('the loss', () => notified >= 2 * all.length + 2);
    // everything of the machine, so that every kind of node and value goes over the wire
    const { references } = await session.browse(`ns=${index};s=machine`);
    for (const { nodeId } of references ?? [])
      await session.read(Array.from({ length: 27 }, (_, attribute) => ({ nodeId, attributeId: attribute + 1 })));
    await session.close();
    await client.disconnect();
  }

  async function talkAsAsyncua(): Promise<void> {
    const client = spawn(python, ['test/addressspace/client.py', proxy.url, 'otto', passwordOf('otto')], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    client.stdin.end(
      [
        'read\ttemperature.zone1',
        'unit\ttemperature.zone1',
        'write\theater.zone1.setpoint\tDouble\t150.0',
        'call\theat\ttrue',
        '',
      ].join('\n'),
    );
    assert.deepEqual(await once(client, 'exit'), [0, null]);
  }

  function dissected(records: readonly TraceRecord[]): { protocol: string; info: string; flaws: string }[] {
    const file = path.join(folder, 'stream.pcap');
    writeFileSync(file, captureFile(records, 'tcp'));
    const { stdout, stderr, status } = spawnSync(
      'tshark',
      [
        '-r',
        file,
        ...opcua,
        '-T',
        'fields',
        '-e',
        '_ws.col.Protocol',
        '-e',
        '_ws.col.Info',
        '-e',
        '_ws.expert.message',
      ],
      { encoding: 'utf8', maxBuffer: 64_000_000 },
    );
    assert.equal(status, 0, stderr);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [protocol = '', info = '', experts = ''] = line.split('\t');
        // that a connection begins is told as a remark too
        const flaws = /malformed|unreassembled|out-of-order|retransmi|not captured|exception/i.exec(
          `${info} ${experts}`,
        );
        return { protocol, info, flaws: flaws === null ? '' : `${info} ${experts}` };
      });
  }
});
