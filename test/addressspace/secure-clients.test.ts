import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MessageSecurityMode, OPCUACertificateManager, OPCUAClient, SecurityPolicy, UserTokenType } from 'node-opcua';
import { need, python } from '../needs.ts';
import { refusal } from './clients.ts';
import { type TestServer, passwordOf, startTestServer } from './plant.ts';

const run = promisify(execFile);
const letIn = 'it was let in';

function pemToDer(pem: Buffer): Buffer {
  return Buffer.from(pem.toString().replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
}

describe('OPC UA clients that mind certificates', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'tve-secure-'));
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ allowUnsecured: false, allowAnonymous: false });
  });
  after(async () => {
    await server.dispose();
    rmSync(folder, { recursive: true });
  });

  const ownCertificate = (): Buffer =>
    readFileSync(join(server.pkiDir, 'applications', 'own', 'certs', 'certificate.pem'));

  describe('asyncua', () => {
    before(async function () {
      need(this, 'asyncua');
      // The first attempt makes its certificate known. How this client says that it was refused differs by version.
      assert.ok((await attempt({})).refused !== undefined);
      const { rejected } = await server.certificates.list();
      const mine = rejected.find(({ applicationUri }) => applicationUri === 'urn:tvemicro:python-client');
      assert.partialDeepStrictEqual(await server.certificates.trust(mine?.sha256 ?? ''), { stillRefused: null });
    });

    interface Attempt {
      readonly policy?: string;
      readonly mode?: string;
      readonly password?: string;
      /** File of the only server certificate that it takes. */
      readonly pinned?: string;
    }
    async function attempt({
      policy = 'Basic256Sha256',
      mode = 'SignAndEncrypt',
      password = passwordOf('otto'),
      pinned,
    }: Attempt): Promise<{ signedIn?: string; refused?: string }> {
      const script = join(import.meta.dirname, 'secure_client.py');
      const words = [
        script,
        server.endpointUrl,
        folder,
        policy,
        mode,
        'otto',
        ...(pinned === undefined ? [] : [pinned]),
      ];
      const { stdout } = await run(python, words, { env: { ...process.env, TVE_PASSWORD: password }, timeout: 30_000 });
      return JSON.parse(stdout) as { signedIn?: string; refused?: string };
    }

    for (const policy of ['Basic256Sha256', 'Aes128Sha256RsaOaep', 'Aes256Sha256RsaPss']) {
      for (const mode of ['Sign', 'SignAndEncrypt']) {
        it(`signs in over ${policy}, ${mode}, and not with a wrong password`, async () => {
          assert.equal((await attempt({ policy, mode })).signedIn?.replaceAll('_', ''), policy);
          assert.match((await attempt({ policy, mode, password: 'guess' })).refused ?? '', /BadUserAccessDenied/);
        });
      }
    }

    it('that holds on to one server certificate refuses the renewed one until it is given it', async () => {
      const [old, renewed] = [join(folder, 'old.pem'), join(folder, 'renewed.pem')];
      writeFileSync(old, ownCertificate());
      assert.ok((await attempt({ pinned: old })).signedIn);
      await server.certificates.renewOwn();
      assert.ok((await attempt({ pinned: old })).refused !== undefined);
      writeFileSync(renewed, ownCertificate());
      assert.ok((await attempt({ pinned: renewed })).signedIn);
    });
  });

  describe('node-opcua, trusting only what its administrator does', () => {
    let trusting: OPCUACertificateManager;
    before(async () => {
      trusting = new OPCUACertificateManager({
        rootFolder: join(folder, 'node'),
        automaticallyAcceptUnknownCertificate: false,
      });
      await trusting.initialize();
    });
    after(async () => trusting.dispose());

    function client(): OPCUAClient {
      return OPCUAClient.create({
        clientCertificateManager: trusting,
        securityMode: MessageSecurityMode.SignAndEncrypt,
        securityPolicy: SecurityPolicy.Basic256Sha256,
        connectionStrategy: { maxRetry: 0 },
      });
    }
    async function attempt(): Promise<string> {
      const one = client();
      const signedIn = one.withSessionAsync(
        {
          endpointUrl: server.endpointUrl,
          userIdentity: { type: UserTokenType.UserName, userName: 'otto', password: passwordOf('otto') },
        },
        async (session) => session.readNamespaceArray(),
      );
      return refusal(signedIn);
    }

    it('goes on with its session over a renewal, refuses the new certificate at the next connection, and takes it once trusted', async () => {
      const first = client();
      await first.createDefaultCertificate();
      await trusting.trustCertificate(pemToDer(ownCertificate()));
      assert.notEqual(await attempt(), letIn);
      const { rejected } = await server.certificates.list();
      await server.certificates.trust(rejected[0]?.sha1 ?? '');
      await first.connect(server.endpointUrl);
      const identity = { type: UserTokenType.UserName, userName: 'otto', password: passwordOf('otto') } as const;
      const session = await first.createSession(identity);

      const renewal = await server.certificates.renewOwn();
      assert.ok(renewal.ok);
      assert.notEqual(renewal.before.sha256, renewal.after.sha256);
      assert.equal(renewal.before.applicationUri, renewal.after.applicationUri);
      assert.ok(renewal.after.validToMs >= renewal.before.validToMs);
      assert.ok((await session.readNamespaceArray()).length > 0);
      assert.notEqual(await attempt(), letIn);
      await trusting.trustCertificate(pemToDer(ownCertificate()));
      assert.equal(await attempt(), letIn);
      await first.disconnect();
    });
  });

  it('a certificate of another authority is not renewed here', async () => {
    const own = join(server.pkiDir, 'applications', 'own', 'certs', 'certificate.pem');
    const kept = ownCertificate();
    writeFileSync(own, readFileSync(join(import.meta.dirname, 'issued-by-authority.pem')));
    const outcome = await server.certificates.renewOwn();
    assert.partialDeepStrictEqual(outcome, { ok: false, code: 'FOREIGN_AUTHORITY' });
    writeFileSync(own, kept);
  });
});
