import { type StatusCode, StatusCodes } from 'node-opcua';
import type { Reason } from '../../machine/commands/command.ts';

const words: readonly (readonly [StatusCode, string])[] = [
  [
    StatusCodes.BadCertificateUntrusted,
    'Nobody has trusted this certificate yet. Trust it if you know the application.',
  ],
  [
    StatusCodes.BadCertificateTimeInvalid,
    'The certificate is out of date or not valid yet, or the clock of one of the computers is wrong. Renew it in the client.',
  ],
  [
    StatusCodes.BadCertificateIssuerTimeInvalid,
    'The certificate of the authority that issued it is out of date. The authority has to renew its own.',
  ],
  [StatusCodes.BadCertificateRevoked, 'The authority that issued the certificate has revoked it.'],
  [
    StatusCodes.BadCertificateRevocationUnknown,
    'The authority that issued it is known, its revocation list is not: put the list into issuers/crl.',
  ],
  [
    StatusCodes.BadCertificateIssuerRevocationUnknown,
    "The revocation list of the authority's own issuer is missing: put it into issuers/crl.",
  ],
  [
    StatusCodes.BadCertificateChainIncomplete,
    'The authority that issued the certificate is not known: put its certificate into issuers/certs.',
  ],
  [
    StatusCodes.BadCertificateUriInvalid,
    'The application calls itself by another URI than its certificate says. Set the URI in the client, or make it a new certificate.',
  ],
  [
    StatusCodes.BadCertificateUseNotAllowed,
    'The certificate lacks the key usages digitalSignature and dataEncipherment. Make one for OPC UA in the client.',
  ],
  [StatusCodes.BadCertificateInvalid, 'The certificate cannot be read as one. Make a new one in the client.'],
  [
    StatusCodes.BadSecurityChecksFailed,
    'The certificate or one of its issuers is not signed as it claims. Make a new one in the client.',
  ],
];

/** Why a client application was turned away, in words for whoever has to let it in. */
export function refusalReason(status: StatusCode): Reason {
  const text = words.find(([known]) => known.equals(status))?.[1];
  return { code: status.name, text: text ?? `The certificate was found wanting: ${status.description}.` };
}
