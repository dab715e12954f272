import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { OPCUACertificateManager, type StatusCode, StatusCodes } from 'node-opcua';
import type { AddressSpaceLog } from '../library-log.ts';

/** Where the server keeps its own key and certificate, and whom it trusts; all below one directory. */
export interface Certificates {
  readonly applicationUri: string;
  readonly server: OPCUACertificateManager;
  readonly user: OPCUACertificateManager;
}

const validityDays = 10 * 365;

/**
 * Opens `pkiDir`, which it creates when missing: `applications/` (own key and certificate; trusted, rejected and issuer
 * certificates of client applications) and `users/` (the same for user certificates). Unknown clients are never accepted
 * by themselves: their certificate lands in `applications/rejected` and is trusted by moving it to
 * `applications/trusted/certs`, without a restart.
 *
 * The application URI is part of the certificate and clients compare the two. Once made, the certificate is what counts:
 * a renamed host keeps its identity.
 */
export async function openCertificates(options: {
  readonly pkiDir: string;
  readonly host: string;
  readonly product: string;
  readonly organization: string;
  readonly applicationUri: string | undefined;
  readonly machineId: string;
}): Promise<Certificates> {
  const [server, user] = ['applications', 'users'].map((name) => {
    const rootFolder = join(options.pkiDir, name);
    mkdirSync(rootFolder, { recursive: true, mode: 0o700 });
    return new OPCUACertificateManager({ name, rootFolder, automaticallyAcceptUnknownCertificate: false });
  }) as [OPCUACertificateManager, OPCUACertificateManager];
  await server.initialize();
  await user.initialize();
  const certificateFile = join(server.rootDir, 'own', 'certs', 'certificate.pem');
  const applicationUri =
    options.applicationUri ?? uriOf(certificateFile) ?? `urn:${hostname()}:tvemicro:${options.machineId}`;
  if (!existsSync(certificateFile)) {
    await server.createSelfSignedCertificate({
      applicationUri,
      subject: `/O=${subjectPart(options.organization)}/CN=${subjectPart(options.product)}`,
      dns: [...new Set([hostname(), 'localhost', ...(isIP(options.host) ? [] : [options.host])])],
      ip: [...new Set(['127.0.0.1', ...(isIP(options.host) === 4 ? [options.host] : [])])],
      startDate: new Date(),
      validity: validityDays,
      outputFile: certificateFile,
    });
  }
  return { applicationUri, server, user };
}

function uriOf(certificateFile: string): string | undefined {
  if (!existsSync(certificateFile)) return undefined;
  const names = new X509Certificate(readFileSync(certificateFile)).subjectAltName ?? '';
  return /URI:([^,\s]+)/.exec(names)?.[1];
}

/** A slash or an equals sign would start another part of the subject. */
function subjectPart(text: string): string {
  return text.replaceAll(/[/=,+"\\<>;]/g, ' ').trim();
}

const remindAfterMs = 60_000;
const mostRemembered = 1_000;

/**
 * Says in words which client application was refused, why, and what would admit it; once a minute for each, since a client
 * that is not trusted yet tries for ever.
 */
export function tellRefusedClients({ server }: Certificates, log: AddressSpaceLog): void {
  const told = new Map<string, number>();
  const check = server.checkCertificate.bind(server);

  async function checkAndTell(certificates: Buffer | Buffer[]): Promise<StatusCode> {
    const status = await check(certificates);
    const [own] = [certificates].flat();
    if (status.isGood() || !own) return status;
    const { fingerprint, subject, validTo } = new X509Certificate(own);
    const nowMs = performance.now();
    if (nowMs - (told.get(fingerprint) ?? -remindAfterMs) >= remindAfterMs) {
      if (told.size >= mostRemembered) told.clear();
      told.set(fingerprint, nowMs);
      const context = { status: status.name, subject: subject.replaceAll('\n', ', '), fingerprint, validTo };
      log.warn(context, `OPC UA client refused: ${wayOut(status, server)}`);
    }
    return status;
  }

  server.checkCertificate = checkAndTell;
}

function wayOut(status: StatusCode, { rejectedFolder, trustedFolder }: OPCUACertificateManager): string {
  if (status.equals(StatusCodes.BadCertificateUntrusted)) {
    return `its certificate is not trusted. To trust it, move it from ${rejectedFolder} to ${trustedFolder}`;
  }
  if (status.equals(StatusCodes.BadCertificateTimeInvalid)) {
    return 'its certificate is out of date, or the clock of this computer is wrong';
  }
  if (status.equals(StatusCodes.BadCertificateRevoked)) return 'its certificate was revoked by its issuer';
  return `its certificate was found wanting, ${status.description}`;
}
