/** One page of a list, newest first. `next` is what to ask with for the page after it; null: there is none. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}
