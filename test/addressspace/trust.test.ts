import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ClientSession,
  MessageSecurityMode,
  OPCUACertificateManager,
  SecurityPolicy,
  StatusCodes,
} from 'node-opcua';
import { mostRefusals, Refusals } from '../../addressspace/security/refusals.ts';
import { Clients, refusal, until } from './clients.ts';
import { type TestServer, startTestServer } from './plant.ts';

const secured = { user: 'olga', policy: SecurityPolicy.Basic256Sha256, mode: MessageSecurityMode.SignAndEncrypt };
const letIn = 'it was let in';
const day = 24 * 3_600_000;

async function file(clients: Clients): Promise<string> {
  return `${(await clients.certificate()).fingerprint.replaceAll(':', '')}.pem`;
}

describe('OPC UA clients and whom the server trusts', function () {
  this.timeout(30_000);
  let server: TestServer;
  let known: Clients;
  let stranger: Clients;

  before(async () => {
    server = await startTestServer({ allowUnsecured: false, allowAnonymous: false });
  });
  after(async () => server.dispose());
  beforeEach(async () => {
    known = new Clients();
    stranger = new Clients();
    await refusal(known.connect(server.endpointUrl, secured));
    await server.certificates.trust((await known.certificate()).fingerprint);
  });
  afterEach(async () => {
    await known.close();
    await stranger.close();
  });
  const connect = async (clients: Clients): Promise<ClientSession> => clients.connect(server.endpointUrl, secured);
  const rejected = async (clients: Clients) => {
    const { fingerprint256 } = await clients.certificate();
    const { rejected: list } = await server.certificates.list();
    return list.find(({ sha256 }) => sha256 === fingerprint256.replaceAll(':', ''));
  };

  it('a stranger is refused and stands in the list at once: who, from where, when, how often and why', async () => {
    const beforeMs = Date.now();
    assert.notEqual(await refusal(connect(stranger)), letIn);
    assert.notEqual(await refusal(connect(stranger)), letIn);
    const seen = await rejected(stranger);
    const certificate = await stranger.certificate();
    assert.partialDeepStrictEqual(seen, {
      sha1: certificate.fingerprint.replaceAll(':', ''),
      address: '127.0.0.1',
      attempts: 2,
      validToMs: Date.parse(certificate.validTo),
      reason: { code: 'BadCertificateUntrusted' },
    });
    assert.match(certificate.subjectAltName ?? '', new RegExp(`URI:${seen?.applicationUri}`));
    assert.ok(seen && beforeMs <= seen.firstTriedAtMs && seen.firstTriedAtMs <= seen.lastTriedAtMs);
  });

  for (const kind of ['fingerprint', 'fingerprint256'] as const) {
    it(`a stranger that is trusted by its ${kind} is let in at the next attempt`, async () => {
      await refusal(connect(stranger));
      const fingerprint = (await stranger.certificate())[kind];
      const outcome = await server.certificates.trust(kind === 'fingerprint' ? fingerprint.toLowerCase() : fingerprint);
      assert.partialDeepStrictEqual(outcome, { ok: true, stillRefused: null });
      assert.equal(await refusal(connect(stranger)), letIn);
      const { trusted } = await server.certificates.list();
      const { sha1 } = outcome.ok ? outcome.certificate : { sha1: '' };
      assert.equal(trusted.find((each) => each.sha1 === sha1)?.connections, 1);
      assert.equal(await rejected(stranger), undefined);
    });
  }

  it('who loses the trust is disconnected and kept out, and nobody else is disturbed', async () => {
    await refusal(connect(stranger));
    const { fingerprint } = await stranger.certificate();
    await server.certificates.trust(fingerprint);
    const [mine, others] = [await connect(stranger), await connect(known)];
    const sessions = server.sessions();
    assert.partialDeepStrictEqual(await server.certificates.reject(fingerprint), { ok: true, closed: 1 });
    assert.equal(server.sessions(), sessions - 1);
    await assert.rejects(mine.readNamespaceArray());
    assert.notEqual(await refusal(connect(stranger)), letIn);
    assert.ok((await others.readNamespaceArray()).length > 0);
    assert.equal((await rejected(stranger))?.reason.code, 'BadCertificateUntrusted');
  });

  it('files that people move count as well: moved to the trusted ones it is let in, moved away it is disconnected', async () => {
    await refusal(connect(stranger));
    const folders = join(server.pkiDir, 'applications');
    const [out, into] = [join(folders, 'rejected'), join(folders, 'trusted', 'certs')];
    renameSync(join(out, await file(stranger)), join(into, 'the new SCADA.pem'));
    await until('it is let in', async () => (await refusal(connect(stranger))) === letIn);
    await connect(stranger);
    assert.equal(server.sessions(), 2);
    renameSync(join(into, 'the new SCADA.pem'), join(folders, 'kept elsewhere.pem'));
    await until('its sessions are closed', () => server.sessions() === 0);
    assert.notEqual(await refusal(connect(stranger)), letIn);
  });

  it('a certificate out of date is named so, and trusting it says that it is refused all the same', async () => {
    await stranger.certified(new Date(Date.now() - 3 * day), 1);
    await refusal(connect(stranger));
    const outcome = await server.certificates.trust((await stranger.certificate()).fingerprint);
    assert.partialDeepStrictEqual(outcome, { ok: true, stillRefused: { code: 'BadCertificateTimeInvalid' } });
    assert.notEqual(await refusal(connect(stranger)), letIn);
    assert.match((await rejected(stranger))?.reason.text ?? '', /out of date/);
  });

  it('a fingerprint is looked up and never becomes a path', async () => {
    const key = join(server.pkiDir, 'applications', 'own', 'private', 'private_key.pem');
    const before = readFileSync(key);
    for (const asked of [
      '../own/private/private_key.pem',
      '../own/private/private_key',
      '',
      '.',
      '*',
      'a'.repeat(5_000),
    ]) {
      for (const change of ['trust', 'reject', 'forget'] as const) {
        assert.partialDeepStrictEqual(await server.certificates[change](asked), { code: 'UNKNOWN_CERTIFICATE' });
      }
    }
    assert.deepEqual(readFileSync(key), before);
  });

  it('a rejected certificate that is deleted is gone until its client tries again', async () => {
    await refusal(connect(stranger));
    assert.partialDeepStrictEqual(await server.certificates.forget((await stranger.certificate()).fingerprint), {
      ok: true,
    });
    assert.equal(await rejected(stranger), undefined);
    await refusal(connect(stranger));
    assert.equal((await rejected(stranger))?.attempts, 1);
  });
});

