import assert from 'node:assert/strict';
import type { LineDeclaration } from '../../../drivers/declaration.ts';
import { Connection } from '../../../drivers/wire/connection.ts';
import { LineClosedError } from '../../../drivers/wire/errors.ts';
import { OwedReplies } from '../../../drivers/wire/owed-replies.ts';
import type { Request } from '../../../drivers/wire/request.ts';
import { need } from '../../needs.ts';
import { MisbehavingSlave } from '../misbehaving-slave.ts';
import { SerialCable } from '../serial-cable.ts';
import { serialLine } from './lines.ts';

const read: Request = { kind: 'read', area: 'holding', address: 0, count: 1 };
const withinMs = 1_000;

describe('connection by a serial port', () => {
  let cable: SerialCable;
  let connection: Connection | null = null;

  async function open(line: LineDeclaration): Promise<Connection> {
    connection = new Connection(line, new OwedReplies(line.timeoutMs), () => {});
    await connection.open();
    return connection;
  }

  before(function () {
    need(this, 'socat');
  });
  beforeEach(async () => {
    cable = await SerialCable.plug();
  });
  afterEach(async () => {
    await connection?.close();
    await cable.remove();
  });

  for (const dataBits of [7, 8] as const) {
    it(`speaks ASCII in ${dataBits} bits`, async () => {
      const { far } = cable;
      let heard = '';
      far.on('data', (bytes: Buffer) => {
        heard += bytes.toString('latin1');
        if (heard === ':010300000001FB\r\n') far.write(':0103020007F3\r\n');
      });
      const line = await open(serialLine('ascii', cable.near, { dataBits, baudRate: 9_600 }));
      assert.deepEqual((await line.ask(1, read, withinMs)).values, [7]);
    });
  }

  it('hears an adapter that repeats what is sent', async () => {
    const { far } = cable;
    far.on('data', (bytes: Buffer) => far.write(bytes));
    const slave = MisbehavingSlave.on(far);
    slave.unit(1).holding.set(0, 7);
    const line = await open(serialLine('rtu', cable.near, { echo: true }));
    assert.deepEqual((await line.ask(1, read, withinMs)).values, [7]);
    await line.ask(1, { kind: 'write-registers', address: 0, values: [8] }, withinMs);
    assert.equal(slave.unit(1).holding.get(0), 8);
    assert.deepEqual((await line.ask(1, read, withinMs)).values, [8]);
  });

  it('keeps the silence that was declared before each request', async () => {
    const slave = MisbehavingSlave.on(cable.far);
    slave.unit(1).holding.set(0, 7);
    const line = await open(serialLine('rtu', cable.near, { turnaroundMs: 30 }));
    const beganMs = performance.now();
    for (let n = 0; n < 5; n++) await line.ask(1, read, withinMs);
    assert.ok(performance.now() - beganMs >= 4 * 30);
  });

  it('rejects what is pending when the adapter is pulled out, and opens under the same name when it is back', async () => {
    const line = serialLine('rtu', cable.near);
    for (let time = 0; time < 3; time++) {
      const slave = MisbehavingSlave.on(cable.far);
      slave.unit(1).holding.set(0, time);
      const opened = await open(line);
      assert.deepEqual((await opened.ask(1, read, withinMs)).values, [time]);
      slave.react = () => ({ kind: 'silence' });
      const beganMs = performance.now();
      const pending = assert.rejects(opened.ask(1, read, 30_000), LineClosedError);
      await cable.unplug();
      await pending;
      assert.ok(performance.now() - beganMs < 10_000);
      assert.equal(opened.isOpen, false);
      await opened.close();
      await assert.rejects(open(line), LineClosedError);
      await cable.plugIn();
    }
  });
});
