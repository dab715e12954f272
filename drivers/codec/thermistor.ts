/** How resistance becomes temperature. */
export type ThermistorCurve =
  /** R(T) = nominalOhm · exp(betaK · (1/T − 1/T₀)), T₀ being nominalC. */
  | { readonly nominalOhm: number; readonly nominalC: number; readonly betaK: number }
  /** Steinhart and Hart: 1/T = a + b·ln R + c·(ln R)³, R in ohms, T in kelvin. */
  | { readonly a: number; readonly b: number; readonly c: number };

export interface Thermistor {
  readonly curve: ThermistorCurve;
  /**
   * The reading is the share of the reference voltage, 0…1, across one half of a divider of a fixed resistor and the
   * thermistor. `low`: the thermistor is the half that is measured, `high`: it is the other. Missing: the reading is ohms.
   */
  readonly divider?: { readonly seriesOhm: number; readonly thermistor: 'low' | 'high' };
  /** A resistance this low is a short circuit, one this high a broken wire: neither is a temperature. */
  readonly shortAtOrBelowOhm: number;
  readonly openAtOrAboveOhm: number;
}

const zeroCelsiusK = 273.15;

export type ThermistorVerdict =
  | { readonly kind: 'temperature'; readonly temperatureC: number }
  | { readonly kind: 'failed'; readonly meaning: 'short circuit' | 'open circuit' | 'no resistance' };

/** What a scaled reading of a thermistor says: ohms, or the share of a divider. */
export function judgeThermistor(reading: number, thermistor: Thermistor): ThermistorVerdict {
  const ohm = resistanceOf(reading, thermistor);
  if (Number.isNaN(ohm) || ohm < 0) return { kind: 'failed', meaning: 'no resistance' };
  if (ohm <= thermistor.shortAtOrBelowOhm) return { kind: 'failed', meaning: 'short circuit' };
  if (ohm >= thermistor.openAtOrAboveOhm) return { kind: 'failed', meaning: 'open circuit' };
  const temperatureC = Number((1 / reciprocalK(ohm, thermistor.curve) - zeroCelsiusK).toFixed(6));
  return { kind: 'temperature', temperatureC };
}

/** In ohms; infinite for a share at which no current flows, NaN for a share that no divider has. */
function resistanceOf(reading: number, { divider }: Thermistor): number {
  if (divider === undefined) return reading;
  if (reading < 0 || reading > 1) return Number.NaN;
  const share = divider.thermistor === 'low' ? reading : 1 - reading;
  return (divider.seriesOhm * share) / (1 - share);
}

function reciprocalK(ohm: number, curve: ThermistorCurve): number {
  if ('betaK' in curve) {
    return 1 / (curve.nominalC + zeroCelsiusK) + Math.log(ohm / curve.nominalOhm) / curve.betaK;
  }
  const log = Math.log(ohm);
  return curve.a + curve.b * log + curve.c * log ** 3;
}
