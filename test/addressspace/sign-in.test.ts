import assert from 'node:assert/strict';
import { X509Certificate, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
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
  const pkiDir = join(home, 'pki');
  const folder = (...parts: string[]): string => join(pkiDir, 'users', ...parts);
  const maker = new OPCUACertificateManager({ rootFolder: join(home, 'maker') });
  let server: TestServer;

  async function made(name: string): Promise<X509Certificate> {
    const outputFile = join(home, `${name}.pem`);
    const names = { applicationUri: 'urn:user', subject: `/O=Plant/CN=${name}`, dns: [], ip: [] };
    await maker.createSelfSignedCertificate({ ...names, startDate: new Date(), validity: 30, outputFile });
    return new X509Certificate(readFileSync(outputFile));
  }
  async function trusted(name: string): Promise<void> {
    writeFileSync(folder('trusted', 'certs', `${name}.pem`), (await made(name)).toString());
  }

  before(async () => {
    await maker.initialize();
    mkdirSync(folder('trusted', 'certs'), { recursive: true });
    for (const name of ['erna', 'nobody', 'dora']) await trusted(name);
    server = await startTestServer({ pkiDir });
  });
  after(async () => {
    for (const client of open) await client.disconnect();
    await server.dispose();
    await maker.dispose();
    rmSync(home, { recursive: true });
  });

  async function signIn(name: string, privateKey = readFileSync(maker.privateKey, 'utf8')): Promise<ClientSession> {
    const certificateData = new X509Certificate(readFileSync(join(home, `${name}.pem`))).raw;
    const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } });
    open.push(client);
    await client.connect(server.endpointUrl);
    return client.createSession({ type: UserTokenType.Certificate, certificateData, privateKey });
  }

  it('lets in whose certificate is trusted for users, with the role of the account that it is named for', async () => {
    const session = await signIn('erna');
    const index = (await session.readNamespaceArray()).indexOf(namespaceUri);
    const nodeId = `ns=${index};s=heater.zone1.output`;
    const value = { value: { dataType: 'Double', value: 20 } } as const;
    assert.equal((await session.write({ nodeId, attributeId: AttributeIds.Value, value })).name, 'Good');
    assert.partialDeepStrictEqual(server.gate.requests.at(-1)?.principal, { name: 'erna', role: 'engineer' });
    assert.partialDeepStrictEqual(server.entries.at(-1), { action: 'signIn', actor: 'erna', result: 'accepted' });
    rmSync(folder('trusted', 'certs', 'erna.pem'));
    await until('who is trusted no longer is signed out', () => server.entries.at(-1)?.action === 'signOut');
  });

  it('refuses a stranger, whose certificate lands among the rejected and is trusted by moving it', async () => {
    await made('otto');
    assert.match(await refusal(signIn('otto')), /BadIdentityTokenRejected|BadUserAccessDenied/);
    const [file = ''] = readdirSync(folder('rejected'));
    renameSync(folder('rejected', file), folder('trusted', 'certs', file));
    await until('it is let in', async () => {
      await pause(500); // more attempts than five would have to wait
      return (await refusal(signIn('otto'))) === letIn;
    });
  });

  for (const [what, name] of [
    ['no account', 'nobody'],
    ['an account that is disabled', 'dora'],
  ] as const) {
    it(`refuses a trusted certificate that is named for ${what}`, async () => {
      assert.match(await refusal(signIn(name)), /BadUserAccessDenied/);
      const { result, actor, reasons } = server.entries.at(-1) ?? {};
      assert.deepEqual([result, actor], ['refused', 'unknown']);
      assert.match(reasons?.[0]?.text ?? '', /is no account/);
    });
  }

  it('refuses a certificate whose key the client does not hold', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    assert.match(await refusal(signIn('otto', other)), /BadUserSignatureInvalid|BadUserAccessDenied|BadIdentity/);
    assert.match(server.entries.at(-1)?.reasons[0]?.text ?? '', /BadUserSignatureInvalid/);
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
