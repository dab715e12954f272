import type { X509Certificate } from 'node:crypto';
import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type OPCUACertificateManager,
  type OPCUAServer,
  type StatusCode,
  StatusCodes,
  invalidateServerCertificateCache,
} from 'node-opcua';
import type {
  CertificateLists,
  CertificateNotFound,
  CertificateTrust,
  DistrustOutcome,
  ForgetOutcome,
  OwnCertificate,
  RenewalOutcome,
  TrustOutcome,
} from '../../operations/ports/certificates.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import { type CertificateFile, certificatesIn, factsOf, isOf, ownFactsOf } from './certificate-facts.ts';
import type { Certificates } from './certificates.ts';
import { channelsOf, closeUntrusted, readableOf, statusOf, watchCertificates } from './channels.ts';
import { refusalReason } from './refusal-words.ts';
import { Refusals } from './refusals.ts';
import { seldom } from './seldom.ts';

/** Files that were moved by hand come in several events; connections are looked at when it is quiet, ms. */
const settleMs = 300;
/** How long the library may take to see what was written for it, ms. */
const seenWithinMs = 2_000;
/** A client that is not trusted yet tries for ever; the log has it once in this time. */
const remindAfterMs = 60_000;

const untrusted = StatusCodes.BadCertificateUntrusted;

/**
 * The trust list of one server: notes whom it turns away and from where, and changes it by command. Files that people move
 * count as well; whoever is trusted no longer, by whichever way, is disconnected.
 */
export class TrustList implements CertificateTrust {
  readonly #server: OPCUAServer;
  readonly #certificates: Certificates;
  readonly #manager: OPCUACertificateManager;
  readonly #refusals: Refusals;
  readonly #log: AddressSpaceLog;
  readonly #toldAgain = seldom(remindAfterMs);
  #settling: NodeJS.Timeout | null = null;
  /** Changes go one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  /** To be opened before the server starts. */
  constructor(server: OPCUAServer, certificates: Certificates, log: AddressSpaceLog) {
    this.#server = server;
    this.#certificates = certificates;
    this.#manager = certificates.server;
    this.#refusals = new Refusals(this.#manager, log);
    this.#log = log;
    // The library would write whole chains, as many as come, and take their issuers for its own at the next start.
    this.#manager.rejectCertificate = async () => undefined;
    watchCertificates(server, (certificate, status, address) => this.#judged(certificate, status, address));
    this.#manager.on('certificateRemoved', ({ store }) => store !== 'rejected' && this.#closeUntrustedSoon());
    this.#manager.on('certificateAdded', ({ store }) => store === 'rejected' && this.#closeUntrustedSoon());
    this.#manager.on('crlAdded', () => this.#closeUntrustedSoon());
  }

  async list(): Promise<CertificateLists> {
    const connected = channelsOf(this.#server).flatMap(({ clientCertificate }) => {
      const readable = clientCertificate && readableOf(clientCertificate);
      return readable ? [factsOf(readable).sha1] : [];
    });
    const trusted = this.#trustedFiles().map(({ certificate }) => factsOf(certificate));
    return {
      own: await this.own(),
      trusted: trusted.map((facts) => ({
        ...facts,
        connections: connected.filter((sha1) => sha1 === facts.sha1).length,
      })),
      rejected: this.#refusals.list(),
    };
  }

