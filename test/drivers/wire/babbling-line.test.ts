import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Connection } from '../../../drivers/wire/connection.ts';
import { withCrc } from '../../../drivers/codec/crc16.ts';
import { ModuleSilentError } from '../../../drivers/wire/errors.ts';
import { OwedReplies } from '../../../drivers/wire/owed-replies.ts';
import { networkLine, timeoutMs } from './lines.ts';

const read = { kind: 'read', area: 'input', address: 0, count: 1 } as const;

describe('a line on which something babbles without end', () => {
  it('is asked all the same, and a silent unit on it is found out', async () => {
    const sockets: Socket[] = [];
    let babble: NodeJS.Timeout | null = null;
    let asked = 0;
    const server = createServer({ noDelay: true }, (socket) => {
      sockets.push(socket);
      socket.on('error', () => socket.destroy());
      socket.on('data', () => {
        // the first request is answered, and from then on a foreign byte comes again and again
        if (asked++ === 0) socket.write(withCrc(Uint8Array.of(1, 4, 2, 0, 7)));
        babble ??= setInterval(() => socket.write(Uint8Array.of(0x55)), 3);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const line = networkLine('rtu-over-tcp', port, { turnaroundMs: 20 });
    const connection = new Connection(line, new OwedReplies(timeoutMs), () => {});
    try {
      await connection.open();
      assert.deepEqual((await connection.ask(1, read, timeoutMs)).values, [7]);
      await assert.rejects(connection.ask(1, read, timeoutMs), ModuleSilentError);
      assert.equal(asked, 2);
    } finally {
      if (babble !== null) clearInterval(babble);
      await connection.close();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    }
  });
});
