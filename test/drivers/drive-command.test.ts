import assert from 'node:assert/strict';
import type { ProfileDeclaration } from '../../drivers/declaration.ts';
import { directed, led, signed, type DriveCommand } from './drive-kinds.ts';
import { heaters, TestField, until } from './test-field.ts';

function profileOf(command: DriveCommand): ProfileDeclaration {
  const reset = { kind: 'drive-bit', control: 0, bit: 7 } as const;
  return { ...heaters, id: 'drive', inputs: {}, outputs: { command, reset }, watchdog: null };
}

const stopped = { 'd1.command': 0, 'd1.reset': false };

describe('a drive that is told by whole control words', () => {
  let test: TestField;
  let stop = 0;
  async function start(command: DriveCommand): Promise<void> {
    stop = command.words.stop;
    test = await TestField.start('tcp', [{ id: 'd1', unit: 1, profile: profileOf(command) }]);
    test.command(stopped);
    await until('it stands by command', () => test.slave.unit(1).holding.get(0) === stop && test.module('d1').verified);
  }
  const registers = () => [test.slave.unit(1).holding.get(0), test.slave.unit(1).holding.get(1)];
  const controlWrites = () => test.slave.writes(1).flatMap((write) => (write.address === 0 ? [write.argument] : []));
  async function run(rpm: number): Promise<void> {
    test.command({ ...stopped, 'd1.command': rpm });
    await until(`it runs at ${rpm} rpm`, () => test.last('d1.command')?.value === rpm);
  }
  afterEach(async () => {
    await test.stop(stopped);
  });

  it('gets its stop word, not 0, and is left with it when the line closes', async () => {
    await start(signed);
    assert.deepEqual(registers(), [0x047e, 0]);
    await run(150);
    await test.field.close(new Map(Object.entries(stopped)), 1_000);
    assert.deepEqual(registers(), [0x047e, 0]);
  });

  it('turns backward by the sign of its reference where it has no word for that', async () => {
    await start(signed);
    await run(750);
    assert.deepEqual(registers(), [0x047f, 10_000]);
    await run(-150);
    assert.deepEqual(registers(), [0x047f, 0x1_0000 - 2_000]);
  });

  it('turns backward by its word where it has one, with the magnitude as reference', async () => {
    await start(directed);
    await run(300);
    assert.deepEqual(registers(), [0x12, 1_000]);
    await run(-60);
    assert.deepEqual(registers(), [0x22, 200]);
  });

  it('gets a part of a revolution where its reference can say it, and stands where that is less than a count', async () => {
    await start(signed);
    await run(0.45);
    assert.deepEqual(registers(), [0x047f, 6]);
    test.command({ ...stopped, 'd1.command': 0.03 });
    await until('it stands', () => registers()[0] === 0x047e && registers()[1] === 0);
  });

  it('gets its reference before its run word, and its stop word before anything else', async () => {
    await start(directed);
    await run(300);
    test.command(stopped);
    await until('it stands', () => registers()[0] === 0x01 && registers()[1] === 0);
    const order = test.slave.writes(1).map(({ address, argument }) => `${address}=${argument}`);
    assert.deepEqual(order.slice(-4), ['1=1000', '0=18', '0=1', '1=0']);
  });

  it('is stopped by a speed that its reference cannot hold, and that is said', async () => {
    await start(signed);
    await run(150);
    test.command({ ...stopped, 'd1.command': 2_500 });
    await until('it stands', () => test.last('d1.command')?.value === 0);
    assert.deepEqual(registers(), [0x047e, 0]);
    const mismatch = test.module('d1').mismatches[0];
    assert.deepEqual([mismatch?.commanded, mismatch?.readBack], [2_500, 0]);
    assert.ok((mismatch?.tries ?? 0) >= 3);
  });

  it('is not turned backward where it only runs forward', async () => {
    const { reverse: _reverse, ...words } = directed.words;
    await start({ ...directed, words });
    await run(300);
    test.command({ ...stopped, 'd1.command': -300 });
    await until('it stands', () => test.last('d1.command')?.value === 0);
    assert.equal(test.module('d1').mismatches[0]?.commanded, -300);
  });

  it('gets its reset beside its stop word', async () => {
    await start(signed);
    test.command({ ...stopped, 'd1.reset': true });
    await until('the edge', () => registers()[0] === 0x04fe);
    test.command(stopped);
    await until('its end', () => registers()[0] === 0x047e);
  });

  for (const [title, command] of [
    ['of which the reference says the direction', signed],
    ['of which the word says the direction', directed],
  ] as const) {
    it(`that stopped by itself is not started again until 0 was commanded, one ${title}`, async () => {
      await start(command);
      await run(300);
      const writes = controlWrites().length;
      test.slave.unit(1).holding.set(0, stop);
      await until('three tries', () => (test.module('d1').mismatches[0]?.tries ?? 0) >= 3);
      test.command({ ...stopped, 'd1.command': 450 });
      await test.polls('d1');
      assert.ok(
        controlWrites()
          .slice(writes)
          .every((word) => word === stop),
      );
      test.command(stopped);
      await until('no mismatch', () => test.module('d1').mismatches.length === 0);
      await run(450);
    });

    it(`that goes on running while the line is cut is left alone, one ${title}`, async () => {
      await start(command);
      await run(-300);
      const writes = test.slave.writes(1).length;
      test.slave.cut();
      await until('unverified', () => !test.module('d1').verified);
      await until('verified', () => test.module('d1').verified);
      await test.polls('d1');
      assert.equal(test.slave.writes(1).length, writes);
    });

    it(`that was turned round while the line was cut is stopped, one ${title}`, async () => {
      await start(command);
      await run(-300);
      const { holding } = test.slave.unit(1);
      if (command.words.reverse === undefined) holding.set(1, 4_000);
      else holding.set(0, command.words.forward);
      test.slave.cut();
      await until('it is stopped', () => holding.get(0) === stop);
      assert.ok(test.log.some(({ message }) => message.includes('it stays off')));
    });
  }
});

