import assert from 'node:assert/strict';
import { X509Certificate, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttributeIds,
  type ClientSession,
  ClientMonitoredItem,
  ClientSubscription,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
  UserTokenType,
  type Variant,
  constructEventFilter,
} from 'node-opcua';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import { Clients, refusal, until } from './clients.ts';
import { passwordOf, type TestServer, startTestServer } from './plant.ts';

const letIn = 'it was let in';

function textOf(value: unknown): string {
  const { text } = (value ?? {}) as { text?: string };
  return text ?? String(value);
}

describe('OPC UA sign-in', function () {
  this.timeout(20_000);
  let clients: Clients;
  let server: TestServer;
  beforeEach(async () => {
    clients = new Clients();
    server = await startTestServer();
  });
  afterEach(async () => {
    await clients.close();
    await server.dispose();
  });
  const guess = async (user: string): Promise<string> =>
    refusal(clients.connect(server.endpointUrl, { user, password: 'guess' }));

  it('slows down who guesses, the right password too, while who is signed in goes on and can stop the machine', async () => {
    const signedIn = await clients.connectedAs(server.endpointUrl, 'otto');
    for (let count = 0; count < 6; count++) assert.match(await guess('otto'), /BadUserAccessDenied/);
    assert.match(await refusal(clients.connectedAs(server.endpointUrl, 'otto')), /BadUserAccessDenied/);
    assert.equal(await refusal(clients.connectedAs(server.endpointUrl, 'erna')), letIn);
    const index = (await signedIn.readNamespaceArray()).indexOf(namespaceUri);
    const stop = { objectId: `ns=${index};s=machine`, methodId: `ns=${index};s=method.emergencyStop` };
    assert.equal((await signedIn.call({ ...stop, inputArguments: [] })).statusCode.name, 'Good');
    const refused = server.entries.filter(({ result }) => result === 'refused');
    assert.equal(refused.length, 5, 'attempts that only wait are not entered');
  });

  it('enters in the audit who signed in and from where, who was refused, and how the session ended', async () => {
    const session = await clients.connectedAs(server.endpointUrl, 'otto');
    await guess('otto');
    await guess('my secret typed as a name');
    await session.close();
    await until('all is entered', () => server.entries.length === 4);
    const [first] = server.entries;
    assert.match(first?.station ?? '', /TVEmicro test client @ 127\.0\.0\.1$/);
    assert.partialDeepStrictEqual(server.entries, [
      {
        action: 'signIn',
        actor: 'otto',
        role: 'operator',
        origin: 'opcua',
        result: 'accepted',
        args: { policy: 'None' },
      },
      { action: 'signIn', actor: 'otto', role: null, result: 'refused', reasons: [{ code: 'SIGN_IN_FAILED' }] },
      { action: 'signIn', actor: 'unknown', result: 'refused' },
      { action: 'signOut', actor: 'otto', args: { how: 'closed by the client' } },
    ]);
    assert.doesNotMatch(JSON.stringify(server.entries), /guess|secret/);
  });

  it('enters one anonymous session of an address a minute, however many come', async () => {
    for (let count = 0; count < 5; count++) await (await clients.connectedAs(server.endpointUrl, null)).close();
    await until('the first one’s end is entered', () => server.entries.length >= 2);
    assert.deepEqual(
      server.entries.map(({ action, actor }) => `${action} ${actor}`),
      ['signIn anonymous', 'signOut anonymous'],
    );
  });

  it('lets people sign in although the audit cannot be written, and says so', async () => {
    await server.close();
    const failing = await startTestServer(
      {},
      { audit: { append: async () => Promise.reject(new Error('disk full')) } },
    );
    assert.equal(await refusal(clients.connectedAs(failing.endpointUrl, 'otto')), letIn);
    await until('it is logged', () =>
      failing.said.some(({ level, message }) => level === 'error' && /audit/.test(message)),
    );
    await failing.dispose();
  });

  it('over an unsecured channel takes a password only encrypted', async () => {
    const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } });
    await client.connect(server.endpointUrl);
    const endpoints = await client.getEndpoints();
    const unsecured = endpoints.filter(({ securityMode }) => securityMode === MessageSecurityMode.None);
    assert.equal(unsecured.length, 1);
    const policies = (unsecured[0]?.userIdentityTokens ?? [])
      .filter(({ tokenType }) => tokenType === UserTokenType.UserName)
      .map(({ securityPolicyUri }) => securityPolicyUri);
    assert.ok(policies.length > 0);
    for (const policy of policies) assert.notEqual(policy ?? SecurityPolicy.None, SecurityPolicy.None);
    // A client that ignores this and sends the password as it is.
    const session = await client.createSession();
    const inner = session as unknown as {
      endpoint: { userIdentityTokens: { tokenType: number; securityPolicyUri: string }[] };
    };
    for (const token of inner.endpoint.userIdentityTokens) token.securityPolicyUri = SecurityPolicy.None;
    const asked = session.changeUser({ type: UserTokenType.UserName, userName: 'otto', password: passwordOf('otto') });
    assert.match((await asked.catch((cause: unknown) => ({ name: String(cause) }))).name, /Bad/);
    await client.disconnect();
    const told = JSON.stringify(server.said);
    assert.match(told, /invalid encryptionAlgorithm/);
    for (const form of ['utf8', 'hex'] as const) {
      assert.equal(told.includes(Buffer.from(passwordOf('otto')).toString(form)), false, form);
    }
    assert.equal(
      server.entries.some(({ actor, result }) => actor === 'otto' && result === 'accepted'),
      false,
    );
  });
});

