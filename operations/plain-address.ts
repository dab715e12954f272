import { isIPv4 } from 'node:net';

/** IPv4 as such, also when it came through a socket for IPv6. */
export function plainAddress(address: string): string {
  const tail = address.slice(address.lastIndexOf(':') + 1);
  return address.toLowerCase().startsWith('::ffff:') && isIPv4(tail) ? tail : address;
}
