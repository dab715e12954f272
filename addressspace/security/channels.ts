import { X509Certificate } from 'node:crypto';
import {
  type OPCUACertificateManager,
  type OPCUAServer,
  type ServerSecureChannelLayer,
  type ServerSession,
  ServiceFault,
  type StatusCode,
  StatusCodes,
  coerceStatusCode,
} from 'node-opcua';

/** The first of a chain; null when it can't be read. */
export function readableOf(certificate: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(certificate);
  } catch {
    // What cannot be read has no fingerprint to decide on; who presents it is refused all the same.
    return null;
  }
}

/** As the library judges a certificate that comes now, without noting anything. */
export async function statusOf(manager: OPCUACertificateManager, certificate: Buffer): Promise<StatusCode> {
  return coerceStatusCode(
    await manager.verifyCertificate(certificate, { acceptCertificateWithValidIssuerChain: true }),
  );
}

export function channelsOf(server: OPCUAServer): ServerSecureChannelLayer[] {
  return server.endpoints.flatMap((endpoint) => endpoint.getChannels());
}

/** Closes the channels, with their sessions, whose certificates would not be let in now. @returns how many */
export async function closeUntrusted(server: OPCUAServer, manager: OPCUACertificateManager): Promise<number> {
  let closed = 0;
  for (const channel of channelsOf(server)) {
    const certificate = channel.clientCertificate;
    if (!certificate || certificate.length === 0 || (await statusOf(manager, certificate)).isGood()) continue;
    for (const session of Object.values(channel.sessionTokens) as ServerSession[]) {
      server.engine.closeSession(session.authenticationToken, true, 'Terminated');
    }
    channel.close();
    closed++;
  }
  return closed;
}

/** A channel as it asks the certificate manager, which is not told where the client is. */
interface Checking {
  checkCertificate(certificate: Buffer | null): Promise<StatusCode>;
}

/** Tells of every certificate that a client presents, how it was judged and from which address it came. */
export function watchCertificates(
  server: OPCUAServer,
  judged: (certificate: Buffer, status: StatusCode, address: string) => void,
): void {
  server.on('newChannel', (channel: ServerSecureChannelLayer) => {
    const checking = channel as unknown as Checking;
    const check = checking.checkCertificate.bind(channel);
    checking.checkCertificate = async (certificate) => {
      const status = await check(certificate);
      if (certificate && certificate.length > 0) judged(certificate, status, channel.remoteAddress);
      return status;
    };
  });
  server.on('response', (response: unknown, channel: ServerSecureChannelLayer) => {
    // That the application calls itself otherwise than its certificate is only seen when it wants a session.
    const wrongUri = StatusCodes.BadCertificateUriInvalid;
    if (!(response instanceof ServiceFault) || !response.responseHeader.serviceResult.equals(wrongUri)) return;
    if (channel.clientCertificate) judged(channel.clientCertificate, wrongUri, channel.remoteAddress);
  });
}
