import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type StatusCode, StatusCodes } from 'node-opcua';
import type { Reason } from '../../machine/commands/command.ts';
import type { RejectedCertificate } from '../../operations/ports/certificates.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import { type CertificateFile, certificatesIn, factsOf, isOf } from './certificate-facts.ts';
import { refusalReason } from './refusal-words.ts';

/** Rejected certificates kept at most: whoever makes up one certificate after the other must not fill the disk. */
export const mostRefusals = 100;
/** What is known of attempts goes to the disk so long after one, ms: a client that is not trusted tries for ever. */
const saveAfterMs = 1_000;

interface Refusal {
  readonly certificate: X509Certificate;
  readonly address: string | null;
  readonly firstTriedAtMs: number;
  readonly lastTriedAtMs: number;
  readonly attempts: number;
  readonly reason: Reason;
}

/** For these somebody can decide to trust the certificate; it then lies among the rejected ones. */
const decidable = [StatusCodes.BadCertificateUntrusted, StatusCodes.BadCertificateChainIncomplete].map(
  ({ name }) => name,
);

/**
 * Client applications that were turned away: their certificates as files in `rejected`, and when, why and from where in
 * `rejected.json` beside it, which outlives a restart. At most `mostRefusals` are kept: of the address that most of them
 * came from, the one that was not seen for the longest time goes first, so that a flood from one place drives out itself.
 */
export class Refusals {
  readonly #folder: string;
  readonly #trustedFolder: string;
  readonly #record: string;
  readonly #log: AddressSpaceLog;
  readonly #refusals = new Map<string, Refusal>();
  /** Files of each certificate, by its SHA-1: people give them names of their own. */
  readonly #paths = new Map<string, string[]>();
  #saving: NodeJS.Timeout | null = null;