describe('OPC UA sign-in by a certificate', function () {
  this.timeout(20_000);
  const open: OPCUAClient[] = [];
  const home = mkdtempSync(join(tmpdir(), 'tve-users-'));
  const maker = new OPCUACertificateManager({ rootFolder: home });
  let server: TestServer;
  before(async () => {
    await maker.initialize();
    server = await startTestServer();
  });
  after(async () => {
    for (const client of open) await client.disconnect();
    await server.dispose();
    await maker.dispose();
    rmSync(home, { recursive: true });
  });

  async function made(subject: string): Promise<X509Certificate> {
    const outputFile = join(home, 'user.pem');
    const names = { applicationUri: 'urn:user', subject, dns: [], ip: [] };
    await maker.createSelfSignedCertificate({ ...names, startDate: new Date(), validity: 30, outputFile });
    return new X509Certificate(readFileSync(outputFile));
  }
  const folder = (...parts: string[]): string => join(server.pkiDir, 'users', ...parts);
  const trustedFile = (name: string): string => folder('trusted', 'certs', `${name}.pem`);
  async function signIn({ raw }: X509Certificate, privateKey = readFileSync(maker.privateKey, 'utf8')) {
    const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } });
    open.push(client);
    await client.connect(server.endpointUrl);
    return client.createSession({ type: UserTokenType.Certificate, certificateData: raw, privateKey });
  }
  it('lets in whose certificate is trusted for users, with the role of the account that it is named for', async () => {
    const certificate = await made('/O=Plant/CN=otto');
    assert.match(await refusal(signIn(certificate)), /BadIdentityTokenRejected|BadUserAccessDenied/);
    assert.equal(readdirSync(folder('rejected')).length, 1);
    renameSync(folder('rejected', readdirSync(folder('rejected'))[0] ?? ''), trustedFile('otto'));
    let session: ClientSession | null = null;
    await until('it is let in', async () => {
      session = await signIn(certificate).catch(() => null);
      return session !== null;
    });
    assert.ok(session);
    const signedIn: ClientSession = session;
    const index = (await signedIn.readNamespaceArray()).indexOf(namespaceUri);
    const value = { value: { dataType: 'Double', value: 120 } } as const;
    const write = async (signal: string) =>
      (await signedIn.write({ nodeId: `ns=${index};s=${signal}`, attributeId: AttributeIds.Value, value })).name;
    assert.equal(await write('heater.zone1.setpoint'), 'Good');
    assert.equal(await write('heater.zone1.output'), 'BadUserAccessDenied');
    assert.partialDeepStrictEqual(server.gate.requests.at(-1)?.principal, { name: 'otto', role: 'operator' });
    assert.partialDeepStrictEqual(server.entries.at(-1), { action: 'signIn', actor: 'otto', result: 'accepted' });
    rmSync(trustedFile('otto'));
    await until('who is trusted no longer is signed out', () => server.entries.at(-1)?.action === 'signOut');
  });

  for (const [what, subject] of [
    ['is named for no account', '/CN=nobody'],
    ['is named for an account that is disabled', '/CN=dora'],
  ] as const) {
    it(`refuses a trusted certificate that ${what}`, async () => {
      const certificate = await made(subject);
      writeFileSync(trustedFile(what), certificate.toString());
      await until('it is refused for its name', async () => {
        assert.notEqual(await refusal(signIn(certificate)), letIn);
        return /is no account/.test(server.entries.at(-1)?.reasons[0]?.text ?? '');
      });
    });
  }

  it('refuses a certificate whose key the client does not hold', async () => {
    const certificate = await made('/CN=erna');
    writeFileSync(trustedFile('erna'), certificate.toString());
    await until('its owner is let in', async () => {
      const session = await signIn(certificate).catch(() => null);
      await session?.close();
      return session !== null;
    });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    assert.match(await refusal(signIn(certificate, other)), /BadUserSignatureInvalid|BadUserAccessDenied|BadIdentity/);
  });
});

