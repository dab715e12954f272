import { isIPv4 } from 'node:net';
import type { Context } from 'koa';

/** The address that a request came from; IPv4 as such, also when it came through a socket for IPv6. */
export function stationOf(ctx: Context): string {
  return plainAddress(ctx.ip);
}

export function plainAddress(address: string): string {
  const tail = address.slice(address.lastIndexOf(':') + 1);
  return address.toLowerCase().startsWith('::ffff:') && isIPv4(tail) ? tail : address;
}
