import assert from 'node:assert/strict';
import { scada } from './fake-trust.ts';
import { codeOf, Plant, type SignedIn } from './plant.ts';

const mes = 'B'.repeat(40);

describe('certificates over REST', () => {
  let plant: Plant;
  let admin: SignedIn;
  beforeEach(async () => {
    plant = await Plant.open();
    admin = await plant.signIn('admin');
  });
  afterEach(async () => {
    await plant.close();
  });
  const entries = async () =>
    (await plant.store.audit.list({ limit: 20 })).items.filter(({ action }) => action.endsWith('Certificate'));

  it('shows whom the server trusts, whom it turned away, why and from where', async () => {
    const { body } = await plant.send('get', '/api/v1/certificates', { as: admin });
    const { own, trusted, rejected } = body as { own: object; trusted: object[]; rejected: object[] };
    assert.deepEqual(own, {
      subject: 'CN=TVEmicro',
      issuer: 'CN=TVEmicro',
      applicationUri: 'urn:TVEmicro',
      sha1: 'C'.repeat(40),
      sha256: 'C'.repeat(64),
      validFrom: '2026-01-01T00:00:00.000Z',
      validTo: '2036-01-01T00:00:00.000Z',
      hosts: ['plc', '127.0.0.1'],
      selfSigned: true,
    });
    assert.partialDeepStrictEqual(trusted, [{ subject: 'CN=scada', connections: 2 }]);
    assert.partialDeepStrictEqual(rejected, [
      {
        sha1: mes,
        address: '10.0.0.9',
        attempts: 7,
        firstTriedAt: '2025-11-13T02:13:20.000Z',
        reason: { code: 'BadCertificateUntrusted' },
      },
    ]);
  });

  for (const [method, path, done, action] of [
    ['post', `/certificates/${mes}/trust`, 'trust CN=mes', 'trustCertificate'],
    ['post', `/certificates/${scada.sha1}/reject`, 'reject CN=scada', 'rejectCertificate'],
    ['delete', `/certificates/${mes}`, 'forget CN=mes', 'deleteCertificate'],
  ] as const) {
    it(`leaves one entry in the audit for ${action}, with the fingerprint, and one when there is no such certificate`, async () => {
      const { status } = await plant.send(method, `/api/v1${path}`, { as: admin });
      assert.ok(status === 200 || status === 204);
      assert.deepEqual(plant.trust.done, [done]);
      const unknown = path.replace(/[AB]{40}/, '..%2f..%2fown%2fprivate');
      const refused = await plant.send(method, `/api/v1${unknown}`, { as: admin });
      assert.deepEqual([refused.status, codeOf(refused)], [404, 'NOT_FOUND']);
      assert.partialDeepStrictEqual(await entries(), [
        { action, result: 'refused', args: { fingerprint: '../../own/private' } },
        { action, result: 'accepted', actor: 'admin', origin: 'rest' },
      ]);
      assert.match(String((await entries())[1]?.args['sha256']), /^[AB]{64}$/);
    });
  }

  it('renews the own certificate and tells both fingerprints, unless another authority issued it', async () => {
    const { body } = await plant.send('post', '/api/v1/certificates/own/renew', { as: admin });
    assert.partialDeepStrictEqual(body, { before: { sha1: 'C'.repeat(40) }, after: { sha1: 'D'.repeat(40) } });
    plant.trust.selfSigned = false;
    const refused = await plant.send('post', '/api/v1/certificates/own/renew', { as: admin });
    assert.deepEqual([refused.status, codeOf(refused)], [409, 'FOREIGN_AUTHORITY']);
    assert.partialDeepStrictEqual(await entries(), [
      { action: 'renewCertificate', result: 'refused' },
      { action: 'renewCertificate', result: 'accepted', before: 'C'.repeat(64), after: 'D'.repeat(64) },
    ]);
  });
});
