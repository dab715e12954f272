import { signal } from '@preact/signals';

/** A question of the page to the operator: which setting to change, or whether to start or heat. One at a time. */
export type Question =
  | { readonly kind: 'setting'; readonly id: string; readonly beside: string | null }
  | { readonly kind: 'start' }
  | { readonly kind: 'heat' };

export const question = signal<Question | null>(null);

let askedFrom: Element | null = null;

export function openQuestion(next: Question): void {
  askedFrom = document.activeElement;
  question.value = next;
}

/** Closes the question and gives the keyboard back to where it came from. */
export function closeQuestion(): void {
  question.value = null;
  const back = askedFrom;
  requestAnimationFrame(() => {
    if (back instanceof HTMLElement && back.isConnected) back.focus();
  });
}
