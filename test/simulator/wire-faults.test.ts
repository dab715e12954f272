import assert from 'node:assert/strict';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.ts';
import { until } from '../scenario/until.ts';
import { controlClient, type ControlClient } from './control-client.ts';
import { factoryConfiguration } from './factory.ts';
import { connectMaster, crcOf, word, type RawMaster } from './raw-master.ts';

const readTemperatures = [4, 0, 0, 0, 4];
const readDuties = [3, 0, 0, 0, 3];
/** Longer than any reply takes that is not disturbed. */
const silenceMs = 150;

describe('faults on the wire', () => {
  let simulator: RunningSimulator;
  let control: ControlClient;
  let tcp: RawMaster;
  let rtu: RawMaster;

  before(async () => {
    const configuration = factoryConfiguration();
    simulator = await startSimulator({ configuration, tcpPort: 0, rtuPort: 0, controlPort: 0 });
    control = controlClient(simulator.control);
    tcp = await connectMaster(simulator.tcp ?? '', 'tcp');
    rtu = await connectMaster(simulator.rtu ?? '', 'rtu');
  });
  afterEach(() => control.liftAll());
  after(async () => {
    tcp.close();
    rtu.close();
    await simulator.close();
  });

  it('silent: the module hears nothing and says nothing, its neighbours go on', async () => {
    await tcp.writeRegister(2, 0, 500);
    await control.fault('ssr1', 'silent');
    assert.equal(await tcp.ask(2, [6, 0, 0, 0, 0], silenceMs), null);
    assert.equal(tcp.isOpen(), true);
    assert.deepEqual(await tcp.bits(1, 2, 0, 1), [true]);
    await control.liftAll();
    assert.deepEqual(await tcp.words(2, 3, 0, 1), [500]);
    await tcp.writeRegister(2, 0, 0);
  });

  it('silent: the watchdog of a module that hears nothing acts', async () => {
    await rtu.writeRegister(2, 10, 100);
    await rtu.writeRegister(2, 0, 1);
    await control.fault('drive1', 'silent');
    await until('the watchdog has acted', 2000, async () => {
      const { body } = await control.ask('GET', '/state');
      return (body as { watchdogs: { drive1: { expired: boolean } } }).watchdogs.drive1.expired;
    });
    await control.liftAll();
    assert.deepEqual(await rtu.words(2, 3, 0, 1), [0]);
    await rtu.writeRegister(2, 10, 0);
  });

  it('silent: a whole line', async () => {
    await control.fault('rtu0', 'silent');
    for (const unit of [1, 2, 3]) assert.equal(await rtu.ask(unit, [4, 0, 0, 0, 1], 50), null);
    assert.notEqual(await tcp.ask(1, [2, 0, 0, 0, 1]), null);
  });

  it('slow: every reply comes 100 ms later', async () => {
    await control.fault('ai1', 'slow');
    const reply = await rtu.ask(1, readTemperatures);
    assert.ok(reply !== null && reply.tookMs >= 99 && reply.tookMs < 300, `${reply?.tookMs} ms`);
  });

  it('late-reply: one reply comes after the time-out, the next at once', async () => {
    await control.fault('ai1', 'late-reply', { delayMs: 400, count: 1 });
    assert.equal(await rtu.ask(1, [4, 0, 0, 0, 1], 300), null);
    const next = await rtu.ask(1, readTemperatures, 90);
    assert.equal(next?.pdu.length, 10, 'the reply to the second request');
    assert.equal((await rtu.receive(7, 500)).length, 7, 'the late one');
  });

  it('bad-crc: the frame is right but for its CRC', async () => {
    await control.fault('drive1', 'bad-crc', { count: 1 });
    const bad = await rtu.ask(2, [4, 0, 0, 0, 1]);
    assert.ok(bad !== null);
    assert.notEqual(crcOf(bad.frame), 0);
    const good = await rtu.ask(2, [4, 0, 0, 0, 1]);
    assert.ok(good !== null);
    assert.equal(crcOf(good.frame), 0);
    assert.deepEqual(bad.pdu, good.pdu);
  });

  it('wrong-unit: the reply bears another unit, on both transports', async () => {
    for (const [master, module, unit] of [
      [rtu, 'drive2', 3],
      [tcp, 'ssr1', 2],
    ] as const) {
      await control.fault(module, 'wrong-unit');
      assert.equal((await master.ask(unit, [3, 0, 0, 0, 1]))?.unit, unit + 1);
    }
  });

  it('wrong-length: the reply is well-formed and longer or shorter than asked for', async () => {
    for (const [bytes, pdu] of [
      [2, [3, 8, 0, 0, 0, 0, 0, 0, 0, 0]],
      [-2, [3, 4, 0, 0, 0, 0]],
      [-1, [3, 5, 0, 0, 0, 0, 0]],
      [-250, [3, 0]],
    ] as const) {
      const fault = await control.fault('ssr1', 'wrong-length', { bytes });
      assert.deepEqual(await tcp.pdu(2, readDuties), pdu);
      await control.lift(fault);
    }
    await control.fault('ai1', 'wrong-length');
    const reply = await rtu.ask(1, readTemperatures);
    assert.equal(reply?.pdu[1], 10);
    assert.equal(crcOf(reply?.frame ?? Buffer.alloc(1)), 0);
  });

  it('exception: a whole module, or one register alone, with the code wanted', async () => {
    const whole = await control.fault('ssr1', 'exception', { code: 6 });
    assert.deepEqual(await tcp.pdu(2, readDuties), [0x83, 6]);
    assert.deepEqual(await tcp.writeRegister(2, 0, 1), [0x86, 6]);
    await control.lift(whole);
    await control.fault('temperature.zone1', 'exception', { code: 2 });
    assert.deepEqual(await rtu.pdu(1, readTemperatures), [0x84, 2]);
    assert.deepEqual(await rtu.pdu(1, [4, 0, 1, 0, 1]), [0x84, 2]);
    assert.equal((await rtu.words(1, 4, 2, 2)).length, 2);
    await control.fault('motor.main.command', 'exception');
    assert.deepEqual(await rtu.writeRegister(2, 1, 5), [0x86, 4]);
  });

  it('ignore-write: the reply says done, the register says no', async () => {
    await control.fault('fan.on', 'ignore-write');
    assert.deepEqual(await tcp.writeCoil(1, 0, true), [5, 0, 0, 0xff, 0]);
    assert.deepEqual(await tcp.bits(1, 1, 0, 1), [false]);
    assert.deepEqual(await tcp.pdu(1, [15, 0, 0, 0, 2, 1, 0b11]), [15, 0, 0, 0, 2]);
    assert.deepEqual(await tcp.bits(1, 1, 0, 2), [false, true]);
  });

  it('cut: a module is unplugged, then back as it was', async () => {
    await control.fault('ai1', 'cut', undefined, 0.2);
    assert.equal(await rtu.ask(1, readTemperatures, 100), null);
    await until('ai1 answers again', 2000, () => rtu.ask(1, readTemperatures, 50));
  });

  it('cut: a line drops its connections and refuses new ones until it is whole again', async () => {
    const { port } = new URL(`tcp://${simulator.tcp}`);
    for (const seconds of [undefined, 0.3]) {
      const master = await connectMaster(simulator.tcp ?? '', 'tcp');
      await master.pdu(1, [2, 0, 0, 0, 1]);
      const fault = await control.fault('tcp0', 'cut', undefined, seconds);
      await until('the connection is gone', 1000, () => !master.isOpen());
      await assert.rejects(connectMaster(simulator.tcp ?? '', 'tcp'), { code: 'ECONNREFUSED' });
      if (seconds === undefined) await control.lift(fault);
      const again = await until('the line is back', 2000, () =>
        connectMaster(`127.0.0.1:${port}`, 'tcp').catch(() => null),
      );
      assert.deepEqual(await again.value.bits(1, 2, 0, 1), [true]);
      again.value.close();
    }
    tcp = await connectMaster(simulator.tcp ?? '', 'tcp');
  });

  it('feeds a watchdog with requests that are refused', async () => {
    await tcp.writeRegister(2, 100, 300);
    await tcp.writeRegister(2, 0, 100);
    const endMs = performance.now() + 600;
    while (performance.now() < endMs) assert.deepEqual(await tcp.pdu(2, [3, ...word(999), 0, 1]), [0x83, 2]);
    assert.deepEqual(await tcp.words(2, 3, 0, 1), [100]);
    await tcp.writeRegister(2, 100, 0);
  });
});