  async own(): Promise<OwnCertificate> {
    return ownFactsOf(this.#certificates.own.read());
  }

  async trust(fingerprint: string): Promise<TrustOutcome | CertificateNotFound> {
    return this.#inTurn(async () => this.#trust(fingerprint));
  }

  async reject(fingerprint: string): Promise<DistrustOutcome | CertificateNotFound> {
    return this.#inTurn(async () => this.#reject(fingerprint));
  }

  async forget(fingerprint: string): Promise<ForgetOutcome | CertificateNotFound> {
    return this.#inTurn(async () => {
      const certificate = this.#refusals.find(fingerprint);
      if (!certificate) return notFound('not among the rejected ones');
      this.#refusals.forget(certificate);
      return { ok: true, certificate: factsOf(certificate) };
    });
  }

  async renewOwn(): Promise<RenewalOutcome> {
    return this.#inTurn(async () => this.#renewOwn());
  }

  /** Lets what is known of rejected certificates reach the disk. */
  close(): void {
    if (this.#settling) clearTimeout(this.#settling);
    this.#refusals.close();
  }

  async #inTurn<Outcome>(change: () => Promise<Outcome>): Promise<Outcome> {
    const mine = this.#last.then(change, change);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  #trustedFiles(): CertificateFile[] {
    return certificatesIn(this.#manager.trustedFolder, this.#log);
  }

  #judged(presented: Buffer, status: StatusCode, address: string): void {
    const certificate = readableOf(presented);
    if (status.isGood()) {
      if (certificate) this.#refusals.settled(certificate);
      return;
    }
    if (certificate) this.#refusals.note(certificate, status, address || null, Date.now());
    this.#tell(certificate, status, address);
  }

  /** Which client application was refused, why, and what would admit it. */
  #tell(certificate: X509Certificate | null, status: StatusCode, address: string): void {
    const omitted = this.#toldAgain(certificate?.fingerprint ?? address);
    if (omitted === null) return;
    const { rejectedFolder, trustedFolder } = this.#manager;
    const wayOut = status.equals(untrusted)
      ? ` By POST /api/v1/certificates/FINGERPRINT/trust, or by moving its file from ${rejectedFolder} to ${trustedFolder}.`
      : '';
    const context = { status: status.name, address, omitted, ...(certificate && factsOf(certificate)) };
    this.#log.warn(context, `OPC UA client refused: ${refusalReason(status).text}${wayOut}`);
  }

  #closeUntrustedSoon(): void {
    if (this.#settling) clearTimeout(this.#settling);
    this.#settling = setTimeout(() => void this.#closeUntrusted(), settleMs).unref();
  }

  async #closeUntrusted(): Promise<void> {
    this.#settling = null;
    try {
      const closed = await closeUntrusted(this.#server, this.#manager);
      if (closed > 0) this.#log.warn({ closed }, 'OPC UA connections closed: they are trusted no longer');
    } catch (cause) {
      this.#log.error({ cause: String(cause) }, 'OPC UA connections could not be checked again');
    }
  }

  async #trust(fingerprint: string): Promise<TrustOutcome | CertificateNotFound> {
    const trusted = this.#trustedFiles().find(({ certificate }) => isOf(factsOf(certificate), fingerprint));
    const certificate = this.#refusals.find(fingerprint) ?? trusted?.certificate;
    if (!certificate) return notFound('neither rejected nor trusted');
    if (!trusted) {
      await this.#manager.trustCertificate(certificate.raw);
      this.#log.info({ ...factsOf(certificate) }, 'OPC UA client application trusted');
    }
    this.#refusals.forget(certificate);
    const status = await this.#settledStatus(certificate, (now) => !now.equals(untrusted));
    return {
      ok: true,
      certificate: factsOf(certificate),
      stillRefused: status.isGood() ? null : refusalReason(status),
    };
  }

  async #reject(fingerprint: string): Promise<DistrustOutcome | CertificateNotFound> {
    const files = this.#trustedFiles().filter(({ certificate }) => isOf(factsOf(certificate), fingerprint));
    const certificate = files[0]?.certificate;
    if (!certificate) return notFound('not among the trusted ones');
    const facts = factsOf(certificate);
    await this.#manager.removeTrustedCertificate(facts.sha1.toLowerCase());
    for (const { path } of files) rmSync(path, { force: true });
    this.#refusals.note(certificate, untrusted, null, Date.now());
    await this.#settledStatus(certificate, (now) => !now.isGood());
    const closed = await closeUntrusted(this.#server, this.#manager);
    this.#log.warn({ ...facts, closed }, 'OPC UA client application trusted no longer');
    return { ok: true, certificate: facts, closed };
  }

  async #renewOwn(): Promise<RenewalOutcome> {
    const before = await this.own();
    if (!before.selfSigned) {
      const explanation = `The certificate was issued by ${before.issuer}: have it renewed there and put it in place of own/certs/certificate.pem.`;
      return { ok: false, code: 'FOREIGN_AUTHORITY', explanation };
    }
    await this.#certificates.own.make();
    invalidateServerCertificateCache(this.#server);
    const after = await this.own();
    this.#log.warn({ before: before.sha1, after: after.sha1 }, 'OPC UA certificate renewed: clients have to trust it');
    return { ok: true, before, after };
  }

  /** The library hears of files by events: a change has its effect when it has judged by it. */
  async #settledStatus({ raw }: X509Certificate, isSettled: (status: StatusCode) => boolean): Promise<StatusCode> {
    const endMs = performance.now() + seenWithinMs;
    let status = await statusOf(this.#manager, raw);
    while (!isSettled(status) && performance.now() < endMs) {
      await pause(20);
      status = await statusOf(this.#manager, raw);
    }
    return status;
  }
}

function notFound(what: string): CertificateNotFound {
  return { ok: false, code: 'UNKNOWN_CERTIFICATE', explanation: `The certificate is ${what}.` };
}
