import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { OPCUACertificateManager } from 'node-opcua';
import { applicationUriOf } from './certificate-facts.ts';

const validityDays = 10 * 365;

export interface OwnCertificateOptions {
  /** The address that the server listens on. */
  readonly host: string;
  readonly product: string;
  readonly organization: string;
  /** Wins over what the present certificate says; absent for most. */
  readonly applicationUri: string | undefined;
  readonly machineId: string;
}

/** The server's own certificate, made at the first start. It can be put in place of this one by hand, with its key. */
export class OwnCertificateFile {
  readonly applicationUri: string;
  readonly #path: string;
  readonly #manager: OPCUACertificateManager;
  readonly #options: OwnCertificateOptions;

  /** Makes the certificate when there is none. */
  static async open(manager: OPCUACertificateManager, options: OwnCertificateOptions): Promise<OwnCertificateFile> {
    const own = new OwnCertificateFile(manager, options);
    if (!existsSync(own.#path)) await own.make();
    return own;
  }

  private constructor(manager: OPCUACertificateManager, options: OwnCertificateOptions) {
    this.#manager = manager;
    this.#options = options;
    this.#path = join(manager.rootDir, 'own', 'certs', 'certificate.pem');
    const present = existsSync(this.#path) ? applicationUriOf(this.read()) : null;
    this.applicationUri = options.applicationUri ?? present ?? `urn:${hostname()}:tvemicro:${options.machineId}`;
  }

  /** @throws when somebody put something in its place that is no certificate */
  read(): X509Certificate {
    return new X509Certificate(readFileSync(this.#path));
  }

  /** With the key that there is, the present names of this computer, and validity from now on. Whole or not at all. */
  async make(): Promise<void> {
    const { host, organization, product } = this.#options;
    const made = `${this.#path}.new`;
    await this.#manager.createSelfSignedCertificate({
      applicationUri: this.applicationUri,
      subject: `/O=${subjectPart(organization)}/CN=${subjectPart(product)}`,
      ...namesOf(host),
      startDate: new Date(),
      validity: validityDays,
      outputFile: made,
    });
    renameSync(made, this.#path);
  }
}

/** What clients may call this computer by. On "every address" that is each of its addresses. */
function namesOf(host: string): { readonly dns: string[]; readonly ip: string[] } {
  const isEveryAddress = host === '0.0.0.0' || host === '::';
  const addresses = isEveryAddress
    ? Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address))
    : [host];
  return {
    dns: [...new Set([hostname(), 'localhost', ...(isIP(host) === 0 ? [host] : [])])],
    ip: [...new Set(['127.0.0.1', ...addresses.filter((address) => isIP(address) === 4)])],
  };
}

/** A slash or an equals sign would start another part of the subject. */
function subjectPart(text: string): string {
  return text.replaceAll(/[/=,+"\\<>;]/g, ' ').trim();
}
