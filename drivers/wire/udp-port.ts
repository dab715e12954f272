import { headerBytes, MbapPort } from './mbap-port.ts';

/**
 * MBAP in datagrams, one frame each. Datagrams may be lost, which is a time-out, come twice or in another order; there is no
 * stream that could be out of step, so what belongs to nothing is dropped alone.
 */
export class UdpPort extends MbapPort {
  protected send(bytes: Buffer): void {
    this.link.write(bytes);
  }

  protected expired(): void {
    // its datagram is lost or late; no other is touched by that
  }

  protected receive(datagram: Buffer): void {
    if (datagram.length < headerBytes || this.faultOfHeader(datagram, 0) !== null) return;
    if (datagram.length !== headerBytes + datagram.readUInt16BE(4)) return;
    this.judge(datagram, 0, datagram.length);
  }
}
