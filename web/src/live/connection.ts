import { computed, signal } from '@preact/signals';
import { tickMs } from './clock.ts';

/** No event for longer than this means that what the page shows can't be trusted; the server sends every second. */
const silenceMs = 2_000;

const lastEventMs = signal<number | null>(null);
const broken = signal(false);

export function heardEvent(): void {
  broken.value = false;
  lastEventMs.value = performance.now();
}

export function streamBroke(): void {
  broken.value = true;
}

/** Forget that anything was ever heard: after signing out. */
export function resetConnection(): void {
  broken.value = false;
  lastEventMs.value = null;
}

/** `connecting`: no event yet since the page was opened. */
export const connection = computed<'connecting' | 'live' | 'lost'>(() => {
  if (lastEventMs.value === null) return broken.value ? 'lost' : 'connecting';
  return broken.value || tickMs.value - lastEventMs.value > silenceMs ? 'lost' : 'live';
});

export const connected = computed(() => connection.value === 'live');

/** Whole seconds since the last event; what the page shows is at least so old. */
export const silentSeconds = computed(() =>
  lastEventMs.value === null ? 0 : Math.max(0, Math.floor((tickMs.value - lastEventMs.value) / 1000)),
);
