/** The ladder of rights: each role may do all that those before it may. */
export const roles = ['observer', 'operator', 'engineer', 'admin'] as const;

export type Role = (typeof roles)[number];

/** Whether `held` includes the rights of `needed`. The one rule by which access is asked and enforced. */
export function includesRole(held: Role, needed: Role): boolean {
  return roles.indexOf(held) >= roles.indexOf(needed);
}
