import { X509Certificate } from 'node:crypto';
import { rmSync } from 'node:fs';
import {
  type OPCUACertificateManager,
  type OPCUAServer,
  type ServerSecureChannelLayer,
  type ServerSession,
  ServiceFault,
  type StatusCode,
  StatusCodes,
  coerceStatusCode,
  invalidateServerCertificateCache,
} from 'node-opcua';
import { setTimeout as pause } from 'node:timers/promises';
import type {
  CertificateNotFound,
  CertificateTrust,
  DistrustOutcome,
  RenewalOutcome,
  TrustOutcome,
} from '../../operations/ports/certificates.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import { certificatesIn, factsOf, isOf, ownFactsOf } from './certificate-facts.ts';
import type { Certificates } from './certificates.ts';
import { refusalReason } from './refusal-words.ts';
import { Refusals } from './refusals.ts';
import { seldom } from './seldom.ts';

/** Files that were moved by hand come in several events; connections are looked at when it is quiet, ms. */
const settleMs = 300;
/** How long the library may take to see what was written for it, ms. */
const seenWithinMs = 2_000;
const remindAfterMs = 60_000;

export interface TrustList extends CertificateTrust {
  /** Lets what is known of rejected certificates reach the disk. */
  close(): void;
}

/**
 * The trust list of one server: notes whom it turns away and from where, and changes it by command. Files that people move
 * count as well; whoever is trusted no longer, by whichever way, is disconnected.
 */
export function openTrustList(
  certificates: Certificates,
  log: AddressSpaceLog,
): TrustList & {
  /** To be called once on the server before it starts. */
  watch(server: OPCUAServer): void;
} {
  const manager = certificates.server;
  const refusals = new Refusals(manager, log);
  const tell = teller(manager, log);
  let watched: OPCUAServer | null = null;
  let settling: NodeJS.Timeout | null = null;
  /** Changes go one after the other. */
  let last: Promise<unknown> = Promise.resolve();

  // The library would write whole chains, as many as come, and take their issuers for its own at the next start.
  manager.rejectCertificate = async () => undefined;

  async function inTurn<Outcome>(change: () => Promise<Outcome>): Promise<Outcome> {
    const mine = last.then(change, change);
    last = mine.catch(() => undefined);
    return mine;
  }

  function note(certificate: Buffer, status: StatusCode, address: string): void {
    const readable = readableOf(certificate);
    if (readable) refusals.note(readable, status, address || null, Date.now());
    tell(readable, status, address);
  }

  /** Closes the channels, with their sessions, whose certificates would not be let in now. */
  async function closeUntrusted(): Promise<number> {
    let closed = 0;
    for (const channel of watched ? channelsOf(watched) : []) {
      const certificate = channel.clientCertificate;
      if (!certificate || certificate.length === 0 || (await statusOf(manager, certificate)).isGood()) continue;
      disconnect(watched, channel);
      closed++;
    }
    return closed;
  }

  function closeUntrustedSoon(): void {
    if (settling) clearTimeout(settling);
    settling = setTimeout(() => {
      settling = null;
      closeUntrusted().then(
        (closed) => closed > 0 && log.warn({ closed }, 'OPC UA connections closed: they are trusted no longer'),
        (cause: unknown) => log.error({ cause: String(cause) }, 'OPC UA connections could not be checked again'),
      );
    }, settleMs).unref();
  }

  async function trust(fingerprint: string): Promise<TrustOutcome | CertificateNotFound> {
    const rejected = refusals.find(fingerprint);
    const trusted = certificatesIn(manager.trustedFolder, log).find(({ certificate }) =>
      isOf(factsOf(certificate), fingerprint),
    );
    const certificate = rejected ?? trusted?.certificate;
    if (!certificate) return notFound('neither rejected nor trusted');
    if (!trusted) {
      await manager.trustCertificate(certificate.raw);
      log.info({ ...factsOf(certificate) }, 'OPC UA client application trusted');
    }
    refusals.forget(certificate);
    const status = await settledStatusOf(manager, certificate.raw, (now) => !now.equals(untrusted));
    const stillRefused = status.isGood() ? null : refusalReason(status);
    return { ok: true, certificate: factsOf(certificate), stillRefused };
  }

  async function reject(fingerprint: string): Promise<DistrustOutcome | CertificateNotFound> {
    const files = certificatesIn(manager.trustedFolder, log).filter(({ certificate }) =>
      isOf(factsOf(certificate), fingerprint),
    );
    const [found] = files;
    if (!found) return notFound('not among the trusted ones');
    const facts = factsOf(found.certificate);
    await manager.removeTrustedCertificate(facts.sha1.toLowerCase());
    for (const { path } of files) rmSync(path, { force: true });
    refusals.note(found.certificate, untrusted, null, Date.now());
    await settledStatusOf(manager, found.certificate.raw, (now) => !now.isGood());
    const closed = await closeUntrusted();
    log.warn({ ...facts, closed }, 'OPC UA client application trusted no longer');
    return { ok: true, certificate: facts, closed };
  }

  async function renewOwn(): Promise<RenewalOutcome> {
    const before = ownFactsOf(certificates.own.read());
    if (!before.selfSigned) {
      const explanation = `The certificate was issued by ${before.issuer}: have it renewed there and put it in place of own/certs/certificate.pem.`;
      return { ok: false, code: 'FOREIGN_AUTHORITY', explanation };
    }
    await certificates.own.make();
    if (watched) invalidateServerCertificateCache(watched);
    const after = ownFactsOf(certificates.own.read());
    log.warn(
      { before: before.sha1, after: after.sha1 },
      'OPC UA certificate renewed: clients have to trust the new one',
    );
    return { ok: true, before, after };
  }

  return {
    watch(server) {
      watched = server;
      noteRefusals(server, note, (certificate) => {
        const readable = readableOf(certificate);
        if (readable) refusals.settled(readable);
      });
      manager.on('certificateRemoved', ({ store }) => store !== 'rejected' && closeUntrustedSoon());
      manager.on('certificateAdded', ({ store }) => store === 'rejected' && closeUntrustedSoon());
      manager.on('crlAdded', closeUntrustedSoon);
    },
    async list() {
      const open = watched ? channelsOf(watched).map(({ clientCertificate }) => clientCertificate) : [];
      const connected = open.flatMap((certificate) => {
        const readable = certificate && readableOf(certificate);
        return readable ? [factsOf(readable).sha1] : [];
      });
      const trusted = certificatesIn(manager.trustedFolder, log).map(({ certificate }) => factsOf(certificate));
      return {
        own: ownFactsOf(certificates.own.read()),
        trusted: trusted.map((facts) => ({
          ...facts,
          connections: connected.filter((sha1) => sha1 === facts.sha1).length,
        })),
        rejected: refusals.list(),
      };
    },
    own: async () => ownFactsOf(certificates.own.read()),
    trust: async (fingerprint) => inTurn(async () => trust(fingerprint)),
    reject: async (fingerprint) => inTurn(async () => reject(fingerprint)),
    forget: async (fingerprint) =>
      inTurn(async () => {
        const certificate = refusals.find(fingerprint);
        if (!certificate) return notFound('not among the rejected ones');
        refusals.forget(certificate);
        return { ok: true, certificate: factsOf(certificate) } as const;
      }),
    renewOwn: async () => inTurn(renewOwn),
    close() {
      if (settling) clearTimeout(settling);
      refusals.close();
    },
  };
}

