/** As over REST; longer ones are refused, not cut. */
export const longestComment = 1_000;

/** The reason in the journal where the machine wants one and the method has no argument for it, or none was given. */
export function unexplained(method: string): string {
  return `no reason given with ${method} over OPC UA`;
}
