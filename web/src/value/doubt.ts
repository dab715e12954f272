import { say } from '../language/language.ts';
import { plantNowMs, tickMs } from '../live/clock.ts';
import { connected, silentSeconds } from '../live/connection.ts';
import { ageOf } from '../live/freshness.ts';
import { readingOf, signals, standingOf } from '../live/plant.ts';
import { ageText, qualityText } from './format.ts';

/**
 * Why a value may not be taken for the present one, in words with its age; null when it may.
 * Reading it follows the clock, so only what is in doubt is painted anew as it ages.
 */
export function doubtOf(id: string): string | null {
  const standing = standingOf(id).value;
  if (standing === 'current') return null;
  const reading = readingOf(id).value;
  if (reading === undefined || reading.sourceTimeMs === null) {
    return reading === undefined || reading.quality === 'Good' ? say.value.noValue : qualityText(reading.quality);
  }
  void tickMs.value;
  // A setting does not age by itself: what grows old is its last confirmation.
  const neverOld = (signals.value.get(id)?.freshnessMs ?? null) === null;
  const ageMs = neverOld && !connected.value ? silentSeconds.value * 1000 : (ageOf(reading, plantNowMs()) ?? 0);
  if (standing === 'none') return say.value.noValue;
  if (standing !== 'old') return say.value.bad(qualityText(reading.quality), ageText(ageMs));
  return connected.value ? say.value.old(ageText(ageMs)) : say.value.connectionLost(ageText(ageMs));
}

/** What is said of a value that is in order: the age that it stays under. */
export function trustOf(id: string): string {
  const freshnessMs = signals.value.get(id)?.freshnessMs ?? null;
  return freshnessMs === null ? say.value.good : say.value.fresh(ageText(Math.ceil(freshnessMs / 1000) * 1000));
}