  /** Both folders must exist. */
  constructor(folders: { readonly rejectedFolder: string; readonly trustedFolder: string }, log: AddressSpaceLog) {
    this.#folder = folders.rejectedFolder;
    this.#trustedFolder = folders.trustedFolder;
    this.#record = `${this.#folder}.json`;
    this.#log = log;
    for (const refusal of this.#recorded()) this.#refusals.set(factsOf(refusal.certificate).sha1, refusal);
    this.#adoptFiles();
    this.#keepBound();
  }

  note(certificate: X509Certificate, status: StatusCode, address: string | null, atMs: number): void {
    const { sha1 } = factsOf(certificate);
    const known = this.#refusals.get(sha1);
    const reason = refusalReason(status);
    this.#refusals.set(sha1, {
      certificate,
      address,
      firstTriedAtMs: known?.firstTriedAtMs ?? atMs,
      lastTriedAtMs: atMs,
      attempts: (known?.attempts ?? 0) + 1,
      reason,
    });
    if (decidable.includes(reason.code)) this.#keepFile(certificate);
    this.#keepBound();
    this.#saveSoon();
  }

  /** Latest attempt first. What was moved or deleted by hand is gone, what was put there by hand is there. */
  list(): RejectedCertificate[] {
    this.#adoptFiles();
    return [...this.#refusals.values()]
      .map(({ certificate, ...about }) => ({ ...factsOf(certificate), ...about }))
      .toSorted((a, b) => b.lastTriedAtMs - a.lastTriedAtMs);
  }

  find(fingerprint: string): X509Certificate | null {
    this.#adoptFiles();
    const found = [...this.#refusals.values()].find(({ certificate }) => isOf(factsOf(certificate), fingerprint));
    return found?.certificate ?? null;
  }

  /** Removes the certificate, its files and what is known of it. */
  forget(certificate: X509Certificate): void {
    const { sha1 } = factsOf(certificate);
    for (const path of this.#paths.get(sha1) ?? []) rmSync(path, { force: true });
    this.#paths.delete(sha1);
    this.#refusals.delete(sha1);
    this.#saveSoon();
  }

  /** Somebody was let in: whatever stood against the certificate is past. */
  settled(certificate: X509Certificate): void {
    if (this.#refusals.has(factsOf(certificate).sha1)) this.forget(certificate);
  }

  close(): void {
    if (this.#saving === null) return;
    clearTimeout(this.#saving);
    this.#save();
  }

  /** The folder is what counts for those that can be trusted: people move files. */
  #adoptFiles(): void {
    const files = new Map<string, CertificateFile>();
    for (const sha1 of this.#paths.keys()) this.#paths.set(sha1, []);
    for (const file of certificatesIn(this.#folder, this.#log)) {
      const { sha1 } = factsOf(file.certificate);
      files.set(sha1, file);
      this.#paths.set(sha1, [...(this.#paths.get(sha1) ?? []), file.path]);
    }
    for (const [sha1, { reason }] of this.#refusals) {
      if (decidable.includes(reason.code) && !files.has(sha1)) this.#refusals.delete(sha1);
    }
    for (const [sha1, { path, certificate }] of files) {
      if (this.#refusals.has(sha1)) continue;
      const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
      const seen = { firstTriedAtMs: Math.round(mtimeMs), lastTriedAtMs: Math.round(mtimeMs), attempts: 0 };
      const reason = refusalReason(StatusCodes.BadCertificateUntrusted);
      this.#refusals.set(sha1, { certificate, address: null, ...seen, reason });
    }
  }

  /** Under a name of our own making: nothing of what the client wrote into its certificate becomes part of a path. */
  #keepFile(certificate: X509Certificate): void {
    const { sha1 } = factsOf(certificate);
    const paths = this.#paths.get(sha1);
    if (paths?.some((path) => existsSync(path))) return;
    // Moved a moment ago, the library has not seen it yet: a second copy here would outweigh the trusted one.
    if (paths !== undefined && this.#isAmongTrusted(sha1)) return;
    const path = join(this.#folder, `${sha1}.pem`);
    writeFileSync(path, certificate.toString());
    this.#paths.set(sha1, [path]);
  }

  #isAmongTrusted(sha1: string): boolean {
    return certificatesIn(this.#trustedFolder, this.#log).some(({ certificate }) => factsOf(certificate).sha1 === sha1);
  }

  #keepBound(): void {
    while (this.#refusals.size > mostRefusals) {
      const all = [...this.#refusals.values()];
      const countOf = (asked: string | null): number => all.filter(({ address }) => address === asked).length;
      const most = Math.max(...all.map(({ address }) => countOf(address)));
      const [oldest] = all
        .filter(({ address }) => countOf(address) === most)
        .toSorted((a, b) => a.lastTriedAtMs - b.lastTriedAtMs);
      if (oldest) this.forget(oldest.certificate);
    }
  }

  #saveSoon(): void {
    this.#saving ??= setTimeout(() => this.#save(), saveAfterMs).unref();
  }

  #save(): void {
    this.#saving = null;
    const records = [...this.#refusals.values()].map(({ certificate, ...about }) => ({
      pem: certificate.toString(),
      ...about,
    }));
    try {
      writeFileSync(`${this.#record}.new`, JSON.stringify({ version: 1, refusals: records }), { mode: 0o600 });
      renameSync(`${this.#record}.new`, this.#record);
    } catch (cause) {
      this.#log.error({ cause: String(cause) }, 'the list of rejected certificates could not be saved');
    }
  }

  /** A record that cannot be read costs times and addresses, never a certificate: those are files of their own. */
  #recorded(): Refusal[] {
    if (!existsSync(this.#record)) return [];
    try {
      const { refusals } = JSON.parse(readFileSync(this.#record, 'utf8')) as {
        refusals: (Omit<Refusal, 'certificate'> & { readonly pem: string })[];
      };
      return refusals.map(({ pem, ...about }) => ({ ...about, certificate: new X509Certificate(pem) }));
    } catch (cause) {
      this.#log.warn({ path: this.#record, cause: String(cause) }, 'the list of rejected certificates can not be read');
      return [];
    }
  }
}
