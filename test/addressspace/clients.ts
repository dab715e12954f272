import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  type ClientSession,
  type DataValue,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  type UserIdentityInfo,
  UserTokenType,
} from 'node-opcua';
import { passwordOf } from './plant.ts';

export interface Caller {
  /** null: anonymous. */
  readonly user: string | null;
  readonly password?: string;
  readonly policy?: SecurityPolicy;
  readonly mode?: MessageSecurityMode;
}

/** Clients of one test file: they share a certificate and are closed together, whatever happened to them. */
export class Clients {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tve-client-'));
  readonly #certificates = new OPCUACertificateManager({
    rootFolder: join(this.#folder, 'pki'),
    automaticallyAcceptUnknownCertificate: true,
  });
  readonly #open: OPCUAClient[] = [];
  #certificateFile: string | null = null;

  /** Lets the server trust these clients, as an administrator does: by putting their certificate into the folder. */
  async trustedBy(pkiDir: string): Promise<void> {
    const client = await this.#client({ user: null });
    await client.createDefaultCertificate();
    const trusted = join(pkiDir, 'applications', 'trusted', 'certs');
    mkdirSync(trusted, { recursive: true });
    copyFileSync(client.certificateFile, join(trusted, `${basename(this.#folder)}.pem`));
  }

  /** Their certificate, made anew for these days; without this it is one that is good for years. */
  async certified(startDate: Date, days: number): Promise<void> {
    await this.#certificates.initialize();
    this.#certificateFile = join(this.#folder, 'special.pem');
    await this.#certificates.createSelfSignedCertificate({
      applicationUri: `urn:${hostname()}:special`,
      subject: '/CN=special',
      dns: [hostname()],
      ip: [],
      startDate,
      validity: days,
      outputFile: this.#certificateFile,
    });
  }

  async certificate(): Promise<X509Certificate> {
    const client = await this.#client({ user: null });
    await client.createDefaultCertificate();
    return new X509Certificate(readFileSync(client.certificateFile));
  }

  async connect(endpointUrl: string, caller: Caller): Promise<ClientSession> {
    const client = await this.#client(caller);
    await client.connect(endpointUrl);
    return await client.createSession(identityOf(caller));
  }

  async connectedAs(endpointUrl: string, user: string | null): Promise<ClientSession> {
    return await this.connect(endpointUrl, { user });
  }

  async #client({ mode = MessageSecurityMode.None, policy = SecurityPolicy.None }: Caller): Promise<OPCUAClient> {
    await this.#certificates.initialize();
    const client = OPCUAClient.create({
      applicationName: 'TVEmicro test client',
      clientCertificateManager: this.#certificates,
      ...(this.#certificateFile !== null && {
        applicationUri: `urn:${hostname()}:special`,
        certificateFile: this.#certificateFile,
        privateKeyFile: this.#certificates.privateKey,
      }),
      securityMode: mode,
      securityPolicy: policy,
      endpointMustExist: true,
      // On a busy computer a session waits longer for its turn in a test than the library's minute.
      transportTimeout: 300_000,
      requestedSessionTimeout: 300_000,
      connectionStrategy: { maxRetry: 0, initialDelay: 50, maxDelay: 100 },
    });
    this.#open.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#open.splice(0)) await client.disconnect();
    await this.#certificates.dispose();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function identityOf({ user, password }: Caller): UserIdentityInfo {
  return user === null
    ? { type: UserTokenType.Anonymous }
    : { type: UserTokenType.UserName, userName: user, password: password ?? passwordOf(user) };
}

/** What a client is told when it is not let in. */
export async function refusal(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
  return 'it was let in';
}

/** Waits until it holds; the time limit is generous, since machines that test are slow. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 8_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** `Good 20`, `BadSensorFailure`: what a notification says, without its times. */
export function said({ statusCode, value }: DataValue): string {
  const content = (value?.value ?? null) as number | boolean | string | null;
  return content === null ? statusCode.name : `${statusCode.name} ${content}`;
}
