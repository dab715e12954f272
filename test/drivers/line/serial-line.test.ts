import assert from 'node:assert/strict';
import { need } from '../../needs.ts';
import { MisbehavingSlave } from '../misbehaving-slave.ts';
import { SerialCable } from '../serial-cable.ts';
import { drive, TestField, thermocouples, until } from '../test-field.ts';

describe('a serial line', () => {
  let cable: SerialCable;
  let test: TestField;

  before(function () {
    need(this, 'socat');
  });
  beforeEach(async () => {
    cable = await SerialCable.plug();
  });
  afterEach(async () => {
    await test.stop({ 'drive2.command': 0, 'drive2.reset': false });
    await cable.remove();
  });

  const modules = [
    { id: 'ai1', unit: 1, profile: thermocouples },
    { id: 'drive2', unit: 2, profile: drive, watchdogMs: 1_000 },
  ];
  const start = (slave: MisbehavingSlave) =>
    TestField.start('rtu-over-tcp', modules, { transport: 'rtu', path: cable.near }, slave);

  it('is polled, written and read back', async () => {
    const slave = MisbehavingSlave.on(cable.far);
    slave.unit(1).input.set(0, 234);
    test = await start(slave);
    test.command({ 'drive2.command': 0, 'drive2.reset': false });
    await until('verified', () => test.module('drive2').verified);
    test.command({ 'drive2.command': -70, 'drive2.reset': false });
    await until('readings', () => test.last('drive2.command')?.value === -70 && test.last('ai1.t0')?.value === 23.4);
    assert.deepEqual([slave.unit(2).holding.get(0), slave.unit(2).holding.get(1)], [3, 70]);
    assert.equal(test.statistics('ai1').failures, 0);
  });

  it('never delivers a late reply, and is in step again after it', async () => {
    const slave = MisbehavingSlave.on(cable.far);
    test = await start(slave);
    const asked = new Map<number, number>();
    let number = 0;
    slave.prepare = ({ unit, address, argument, atMs }) => {
      if (unit !== 1 || address !== 0 || argument !== 4) return;
      asked.set(++number, atMs);
      slave.unit(1).input.set(0, number);
    };
    let requests = 0;
    slave.react = () => ({ kind: 'answer', afterMs: requests++ % 9 === 4 ? 170 : 0 });
    await until('late replies', () => test.statistics('ai1').lateFrames + test.statistics('drive2').lateFrames > 4);
    const good = (): ReturnType<typeof test.of> => test.of('ai1.t0').filter(({ quality }) => quality === 'Good');
    await until('good readings', () => good().length > 5);
    // one request is in flight at a time, so a value is the answer to the newest one asked before it came
    for (const { value, atMs } of good()) {
      const newest = [...asked].findLast(([, askedAtMs]) => askedAtMs <= atMs)?.[0];
      assert.equal(Math.round(Number(value) * 10), newest);
    }
  });

  it('is opened again when its adapter was unplugged', async () => {
    test = await start(MisbehavingSlave.on(cable.far));
    await until('a reading', () => test.last('ai1.t0') !== undefined);
    await cable.unplug();
    await until('the loss', () => !test.module('drive2').verified);
    await until('words about it', () => test.statistics('ai1').lastError !== null);
    await cable.plugIn();
    const back = MisbehavingSlave.on(cable.far);
    for (const [id, memory] of test.slave.units) back.units.set(id, memory);
    const sinceMs = performance.now();
    await until('a reading', () => (test.last('ai1.t0')?.atMs ?? 0) > sinceMs);
    await until('verified', () => test.module('drive2').verified);
  });
});
