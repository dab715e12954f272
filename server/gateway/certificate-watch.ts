import type { CertificateTrust } from '../../operations/ports/certificates.ts';
import type { Log } from '../../operations/ports/log.ts';
import type { Conditions } from './own-alarms.ts';

/** A renewed certificate, by command or by hand, ends the alarm within this time. */
const periodMs = 10_000;
const dayMs = 24 * 3_600_000;
const warnDays = 30;

/** Watches how long the OPC UA server's own certificate is good for. @returns how to stop */
export function watchCertificate(
  trust: Pick<CertificateTrust, 'own'>,
  report: (conditions: Conditions) => void,
  log: Log,
  now: () => number = Date.now,
): () => void {
  async function look(): Promise<void> {
    try {
      const { validToMs } = await trust.own();
      report({ CERTIFICATE_EXPIRING: expiryOf(validToMs, now()) });
    } catch (error) {
      // unknown is not "good for long": the alarm stays as it was
      log.error({ error: String(error) }, 'how long the OPC UA certificate is good for can not be told');
      report({ CERTIFICATE_EXPIRING: { stands: null } });
    }
  }
  void look();
  const timer = setInterval(() => void look(), periodMs);
  return () => clearInterval(timer);
}

export function expiryOf(validToMs: number, nowMs: number): NonNullable<Conditions['CERTIFICATE_EXPIRING']> {
  const days = Math.floor((validToMs - nowMs) / dayMs);
  const date = new Date(validToMs).toISOString().slice(0, 10);
  return {
    stands: validToMs - nowMs < warnDays * dayMs,
    value: days,
    says:
      validToMs > nowMs
        ? `The OPC UA certificate is good until ${date}, for ${days} days more; renew it and tell the clients' owners.`
        : `The OPC UA certificate expired on ${date}: clients refuse to connect until it is renewed.`,
  };
}