describe('rejected certificates on the disk', function () {
  this.timeout(30_000);
  const root = mkdtempSync(join(tmpdir(), 'tve-refusals-'));
  const maker = new OPCUACertificateManager({ rootFolder: join(root, 'maker') });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  let folders: { rejectedFolder: string; trustedFolder: string };

  before(async () => maker.initialize());
  after(async () => {
    await maker.dispose();
    rmSync(root, { recursive: true });
  });
  beforeEach(() => {
    const home = mkdtempSync(join(root, 'life-'));
    folders = { rejectedFolder: join(home, 'rejected'), trustedFolder: join(home, 'trusted') };
    for (const folder of Object.values(folders)) mkdirSync(folder);
  });

  async function made(name: string): Promise<X509Certificate> {
    const outputFile = join(root, 'made.pem');
    const names = { applicationUri: `urn:${name}`, subject: `/CN=${name}`, dns: [], ip: [] };
    await maker.createSelfSignedCertificate({ ...names, startDate: new Date(), validity: 30, outputFile });
    return new X509Certificate(readFileSync(outputFile));
  }

  it('a flood of made-up clients keeps to the bound and drives out its own, not the one that waits for its trust', async () => {
    const refusals = new Refusals(folders, log);
    const waiting = await made('waiting');
    refusals.note(waiting, StatusCodes.BadCertificateUntrusted, '10.0.0.5', 1);
    for (let index = 0; index < mostRefusals + 20; index++) {
      refusals.note(await made(`flood${index}`), StatusCodes.BadCertificateUntrusted, '10.6.6.6', 2 + index);
    }
    assert.equal(readdirSync(folders.rejectedFolder).length, mostRefusals);
    const list = refusals.list();
    assert.equal(list.length, mostRefusals);
    assert.equal(list.at(0)?.applicationUri, `urn:flood${mostRefusals + 19}`);
    assert.equal(list.at(-1)?.applicationUri, 'urn:waiting');
    refusals.close();
  });

  it('what is known of them outlives a restart, and a file that somebody put there is listed', async () => {
    const first = new Refusals(folders, log);
    first.note(await made('scada'), StatusCodes.BadCertificateTimeInvalid, '10.0.0.5', 1_000);
    first.note(await made('mes'), StatusCodes.BadCertificateUntrusted, '10.0.0.6', 2_000);
    first.close();
    writeFileSync(join(folders.rejectedFolder, 'by hand.pem'), (await made('byhand')).toString());
    writeFileSync(join(folders.rejectedFolder, 'notes.txt'), 'no certificate');
    const list = new Refusals(folders, log).list().toSorted((a, b) => a.firstTriedAtMs - b.firstTriedAtMs);
    assert.partialDeepStrictEqual(list, [
      {
        subject: 'CN=scada',
        address: '10.0.0.5',
        firstTriedAtMs: 1_000,
        reason: { code: 'BadCertificateTimeInvalid' },
      },
      { subject: 'CN=mes', address: '10.0.0.6', firstTriedAtMs: 2_000, attempts: 1 },
      { subject: 'CN=byhand', address: null, attempts: 0 },
    ]);
  });

  it('a record that cannot be read costs no certificate', async () => {
    const first = new Refusals(folders, log);
    first.note(await made('mes'), StatusCodes.BadCertificateUntrusted, '10.0.0.6', 2_000);
    first.close();
    writeFileSync(`${folders.rejectedFolder}.json`, '{"version":1,"refu');
    assert.partialDeepStrictEqual(new Refusals(folders, log).list(), [{ subject: 'CN=mes', address: null }]);
  });
});
