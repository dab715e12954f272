import type { Reason } from '../../machine/commands/command.ts';

/** What a certificate says of itself. Fingerprints are hexadecimal, in capitals, without colons. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  /** Name of the application that the certificate was made for; null when it names none. */
  readonly applicationUri: string | null;
  readonly sha1: string;
  readonly sha256: string;
  readonly validFromMs: number;
  readonly validToMs: number;
}

export interface OwnCertificate extends CertificateFacts {
  /** Host names and addresses that it is good for. */
  readonly hosts: readonly string[];
  /** Made by this server, which can therefore renew it; else somebody else's authority has to. */
  readonly selfSigned: boolean;
}

export interface TrustedCertificate extends CertificateFacts {
  /** Secure channels that are open with it. */
  readonly connections: number;
}

/** A client application that was turned away for its certificate. */
export interface RejectedCertificate extends CertificateFacts {
  /** Where the last attempt came from; null when the file was put there by somebody and no client was seen with it. */
  readonly address: string | null;
  readonly firstTriedAtMs: number;
  readonly lastTriedAtMs: number;
  readonly attempts: number;
  /** Its code is the status of OPC UA, such as BadCertificateUntrusted. */
  readonly reason: Reason;
}

export interface CertificateLists {
  readonly own: OwnCertificate;
  readonly trusted: readonly TrustedCertificate[];
  /** Latest attempt first. */
  readonly rejected: readonly RejectedCertificate[];
}

export interface CertificateNotFound {
  readonly ok: false;
  readonly code: 'UNKNOWN_CERTIFICATE';
  readonly explanation: string;
}

export type TrustOutcome =
  /** `stillRefused`: trusted from now on, and yet not let in, because it is out of date for example. */
  { readonly ok: true; readonly certificate: CertificateFacts; readonly stillRefused: Reason | null };

export type DistrustOutcome = {
  readonly ok: true;
  readonly certificate: CertificateFacts;
  /** Secure channels that were closed, with their sessions. */
  readonly closed: number;
};

export type ForgetOutcome = { readonly ok: true; readonly certificate: CertificateFacts };

export type RenewalOutcome =
  | { readonly ok: true; readonly before: OwnCertificate; readonly after: OwnCertificate }
  | { readonly ok: false; readonly code: 'FOREIGN_AUTHORITY'; readonly explanation: string };

/**
 * Whom the OPC UA server trusts, and its own certificate. A fingerprint (SHA-1 or SHA-256, with or without colons) is only
 * ever looked up among the certificates that there are. Every change holds at once, without a restart.
 */
export interface CertificateTrust {
  list(): Promise<CertificateLists>;
  own(): Promise<OwnCertificate>;
  /** Lets a rejected application in. */
  trust(fingerprint: string): Promise<TrustOutcome | CertificateNotFound>;
  /** Takes the trust away again and closes the application's connections. */
  reject(fingerprint: string): Promise<DistrustOutcome | CertificateNotFound>;
  /** Removes a rejected certificate; the application that tries again is rejected again. */
  forget(fingerprint: string): Promise<ForgetOutcome | CertificateNotFound>;
  /** Makes the own certificate anew: same key and application URI, validity from now on. */
  renewOwn(): Promise<RenewalOutcome>;
}
