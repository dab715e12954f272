import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OPCUACertificateManager } from 'node-opcua';
import { OwnCertificateFile, type OwnCertificateOptions } from './own-certificate.ts';

/** Where the server keeps its own key and certificate, and whom it trusts; all below one directory. */
export interface Certificates {
  readonly applicationUri: string;
  readonly own: OwnCertificateFile;
  readonly server: OPCUACertificateManager;
  readonly user: OPCUACertificateManager;
}

/**
 * Opens `pkiDir`, which it creates when missing: `applications/` (own key and certificate; trusted, rejected and issuer
 * certificates of client applications) and `users/` (the same for user certificates). Unknown clients are never accepted
 * by themselves: their certificate lands in `applications/rejected` and is trusted by moving it to
 * `applications/trusted/certs` or by command, without a restart.
 *
 * The application URI is part of the certificate and clients compare the two. Once made, the certificate is what counts:
 * a renamed host keeps its identity.
 */
export async function openCertificates(
  options: OwnCertificateOptions & { readonly pkiDir: string },
): Promise<Certificates> {
  const [server, user] = ['applications', 'users'].map((name) => {
    const rootFolder = join(options.pkiDir, name);
    mkdirSync(rootFolder, { recursive: true, mode: 0o700 });
    return new OPCUACertificateManager({ name, rootFolder, automaticallyAcceptUnknownCertificate: false });
  }) as [OPCUACertificateManager, OPCUACertificateManager];
  await server.initialize();
  await user.initialize();
  const own = await OwnCertificateFile.open(server, options);
  return { applicationUri: own.applicationUri, own, server, user };
}
