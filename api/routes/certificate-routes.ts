import { z } from 'zod';
import type { CertificateFacts, CertificateNotFound, CertificateTrust } from '../../operations/ports/certificates.ts';
import type { AuditScribe } from '../audit-scribe.ts';
import {
  CertificateListsReply,
  DistrustReply,
  presentCertificate,
  presentCertificates,
  presentOwn,
  RenewalReply,
  TrustReply,
} from '../certificate-replies.ts';
import { Problem } from '../problem.ts';
import { route, type Caller, type Route } from '../route.ts';

/** Longer than any fingerprint that is asked for in earnest; the audit keeps no more of one. */
const longestFingerprint = 100;

const shared = { tag: 'certificates', role: 'admin' } as const;

/** Whom the OPC UA server trusts, and its own certificate. */
export function certificateRoutes(trust: CertificateTrust, scribe: AuditScribe): readonly Route[] {
  return [
    list(trust),
    trustOne(trust, scribe),
    rejectOne(trust, scribe),
    forgetOne(trust, scribe),
    renew(trust, scribe),
  ];
}

function list(trust: CertificateTrust): Route {
  return route({
    ...shared,
    method: 'get',
    path: '/certificates',
    summary: 'The OPC UA server’s own certificate, the trusted and the rejected ones',
    action: 'listCertificates',
    reply: CertificateListsReply,
    handle: async () => presentCertificates(await trust.list()),
  });
}

/** Enters a change in the audit. @returns what was changed, or that there is no such certificate */
async function noted<Outcome extends { readonly ok: true; readonly certificate: CertificateFacts }>(
  scribe: AuditScribe,
  by: Caller,
  action: string,
  fingerprint: string,
  outcome: Outcome | CertificateNotFound,
): Promise<Outcome | Problem> {
  if (outcome.ok) {
    const { subject, applicationUri, sha1, sha256 } = outcome.certificate;
    await scribe.note(by, { action, args: { subject, applicationUri, sha1, sha256 }, result: 'accepted' });
    return outcome;
  }
  const problem = new Problem('NOT_FOUND', outcome.explanation);
  const args = { fingerprint: fingerprint.slice(0, longestFingerprint) };
  await scribe.note(by, { action, args, result: 'refused', problem });
  return problem;
}

function trustOne(trust: CertificateTrust, scribe: AuditScribe): Route {
  const action = 'trustCertificate';
  return route({
    ...shared,
    method: 'post',
    path: '/certificates/:fingerprint/trust',
    summary: 'Let a rejected client application in',
    description:
      'By SHA-1 or SHA-256, with or without colons. Compare the fingerprint with the one that the client shows.',
    action,
    reply: TrustReply,
    problems: ['NOT_FOUND'],
    async handle({ params }, by) {
      const fingerprint = params['fingerprint'] ?? '';
      const outcome = await noted(scribe, by, action, fingerprint, await trust.trust(fingerprint));
      if (outcome instanceof Problem) return outcome;
      return { certificate: presentCertificate(outcome.certificate), stillRefused: outcome.stillRefused };
    },
  });
}

function rejectOne(trust: CertificateTrust, scribe: AuditScribe): Route {
  const action = 'rejectCertificate';
  return route({
    ...shared,
    method: 'post',
    path: '/certificates/:fingerprint/reject',
    summary: 'Take the trust in a client application away',
    description: 'Its connections are closed. One that is trusted for its authority is kept out by a revocation list.',
    action,
    reply: DistrustReply,
    problems: ['NOT_FOUND'],
    async handle({ params }, by) {
      const fingerprint = params['fingerprint'] ?? '';
      const outcome = await noted(scribe, by, action, fingerprint, await trust.reject(fingerprint));
      if (outcome instanceof Problem) return outcome;
      return { certificate: presentCertificate(outcome.certificate), closed: outcome.closed };
    },
  });
}

function forgetOne(trust: CertificateTrust, scribe: AuditScribe): Route {
  const action = 'deleteCertificate';
  return route({
    ...shared,
    method: 'delete',
    path: '/certificates/:fingerprint',
    summary: 'Delete a rejected certificate',
    description: 'An application that tries again is rejected again.',
    action,
    status: 204,
    reply: z.undefined(),
    problems: ['NOT_FOUND'],
    async handle({ params }, by) {
      const fingerprint = params['fingerprint'] ?? '';
      const outcome = await noted(scribe, by, action, fingerprint, await trust.forget(fingerprint));
      return outcome instanceof Problem ? outcome : undefined;
    },
  });
}

function renew(trust: CertificateTrust, scribe: AuditScribe): Route {
  const action = 'renewCertificate';
  return route({
    ...shared,
    method: 'post',
    path: '/certificates/own/renew',
    summary: 'Make the OPC UA server’s own certificate anew',
    description:
      'Same key and application URI, validity from now on. Clients that trust the certificate itself have to trust the new one.',
    action,
    reply: RenewalReply,
    problems: ['FOREIGN_AUTHORITY'],
    async handle(_asked, by) {
      const outcome = await trust.renewOwn();
      if (!outcome.ok) {
        const problem = new Problem(outcome.code, outcome.explanation);
        await scribe.note(by, { action, result: 'refused', problem });
        return problem;
      }
      const { before, after } = outcome;
      await scribe.note(by, { action, before: before.sha256, after: after.sha256, result: 'accepted' });
      return { before: presentOwn(before), after: presentOwn(after) };
    },
  });
}
