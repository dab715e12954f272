import type { Reason } from '../commands/command.ts';

/** Estimates are told in steps of this, in s: they are no more exact, and a screen that flickers helps nobody. */
const etaStepSeconds = 5;

/** To one digit after the point, as displays show it; null for what was never read. */
export function rounded(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 10) / 10 : null;
}

export function numberText(value: number | null): string {
  return value === null || !Number.isFinite(value) ? 'unknown' : String(Math.round(value * 10) / 10);
}

export function wattsText(watts: number): string {
  return `${numberText(Math.round(watts))} W`;
}

/** A reason about a temperature: what is needed, what it reads, and when it will be there. */
export function temperatureReason(
  code: string,
  need: string,
  actual: number | null,
  required: number,
  etaSeconds: number | null,
  afterwardsSeconds: number,
  hint = '',
): Reason {
  const reading = actual === null ? 'it is not known' : `it reads ${numberText(actual)} °C`;
  const text = `${need}; ${reading}${hint}.`;
  const reason = { code, text, actual, required, unit: '°C' };
  if (etaSeconds === null) return reason;
  return { ...reason, etaSeconds: inSteps(etaSeconds + afterwardsSeconds) };
}

/** Seconds to wait, as they are told. */
export function inSteps(seconds: number): number {
  return Math.ceil(seconds / etaStepSeconds) * etaStepSeconds;
}
