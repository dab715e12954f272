import type { Context } from './context.ts';

/** The swing of the relay must be well above what it switches at, by this factor. */
const leastSwings = 1.5;

/** Autotune and alarm figures: limits that only make sense against each other. */
export function checkOperation({ draft, report }: Context): void {
  const { tuning, annunciation } = draft;
  if (tuning) {
    const { swingK, swingLimitK, hysteresisK, cycles, mostCycles } = tuning;
    if (swingK < leastSwings * hysteresisK) {
      report(
        ['tuning', 'swingK'],
        `is ${swingK} K, less than ${leastSwings} × hysteresisK (${hysteresisK} K); the swing would be noise`,
      );
    }
    if (swingLimitK <= swingK) {
      report(['tuning', 'swingLimitK'], `is ${swingLimitK} K, not above swingK (${swingK} K); every test would fail`);
    }
    if (mostCycles < cycles) {
      report(['tuning', 'mostCycles'], `is ${mostCycles}, fewer than cycles (${cycles}); no test could succeed`);
    }
  }
  if (annunciation && annunciation.floodEndsBelow > annunciation.floodBeginsAbove) {
    const { floodEndsBelow, floodBeginsAbove } = annunciation;
    report(
      ['annunciation', 'floodEndsBelow'],
      `is ${floodEndsBelow}, above floodBeginsAbove (${floodBeginsAbove}); a flood would end as it begins`,
    );
  }
}
