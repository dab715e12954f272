import { X509Certificate } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateFacts, OwnCertificate } from '../../operations/ports/certificates.ts';
import type { AddressSpaceLog } from '../library-log.ts';

export function factsOf(certificate: X509Certificate): CertificateFacts {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    applicationUri: applicationUriOf(certificate),
    sha1: plainFingerprint(certificate.fingerprint),
    sha256: plainFingerprint(certificate.fingerprint256),
    validFromMs: Date.parse(certificate.validFrom),
    validToMs: Date.parse(certificate.validTo),
  };
}

export function ownFactsOf(certificate: X509Certificate): OwnCertificate {
  return { ...factsOf(certificate), hosts: hostsOf(certificate), selfSigned: isSelfSigned(certificate) };
}

export function applicationUriOf({ subjectAltName }: X509Certificate): string | null {
  return /URI:([^,\s]+)/.exec(subjectAltName ?? '')?.[1] ?? null;
}

function hostsOf({ subjectAltName }: X509Certificate): string[] {
  return [...(subjectAltName ?? '').matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(([, host]) => host ?? '');
}

function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
}

/** `ab:CD` and `abcd` are the same fingerprint, `ABCD`. */
export function plainFingerprint(text: string): string {
  return text.replaceAll(/[:\s]/g, '').toUpperCase();
}

/** By either fingerprint; both kinds have lengths of their own. */
export function isOf({ sha1, sha256 }: Pick<CertificateFacts, 'sha1' | 'sha256'>, fingerprint: string): boolean {
  const asked = plainFingerprint(fingerprint);
  return asked === sha1 || asked === sha256;
}

function oneLine(name: string | undefined): string {
  return (name ?? '').replaceAll('\n', ', ');
}

export interface CertificateFile {
  readonly path: string;
  readonly certificate: X509Certificate;
}

/** The certificates of a folder, PEM or DER. The log tells of files that are none. */
export function certificatesIn(folder: string, log: AddressSpaceLog): CertificateFile[] {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap(({ name }) => {
    const path = join(folder, name);
    try {
      return [{ path, certificate: new X509Certificate(readFileSync(path)) }];
    } catch (cause) {
      log.warn({ path, cause: String(cause) }, 'a file in a folder of certificates can not be read as one');
      return [];
    }
  });
}
