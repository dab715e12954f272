import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ClientReverseConnect,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  OPCUADiscoveryServer,
  SecurityPolicy,
  UserTokenType,
  findServers,
} from 'node-opcua';
import { freePort } from '../../free-port.ts';
import { until } from '../clients.ts';
import { type TestServer, startTestServer } from '../plant.ts';

const binary = 'http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary';

describe('OPC UA discovery', function () {
  this.timeout(60_000);
  let server: TestServer;
  let client: OPCUAClient;

  before(async () => {
    server = await startTestServer({ allowUnsecured: false, allowAnonymous: false });
    client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } });
    await client.connect(server.endpointUrl);
  });
  after(async () => {
    await client?.disconnect();
    await server?.dispose();
  });

  it('tells its endpoints to whoever asks, unsecured and without a session', async () => {
    const endpoints = await client.getEndpoints({ endpointUrl: server.endpointUrl, profileUris: [binary] });
    assert.equal(endpoints.length, 6);
    for (const { endpointUrl, serverCertificate, userIdentityTokens, transportProfileUri, securityMode } of endpoints) {
      assert.equal(endpointUrl, server.endpointUrl);
      assert.ok(serverCertificate.length > 500);
      assert.equal(transportProfileUri, binary);
      assert.notEqual(securityMode, MessageSecurityMode.None);
      assert.deepEqual(
        userIdentityTokens?.map(({ tokenType }) => tokenType),
        [UserTokenType.UserName, UserTokenType.Certificate],
      );
    }
    assert.deepEqual(
      new Set(endpoints.map(({ securityPolicyUri }) => securityPolicyUri?.split('#')[1])),
      new Set(['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss']),
    );
    assert.deepEqual(await client.getEndpoints({ profileUris: ['http://example.org/no-such-transport'] }), []);
  });

  it('finds itself, by its own address and name, and nobody else', async () => {
    const [self, ...others] = await client.findServers({ endpointUrl: server.endpointUrl });
    assert.deepEqual(others, []);
    assert.match(self?.applicationUri ?? '', /^urn:/);
    assert.equal(self?.applicationName.text, 'TVEmicro');
    assert.ok(self?.discoveryUrls?.includes(server.endpointUrl));
    const named = await client.findServers({ serverUris: [self?.applicationUri ?? ''] });
    assert.equal(named.length, 1);
    assert.deepEqual(await client.findServers({ serverUris: ['urn:somebody:else'] }), []);
  });
});

describe('OPC UA local discovery server', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'tve-lds-'));
  let discovery: OPCUADiscoveryServer;
  let discoveryUrl: string;

  before(async () => {
    const serverCertificateManager = new OPCUACertificateManager({
      rootFolder: join(folder, 'lds'),
      automaticallyAcceptUnknownCertificate: true,
    });
    const port = await freePort();
    discovery = new OPCUADiscoveryServer({ port, hostname: '127.0.0.1', serverCertificateManager });
    await discovery.start();
    discoveryUrl = `opc.tcp://127.0.0.1:${port}`;
  });
  after(async () => {
    await discovery?.shutdown();
    rmSync(folder, { recursive: true, force: true });
  });

  const registered = async () =>
    (await findServers(discoveryUrl)).servers
      .filter(({ applicationName }) => applicationName.text === 'TVEmicro')
      .flatMap(({ discoveryUrls }) => discoveryUrls ?? []);

  it('hears of a server that is configured to register, until that server ends', async () => {
    const server = await startTestServer({ discoveryServer: discoveryUrl });
    await until('the registration', async () => (await registered()).includes(server.endpointUrl), 20_000);
    await server.dispose();
    await until('the end of the registration', async () => (await registered()).length === 0);
  });

  it('hears of a server by RegisterServer when it does not know RegisterServer2', async () => {
    const old = discovery as unknown as { _on_RegisterServer2Request?: unknown };
    old._on_RegisterServer2Request = null;
    const server = await startTestServer({ discoveryServer: discoveryUrl });
    await until('the registration', async () => (await registered()).includes(server.endpointUrl), 20_000);
    await server.dispose();
    await until('the end of the registration', async () => (await registered()).length === 0);
    delete old._on_RegisterServer2Request;
  });

  it('hears of no server that is not configured to register', async () => {
    const server = await startTestServer();
    assert.deepEqual(await registered(), []);
    await server.dispose();
  });

  it('holds up neither start nor end of a server when it is away', async () => {
    const startedMs = performance.now();
    const server = await startTestServer({ discoveryServer: `opc.tcp://127.0.0.1:${await freePort()}` });
    await server.dispose();
    assert.ok(performance.now() - startedMs < 20_000);
  });
});

describe('OPC UA reverse connect', function () {
  this.timeout(60_000);

  it('brings the server to a client that listens for it, again after the connection broke', async () => {
    const port = await freePort();
    const listener = new ClientReverseConnect(`opc.tcp://127.0.0.1:${port}`);
    await listener.start();
    const server = await startTestServer({ reverseConnect: [`opc.tcp://127.0.0.1:${port}`] });
    try {
      for (const attempt of ['first', 'second']) {
        const client = OPCUAClient.create({
          securityMode: MessageSecurityMode.None,
          securityPolicy: SecurityPolicy.None,
          endpointMustExist: false,
          connectionStrategy: { maxRetry: 0 },
        });
        await client.connectReverse(listener);
        const session = await client.createSession({ type: UserTokenType.Anonymous });
        assert.equal((await session.read({ nodeId: 'i=2261' })).value.value, 'TVEmicro', attempt);
        await session.close();
        await client.disconnect();
      }
    } finally {
      await server.dispose();
      await listener.stop();
    }
  });
});
