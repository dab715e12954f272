import { computed } from '@preact/signals';
import { arrange } from '../signals/arrangement.ts';
import { signals } from './plant.ts';

/** Where the present machine's signals stand on the page. */
export const arrangement = computed(() => arrange(signals.value.keys()));
