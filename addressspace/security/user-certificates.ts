import type { X509Certificate } from 'node:crypto';
import {
  type OPCUAServer,
  type ServerSecureChannelLayer,
  type ServerSession,
  type StatusCode,
  StatusCodes,
  X509IdentityToken,
} from 'node-opcua';
import type { Principal } from '../../machine/commands/command.ts';
import type { Certificates } from './certificates.ts';
import { channelsOf, readableOf, statusOf } from './channels.ts';
import type { IdentityParts } from './identities.ts';
import { Refusals } from './refusals.ts';

type Answer = (error: Error | null, status?: StatusCode) => void;
type Check = (
  channel: ServerSecureChannelLayer,
  session: ServerSession,
  policy: unknown,
  token: X509IdentityToken,
  signature: unknown,
  answer: Answer,
) => void;

export interface UserCertificateParts extends IdentityParts {
  readonly certificates: Certificates;
  /** Told who stands behind a token, before the session bears it. */
  readonly admit: (token: X509IdentityToken, principal: Principal) => void;
}

/**
 * People, or programs, who sign in with a certificate of their own instead of a password: it lies among `users/trusted/certs`,
 * or was issued by an authority there, and its common name is the name of an account, whose role and standing count as
 * with a password. The library has checked by then that the client holds the key. Who is trusted no longer is signed out.
 */
export function admitUserCertificates(server: OPCUAServer, parts: UserCertificateParts): { close(): void } {
  const { accounts, throttle, entries, log, admit } = parts;
  const manager = parts.certificates.user;
  const refusals = new Refusals(manager, log);
  manager.rejectCertificate = async () => undefined;
  const checking = server as unknown as { isValidX509IdentityToken: Check };
  const check = checking.isValidX509IdentityToken.bind(server);

  async function isAccount(certificate: X509Certificate, token: X509IdentityToken): Promise<boolean> {
    const names = [...certificate.subject.matchAll(/^CN=(.+)$/gm)].map(([, name]) => name ?? '');
    const account = names.length === 1 ? await accounts.find(names[0] ?? '') : null;
    if (account === null || account.disabled) return false;
    const { username, role, mustChangePassword } = account;
    admit(token, { name: username, role: mustChangePassword ? 'observer' : role, kind: 'person' });
    return true;
  }

  async function refuse(
    session: ServerSession,
    certificate: X509Certificate,
    status: StatusCode,
    address: string,
  ): Promise<void> {
    let why = `was not accepted: ${status.name}`;
    if (status.isGood()) why = 'is trusted, but its common name is no account that may sign in';
    // Only of a client that has shown to hold the key: anybody can present the certificates of others.
    if (status.equals(StatusCodes.BadIdentityTokenRejected)) {
      const verdict = await statusOf(manager, certificate.raw);
      refusals.note(certificate, verdict, address, Date.now());
      why = `is not accepted for users: ${verdict.name}`;
    }
    const text = `The certificate ${certificate.fingerprint} ${why}.`;
    log.warn({ address, subject: certificate.subject }, `OPC UA sign-in refused: ${text}`);
    entries.refused(session, 'unknown', { code: 'SIGN_IN_FAILED', text });
  }

  const checkAndFind: Check = (channel, session, policy, token, signature, answer) => {
    const certificate = readableOf(token.certificateData);
    if (!certificate) return answer(null, StatusCodes.BadIdentityTokenInvalid);
    const address = channel.remoteAddress;
    if (throttle.begin(certificate.fingerprint256, address) > 0) return answer(null, StatusCodes.BadUserAccessDenied);
    check(channel, session, policy, token, signature, (error, status = StatusCodes.BadInternalError) => {
      void answerTo(certificate, error ? StatusCodes.BadInternalError : status);
    });

    async function answerTo(presented: X509Certificate, status: StatusCode): Promise<void> {
      answer(null, await decided(presented, status));
    }

    async function decided(presented: X509Certificate, status: StatusCode): Promise<StatusCode> {
      try {
        if (status.isGood() && (await isAccount(presented, token))) {
          throttle.succeeded(presented.fingerprint256, address);
          return StatusCodes.Good;
        }
        await refuse(session, presented, status, address);
        return status.isGood() ? StatusCodes.BadUserAccessDenied : status;
      } catch (cause) {
        log.error({ cause: String(cause) }, 'OPC UA sign-in not possible: the accounts cannot be read');
        return StatusCodes.BadInternalError;
      } finally {
        throttle.done();
      }
    }
  };
  checking.isValidX509IdentityToken = checkAndFind;

  async function signOutUntrusted(): Promise<void> {
    const sessions = channelsOf(server).flatMap(({ sessionTokens }) => Object.values(sessionTokens) as ServerSession[]);
    for (const session of sessions) {
      const token = session.userIdentityToken;
      if (!(token instanceof X509IdentityToken)) continue;
      if ((await statusOf(manager, token.certificateData)).isGood()) continue;
      server.engine.closeSession(session.authenticationToken, true, 'Terminated');
    }
  }
  const signOut = (): void => {
    signOutUntrusted().catch((cause: unknown) =>
      log.error({ cause: String(cause) }, 'OPC UA sessions could not be checked again'),
    );
  };
  manager.on('certificateRemoved', ({ store }) => store !== 'rejected' && signOut());
  manager.on('crlAdded', signOut);
  return { close: () => refusals.close() };
}
