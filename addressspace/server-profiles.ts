import type { AddressSpaceSettings } from './server-settings.ts';

export function serverProfiles(_: Pick<AddressSpaceSettings, 'allowUnsecured' | 'allowAnonymous'>): string[] {
  return [];
}