describe('a drive that is led through its states', () => {
  let test: TestField;
  const memory = () => test.slave.unit(1).holding;
  const controlWrites = () => test.slave.writes(1).flatMap((write) => (write.address === 0 ? [write.argument] : []));
  /** Which state follows on which control word; the drive changes it before it answers the next request. */
  let follows: Readonly<Record<number, number>>;
  beforeEach(async () => {
    follows = { 0x06: 0x21, 0x07: 0x23, 0x0f: 0x27, 0x080f: 0x27 };
    test = await TestField.start('tcp', [{ id: 'd1', unit: 1, profile: profileOf(led) }]);
    memory().set(10, 0x40);
    test.slave.prepare = () => {
      const status = follows[memory().get(0) ?? 0];
      if (status !== undefined) memory().set(10, 0x0200 | status);
    };
    test.command(stopped);
    await until('it stands by command', () => memory().get(0) === 0x06 && test.module('d1').verified);
  });
  afterEach(async () => {
    await test.stop(stopped);
  });

  it('gets one word after the other and then runs', async () => {
    test.command({ ...stopped, 'd1.command': 120 });
    await until('it runs', () => test.last('d1.command')?.value === 120);
    assert.deepEqual(controlWrites(), [0x06, 0x07, 0x0f]);
    test.command({ ...stopped, 'd1.command': -120 });
    await until('it runs backward', () => test.last('d1.command')?.value === -120);
    assert.deepEqual(controlWrites(), [0x06, 0x07, 0x0f, 0x080f]);
    test.command(stopped);
    await until('it stands', () => test.last('d1.command')?.value === 0 && memory().get(10) === 0x0221);
    await test.polls('d1');
    assert.deepEqual(test.module('d1').mismatches, []);
  });

  it('that does not come along is never told to run, and that is said', async () => {
    follows = { 0x06: 0x21 };
    test.command({ ...stopped, 'd1.command': 120 });
    await until('three tries', () => (test.module('d1').mismatches[0]?.tries ?? 0) >= 3);
    assert.deepEqual(controlWrites(), [0x06, 0x07]);
    assert.equal(test.module('d1').mismatches[0]?.readBack, 0);
    follows = { 0x06: 0x21, 0x07: 0x23, 0x0f: 0x27 };
    await until('it runs when it does', () => test.last('d1.command')?.value === 120);
    assert.deepEqual(test.module('d1').mismatches, []);
  });

  it('that stopped by itself is not led anew until 0 was commanded', async () => {
    test.command({ ...stopped, 'd1.command': 120 });
    await until('it runs', () => test.last('d1.command')?.value === 120);
    const writes = controlWrites().length;
    memory().set(0, 0x06);
    await until('the mismatch', () => (test.module('d1').mismatches[0]?.tries ?? 0) >= 3);
    assert.deepEqual(controlWrites().slice(writes), []);
    test.command(stopped);
    await until('no mismatch', () => test.module('d1').mismatches.length === 0);
    test.command({ ...stopped, 'd1.command': 60 });
    await until('it runs', () => test.last('d1.command')?.value === 60);
  });

  it('that was cut off on its way is not led on until 0 was commanded', async () => {
    follows = { 0x06: 0x21 };
    test.command({ ...stopped, 'd1.command': 120 });
    await until('half way', () => memory().get(0) === 0x07);
    test.slave.cut();
    await until('unverified', () => !test.module('d1').verified);
    follows = { 0x06: 0x21, 0x07: 0x23, 0x0f: 0x27 };
    await until('the mismatch', () => (test.module('d1').mismatches[0]?.tries ?? 0) >= 3);
    assert.equal(memory().get(0), 0x06);
    assert.ok(!controlWrites().includes(0x0f));
  });
});
