import { z } from 'zod';
import type {
  CertificateFacts,
  CertificateLists,
  OwnCertificate,
  RejectedCertificate,
} from '../operations/ports/certificates.ts';
import { timeOf } from './present.ts';
import { count, ReasonReply, Time } from './replies.ts';

export const CertificateReply = z.strictObject({
  subject: z.string(),
  issuer: z.string(),
  applicationUri: z.string().nullable().describe('The application that the certificate was made for'),
  sha1: z.string().describe('Fingerprint, hexadecimal'),
  sha256: z.string().describe('Fingerprint, hexadecimal'),
  validFrom: Time,
  validTo: Time,
});

export const OwnCertificateReply = CertificateReply.extend({
  hosts: z.array(z.string()).describe('Host names and addresses that it is good for'),
  selfSigned: z.boolean().describe('Made by this server, which can renew it; else its authority has to'),
});

const RejectedReply = CertificateReply.extend({
  address: z.string().nullable().describe('Where the last attempt came from; null: no client was seen with it'),
  firstTriedAt: Time,
  lastTriedAt: Time,
  attempts: count,
  reason: ReasonReply.describe('Its code is the status code of OPC UA'),
});

export const CertificateListsReply = z.strictObject({
  own: OwnCertificateReply,
  trusted: z.array(CertificateReply.extend({ connections: count.describe('Secure channels that are open') })),
  rejected: z.array(RejectedReply).describe('Latest attempt first'),
});

export const TrustReply = z.strictObject({
  certificate: CertificateReply,
  stillRefused: ReasonReply.nullable().describe('Trusted, and yet not let in: it is out of date, for example'),
});

export const DistrustReply = z.strictObject({
  certificate: CertificateReply,
  closed: count.describe('Secure channels that were closed, with their sessions'),
});

export const RenewalReply = z.strictObject({ before: OwnCertificateReply, after: OwnCertificateReply });

export function presentCertificate(facts: CertificateFacts): z.input<typeof CertificateReply> {
  const { subject, issuer, applicationUri, sha1, sha256, validFromMs, validToMs } = facts;
  const [validFrom, validTo] = [timeOf(validFromMs), timeOf(validToMs)];
  return { subject, issuer, applicationUri, sha1, sha256, validFrom, validTo };
}

export function presentOwn(own: OwnCertificate): z.input<typeof OwnCertificateReply> {
  return { ...presentCertificate(own), hosts: [...own.hosts], selfSigned: own.selfSigned };
}

function presentRejected(rejected: RejectedCertificate): z.input<typeof RejectedReply> {
  const { address, firstTriedAtMs, lastTriedAtMs, attempts, reason } = rejected;
  return {
    ...presentCertificate(rejected),
    address,
    firstTriedAt: timeOf(firstTriedAtMs),
    lastTriedAt: timeOf(lastTriedAtMs),
    attempts,
    reason,
  };
}

export function presentCertificates(lists: CertificateLists): z.input<typeof CertificateListsReply> {
  return {
    own: presentOwn(lists.own),
    trusted: lists.trusted.map((each) => ({ ...presentCertificate(each), connections: each.connections })),
    rejected: lists.rejected.map(presentRejected),
  };
}