describe('OPC UA audit events', function () {
  this.timeout(20_000);
  const clients = new Clients();
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  const fields = ['EventType', 'SourceNode', 'Status', 'ClientUserId', 'Message'];
  async function hearing(session: ClientSession): Promise<string[]> {
    const subscription = ClientSubscription.create(session, {
      requestedPublishingInterval: 50,
      requestedLifetimeCount: 1_000,
      requestedMaxKeepAliveCount: 10,
      publishingEnabled: true,
    });
    const heard: string[] = [];
    const item = ClientMonitoredItem.create(
      subscription,
      { nodeId: 'i=2253', attributeId: AttributeIds.EventNotifier },
      { queueSize: 1_000, filter: constructEventFilter(fields), samplingInterval: 0 },
      TimestampsToReturn.Both,
    );
    item.on('changed', (values) =>
      heard.push((values as unknown as Variant[]).map(({ value }) => textOf(value)).join(' ')),
    );
    await new Promise((resolve) => item.once('initialized', resolve));
    return heard;
  }

  it('tell administrators, and nobody else, of sessions, refused sign-ins, writes and calls; Auditing says that they are raised', async () => {
    const admin = await clients.connectedAs(server.endpointUrl, 'anton');
    const others = await Promise.all(
      [null, 'olga', 'otto', 'erna'].map(async (user) => hearing(await clients.connectedAs(server.endpointUrl, user))),
    );
    assert.equal((await admin.read({ nodeId: 'i=2994' })).value.value, true);
    const heard = await hearing(admin);
    const otto = await clients.connectedAs(server.endpointUrl, 'otto');
    await refusal(clients.connect(server.endpointUrl, { user: 'erna', password: 'guess' }));
    const index = (await otto.readNamespaceArray()).indexOf(namespaceUri);
    const setpoint = `ns=${index};s=heater.zone1.setpoint`;
    const value = { value: { dataType: 'Double', value: 120 } } as const;
    await otto.write({ nodeId: setpoint, attributeId: AttributeIds.Value, value });
    await otto.write({ nodeId: `ns=${index};s=temperature.zone1`, attributeId: AttributeIds.Value, value });
    await otto.call({ objectId: `ns=${index};s=machine`, methodId: `ns=${index};s=method.stop`, inputArguments: [] });
    await otto.close();
    const expected = [
      /^ns=0;i=2071 .* true System\/CreateSession/,
      /^ns=0;i=2075 .* true otto/,
      /^ns=0;i=2075 .* false erna .*BadUserAccessDenied/,
      new RegExp(`^ns=0;i=2100 ${setpoint} true otto Write: Good`),
      new RegExp(`^ns=0;i=2100 ns=${index};s=temperature.zone1 false otto Write: BadNotWritable`),
      new RegExp(`^ns=0;i=2127 ns=${index};s=machine true otto Call: Good`),
      /^ns=0;i=2069 .* true otto/,
    ];
    for (const each of expected) await until(String(each), () => heard.some((event) => each.test(event)));
    assert.doesNotMatch(heard.join(), /guess/);
    for (const other of others) assert.deepEqual(other, []);
  });
});
