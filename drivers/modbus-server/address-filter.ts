import { BlockList, isIPv6 } from 'node:net';

/**
 * Whether a client's address is one of those declared.
 *
 * @param allowed  addresses, or networks with their prefix such as `10.1.2.0/24`, of IPv4 or IPv6
 */
export function addressFilter(allowed: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of allowed) {
    const [address = '', prefix] = entry.split('/');
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return (address) => address !== '' && list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
