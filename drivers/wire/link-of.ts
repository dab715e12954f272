import { isNetworkLine, type LineDeclaration } from '../declaration.ts';
import type { ByteLink } from './byte-link.ts';
import { DatagramLink } from './datagram-link.ts';
import { SerialPortLink } from './serial-port-link.ts';
import { SocketLink } from './socket-link.ts';

/** What carries the bytes of a line; not opened yet. */
export function linkOf(line: LineDeclaration): ByteLink {
  if (!isNetworkLine(line)) return new SerialPortLink(line);
  return line.transport === 'udp' ? new DatagramLink(line) : new SocketLink(line);
}