const untrusted = StatusCodes.BadCertificateUntrusted;

function notFound(what: string): CertificateNotFound {
  return { ok: false, code: 'UNKNOWN_CERTIFICATE', explanation: `The certificate is ${what}.` };
}

/** The first of a chain; null when it can't be read. */
function readableOf(certificate: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(certificate);
  } catch {
    // What cannot be read has no fingerprint to decide on; the refusal is told in the log all the same.
    return null;
  }
}

/** As the library judges a client that comes now, without noting anything. */
export async function statusOf(manager: OPCUACertificateManager, certificate: Buffer): Promise<StatusCode> {
  const name = await manager.verifyCertificate(certificate, { acceptCertificateWithValidIssuerChain: true });
  return coerceStatusCode(name);
}

/** The library hears of files by events: a change has its effect when it has judged by it. */
async function settledStatusOf(
  manager: OPCUACertificateManager,
  certificate: Buffer,
  isSettled: (status: StatusCode) => boolean,
): Promise<StatusCode> {
  const endMs = performance.now() + seenWithinMs;
  let status = await statusOf(manager, certificate);
  while (!isSettled(status) && performance.now() < endMs) {
    await pause(20);
    status = await statusOf(manager, certificate);
  }
  return status;
}

export function channelsOf(server: OPCUAServer): ServerSecureChannelLayer[] {
  return server.endpoints.flatMap((endpoint) => endpoint.getChannels());
}

function disconnect(server: OPCUAServer | null, channel: ServerSecureChannelLayer): void {
  for (const session of Object.values(channel.sessionTokens) as ServerSession[]) {
    server?.engine.closeSession(session.authenticationToken, true, 'Terminated');
  }
  channel.close();
}

type Note = (certificate: Buffer, status: StatusCode, address: string) => void;

/** A channel as it asks the certificate manager, which is not told where the client is. */
interface Checking {
  checkCertificate(certificate: Buffer | null): Promise<StatusCode>;
}

function noteRefusals(server: OPCUAServer, note: Note, admitted: (certificate: Buffer) => void): void {
  server.on('newChannel', (channel: ServerSecureChannelLayer) => {
    const checking = channel as unknown as Checking;
    const check = checking.checkCertificate.bind(channel);
    checking.checkCertificate = async (certificate) => {
      const status = await check(certificate);
      if (!certificate || certificate.length === 0) return status;
      if (status.isGood()) admitted(certificate);
      else note(certificate, status, channel.remoteAddress);
      return status;
    };
  });
  server.on('response', (response: unknown, channel: ServerSecureChannelLayer) => {
    // That the application calls itself otherwise than its certificate is only seen when it wants a session.
    const wrongUri = StatusCodes.BadCertificateUriInvalid;
    if (!(response instanceof ServiceFault) || !response.responseHeader.serviceResult.equals(wrongUri)) return;
    if (channel.clientCertificate) note(channel.clientCertificate, wrongUri, channel.remoteAddress);
  });
}

/**
 * Says in the log which client application was refused, why, and what would admit it; once a minute for each, since a
 * client that is not trusted yet tries for ever.
 */
function teller({ rejectedFolder, trustedFolder }: OPCUACertificateManager, log: AddressSpaceLog) {
  const again = seldom(remindAfterMs);
  return (certificate: X509Certificate | null, status: StatusCode, address: string): void => {
    const omitted = again(certificate?.fingerprint ?? address);
    if (omitted === null) return;
    const wayOut = status.equals(untrusted)
      ? ` By POST /api/v1/certificates/FINGERPRINT/trust, or by moving its file from ${rejectedFolder} to ${trustedFolder}.`
      : '';
    const context = { status: status.name, address, omitted, ...(certificate && factsOf(certificate)) };
    log.warn(context, `OPC UA client refused: ${refusalReason(status).text}${wayOut}`);
  };
}
