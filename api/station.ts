import type { Context } from 'koa';
import { plainAddress } from '../operations/plain-address.ts';

/** The address that a request came from; IPv4 as such, also when it came through a socket for IPv6. */
export function stationOf(ctx: Context): string {
  return plainAddress(ctx.ip);
}
