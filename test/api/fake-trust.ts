import type {
  CertificateFacts,
  CertificateLists,
  CertificateNotFound,
  CertificateTrust,
  DistrustOutcome,
  ForgetOutcome,
  OwnCertificate,
  RenewalOutcome,
  TrustOutcome,
} from '../../operations/ports/certificates.ts';

function certificate(name: string, digit: string): CertificateFacts {
  return {
    subject: `CN=${name}`,
    issuer: `CN=${name}`,
    applicationUri: `urn:${name}`,
    sha1: digit.repeat(40),
    sha256: digit.repeat(64),
    validFromMs: Date.parse('2026-01-01T00:00:00Z'),
    validToMs: Date.parse('2036-01-01T00:00:00Z'),
  };
}

export const scada = certificate('scada', 'A');
const mes = certificate('mes', 'B');
const untrusted = { code: 'BadCertificateUntrusted', text: 'Nobody has trusted this certificate yet.' };

/** One trusted certificate, `scada`, and one rejected, `mes`; nothing that is done to them changes the lists. */
export class FakeTrust implements CertificateTrust {
  readonly done: string[] = [];
  selfSigned = true;

  async list(): Promise<CertificateLists> {
    const seen = { firstTriedAtMs: 1_763_000_000_000, lastTriedAtMs: 1_763_000_060_000, attempts: 7 };
    return {
      own: await this.own(),
      trusted: [{ ...scada, connections: 2 }],
      rejected: [{ ...mes, ...seen, address: '10.0.0.9', reason: untrusted }],
    };
  }

  async own(): Promise<OwnCertificate> {
    return { ...certificate('TVEmicro', 'C'), hosts: ['plc', '127.0.0.1'], selfSigned: this.selfSigned };
  }

  async trust(fingerprint: string): Promise<TrustOutcome | CertificateNotFound> {
    return this.#change('trust', fingerprint, mes, { stillRefused: null });
  }

  async reject(fingerprint: string): Promise<DistrustOutcome | CertificateNotFound> {
    return this.#change('reject', fingerprint, scada, { closed: 2 });
  }

  async forget(fingerprint: string): Promise<ForgetOutcome | CertificateNotFound> {
    return this.#change('forget', fingerprint, mes, {});
  }

  async renewOwn(): Promise<RenewalOutcome> {
    if (!this.selfSigned) return { ok: false, code: 'FOREIGN_AUTHORITY', explanation: 'Ask the authority.' };
    const before = await this.own();
    return { ok: true, before, after: { ...before, sha1: 'D'.repeat(40), sha256: 'D'.repeat(64) } };
  }

  #change<More>(what: string, fingerprint: string, facts: CertificateFacts, more: More) {
    if (fingerprint !== facts.sha1) {
      return { ok: false, code: 'UNKNOWN_CERTIFICATE', explanation: 'There is no such certificate.' } as const;
    }
    this.done.push(`${what} ${facts.subject}`);
    return { ok: true, certificate: facts, ...more } as const;
  }
}
