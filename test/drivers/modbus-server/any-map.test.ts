import assert from 'node:assert/strict';
import fc from 'fast-check';
import { pino } from 'pino';
import { Commander } from '../../../drivers/modbus-server/commander.ts';
import type { RegisterDeclaration, ValueRegister, WhenBad } from '../../../drivers/modbus-server/declaration.ts';
import { Heartbeat } from '../../../drivers/modbus-server/heartbeat.ts';
import { MachineSlave } from '../../../drivers/modbus-server/machine-slave.ts';
import { RegisterMap } from '../../../drivers/modbus-server/register-map.ts';
import { SettingWriter } from '../../../drivers/modbus-server/setting-writer.ts';
import { Traffic } from '../../../drivers/modbus-server/traffic.ts';
import { wantedValue } from '../../../drivers/modbus-server/wanted-value.ts';
import { answerRequest } from '../../../drivers/slave/answer-request.ts';
import { ModbusException } from '../../../drivers/slave/modbus-slave.ts';
import { qualityCodes, type Quality } from '../../../machine/quality.ts';
import type { Sample } from '../../../machine/signal.ts';
import { Mirror } from '../../../server/gateway/mirror.ts';
import { FakeGate } from '../../api/fake-machine.ts';
import { configurationAfter } from '../../config/factory.ts';
import { startMs } from './bench.ts';

const { machine: declaration, modbusServer } = configurationAfter({
  path: ['modbusServer'],
  value: { registers: [{ status: 'heartbeat', area: 'input', address: 0 }] },
});
const offered = modbusServer ?? assert.fail();
const numbers = ['temperature.zone1', 'temperature.zone2', 'motor.main.speed', 'heater.energy'];
const bits = ['safety.estopClosed', 'pump.on'];

/** Bytes by hand, so that the test shares no codec with the server. null: the type can't hold the value. */
function expectedWords({ type, order, scale, offset }: ValueRegister, value: number): number[] | null {
  const raw = Number(((value - offset) / scale).toPrecision(12));
  const bytes = Buffer.alloc(type === 'int16' || type === 'uint16' ? 2 : 4);
  const count = Math.round(raw);
  const half = 2 ** (8 * bytes.length - 1);
  if (type === 'float32') bytes.writeFloatBE(raw);
  else if (type.startsWith('u') ? count < 0 || count >= 2 * half : count < -half || count >= half) return null;
  else bytes.writeUIntBE(count < 0 ? count + 2 * half : count, 0, bytes.length);
  if (order === 'BADC' || order === 'DCBA') bytes.swap16();
  const words = Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readUInt16BE(2 * index));
  return order === 'CDAB' || order === 'DCBA' ? words.toReversed() : words;
}

const valueRegister = fc.oneof(
  fc.record({
    kind: fc.constant('value' as const),
    signal: fc.constantFrom(...numbers),
    area: fc.constantFrom('input', 'holding'),
    type: fc.constantFrom('int16', 'uint16', 'int32', 'uint32', 'float32'),
    order: fc.constantFrom('ABCD', 'CDAB', 'BADC', 'DCBA'),
    scale: fc.constantFrom(1, 0.1, 0.001, -2),
    offset: fc.constantFrom(0, -40),
    writable: fc.constant(false),
  }),
  fc.record({
    kind: fc.constant('value' as const),
    signal: fc.constantFrom(...bits),
    area: fc.constantFrom('coil', 'discrete'),
    type: fc.constant('bit' as const),
    order: fc.constant('ABCD' as const),
    scale: fc.constant(1),
    offset: fc.constant(0),
    writable: fc.constant(false),
  }),
) as fc.Arbitrary<Omit<ValueRegister, 'address'>>;

const qualities = Object.keys(qualityCodes) as Quality[];
const quality: fc.Arbitrary<Quality> = fc.oneof(fc.constant('Good' as const), fc.constantFrom(...qualities));
/** To a thousandth: what is finer than that is rounded by the codec, and rounding is tested there. */
const reading = fc.oneof(
  fc.integer({ min: -100_000_000, max: 100_000_000 }).map((thousandths) => thousandths / 1_000),
  fc.integer({ min: -40, max: 400 }),
);

/** Values one behind the other with gaps of 0…2 addresses, each with a quality word 1000 addresses on. */
function laidOut(values: readonly (readonly [Omit<ValueRegister, 'address'>, number])[]): RegisterDeclaration[] {
  const next = { input: 0, holding: 0, coil: 0, discrete: 0 };
  return values.flatMap(([register, gap]): RegisterDeclaration[] => {
    const { area, type } = register;
    const of = { ...register, address: next[area] + gap };
    const words = type === 'int32' || type === 'uint32' || type === 'float32' ? 2 : 1;
    next[area] = of.address + words;
    return type === 'bit' ? [of] : [of, { kind: 'quality', of, area, address: of.address + 1_000, words }];
  });
}

function slaveOf(
  registers: RegisterDeclaration[],
  whenBad: WhenBad,
  samples: ReadonlyMap<string, Sample>,
  gate = new FakeGate(),
): MachineSlave {
  const machine = new Mirror(declaration, pino({ level: 'silent' }), startMs);
  const updates = [...samples].map(([signal, sample]) => ({ signal, ...sample }));
  machine.apply({ seq: 1, updates, merged: 0 });
  const heartbeat = new Heartbeat(() => true);
  heartbeat.stop();
  const log = { info: () => undefined, warn: () => undefined };
  const traffic = new Traffic(log, { monotonicMs: () => 0, wallMs: () => startMs });
  const principal = { name: 'modbus-server', role: 'operator', kind: 'token' } as const;
  const commander = new Commander({ gate, principal, answerWithinMs: 100, traffic });
  const server = { ...offered, whenBad, registers };
  const map = new RegisterMap(registers);
  const settings = new SettingWriter(machine, commander);
  const none = { coils: new Map(), blocks: new Map() };
  return new MachineSlave(
    { declaration: server, map, machine, settings, heartbeat, ...none, wallMs: () => startMs },
    'peer',
  );
}

/** What a read of one whole value gives: words, or the code of its exception. */
function expectedReading(register: ValueRegister, { value, quality }: Sample, whenBad: WhenBad): number[] | number {
  const words =
    value === null ? null : register.type === 'bit' ? [Number(value)] : expectedWords(register, Number(value));
  if (words !== null && (quality === 'Good' || whenBad === 'last')) return words;
  if (whenBad !== 'sentinel' || register.type !== 'float32') return 4;
  const nan = { ...register, type: 'uint32', scale: 1, offset: 0 } as const;
  return expectedWords(nan, 0x7fc0_0000) ?? 4;
}

describe('any register map over Modbus', () => {
  it('reads as the encoding of the image, whole and in one piece, or not at all', () => {
    const seen = new Map<number | 'words', number>();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(valueRegister, fc.constantFrom(0, 0, 0, 1, 2)), { minLength: 1, maxLength: 12 }),
        fc.tuple(...numbers.map(() => fc.tuple(fc.option(reading), quality))),
        fc.tuple(...bits.map(() => fc.tuple(fc.option(fc.boolean()), quality))),
        fc.constantFrom<WhenBad>('exception', 'sentinel', 'last'),
        // where the read begins, from the place of some value, and how far it goes
        fc.tuple(fc.nat(11), fc.constantFrom(0, 0, 0, -1, 1), fc.integer({ min: 1, max: 6 })),
        (values, numberSamples, bitSamples, whenBad, [chosen, shift, count]) => {
          const samples = new Map<string, Sample>();
          [...numbers, ...bits].forEach((signal, index) => {
            const [value, quality] = [...numberSamples, ...bitSamples][index] ?? [null, 'Good'];
            samples.set(signal, { value, quality, sourceTimeMs: startMs });
          });
          const registers = laidOut(values);
          const all = registers.filter(({ kind }) => kind === 'value');
          const { area, address: begin } = all[chosen % all.length] ?? assert.fail();
          const address = Math.max(0, begin + shift);
          const slave = slaveOf(registers, whenBad, samples);
          const reads = {
            input: () => slave.readInput(address, count),
            holding: () => slave.readHolding(address, count),
            coil: () => slave.readCoils(address, count).map(Number),
            discrete: () => slave.readDiscrete(address, count).map(Number),
          };
          const read = outcome(reads[area]);
          assert.deepEqual(read, expectedRange(registers, samples, whenBad, area, address, count));
          const kind = typeof read === 'number' ? read : 'words';
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
        },
      ),
      { numRuns: 3_000 },
    );
    for (const kind of ['words', 2, 4] as const) assert.ok((seen.get(kind) ?? 0) > 100, `${kind}: ${seen.get(kind)}`);
  });

  it('has quality 0 exactly where the value words are those of a Good value', () => {
    fc.assert(
      fc.property(
        valueRegister,
        fc.option(reading),
        quality,
        fc.constantFrom<WhenBad>('exception', 'sentinel', 'last'),
        (value, read, quality, whenBad) => {
          fc.pre(value.type !== 'bit');
          const registers = laidOut([[value, 0]]);
          const sample: Sample = { value: read, quality, sourceTimeMs: startMs };
          const slave = slaveOf(registers, whenBad, new Map([[value.signal, sample]]));
          const words = expectedWords({ ...value, address: 0 }, read ?? 0);
          const isGood = quality === 'Good' && read !== null && words !== null;
          const size = words?.length ?? (value.type.endsWith('16') ? 1 : 2);
          const read16 = (address: number) =>
            value.area === 'input' ? slave.readInput(address, size) : slave.readHolding(address, size);
          const told = outcome(() => read16(1_000));
          assert.ok(Array.isArray(told) && told.length === size);
          assert.equal(
            told.every((word) => word === 0),
            isGood,
            String(told),
          );
          if (isGood)
            assert.deepEqual(
              outcome(() => read16(0)),
              words,
            );
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('takes a written value for the one that reads as the same words', () => {
    fc.assert(
      fc.property(valueRegister, fc.nat(0xffff), fc.nat(0xffff), (register, high, low) => {
        fc.pre(register.type !== 'bit');
        // a float may be too small to survive an offset
        const plain = register.type === 'float32' ? { scale: 1, offset: 0 } : {};
        const setpoint = { ...register, ...plain, address: 0 };
        const words = register.type.endsWith('16') ? [high] : [high, low];
        const value = wantedValue(setpoint, 'Double', words);
        if (typeof value === 'number') assert.deepEqual(expectedWords(setpoint, value), words.map(withoutMinusZero));
        else assert.equal(register.type, 'float32', 'only a float has words that are no number');

        /** −0 is 0 to a machine. */
        function withoutMinusZero(word: number): number {
          return register.type === 'float32' && value === 0 ? 0 : word;
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('answers whatever bytes a client sends, and asks nothing of the machine where nothing is writable', async () => {
    const sample: Sample = { value: 1, quality: 'Good', sourceTimeMs: startMs };
    const samples = new Map([...numbers, ...bits].map((signal) => [signal, sample]));
    const request = fc
      .tuple(fc.constantFrom(1, 2, 3, 4, 5, 6, 15, 16, 22, 23), fc.nat(20), fc.nat(5), fc.uint8Array({ maxLength: 12 }))
      .map(([code, address, count, rest]) => [code, 0, address, 0, count, ...rest]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(valueRegister, fc.constantFrom(0, 1)), { minLength: 1, maxLength: 8 }),
        fc.oneof(request, fc.array(fc.nat(255), { minLength: 1, maxLength: 20 })),
        async (values, pdu) => {
          const gate = new FakeGate();
          const slave = slaveOf(laidOut(values), 'exception', samples, gate);
          const reply = await answerRequest(Buffer.from(pdu), slave, (error) => {
            throw error;
          });
          assert.equal((reply[0] ?? 0) & 0x7f, (pdu[0] ?? 0) & 0x7f);
          assert.deepEqual(gate.requests, []);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

function outcome(read: () => readonly number[]): readonly number[] | number {
  try {
    return read();
  } catch (error) {
    if (error instanceof ModbusException) return error.exceptionCode;
    throw error;
  }
}

function expectedRange(
  registers: readonly RegisterDeclaration[],
  samples: ReadonlyMap<string, Sample>,
  whenBad: WhenBad,
  area: string,
  address: number,
  count: number,
): readonly number[] | number {
  const words: (number | number[])[] = [];
  const values = registers.filter((register) => register.kind === 'value' && register.area === area) as ValueRegister[];
  let at = address;
  while (at < address + count) {
    const register = values.find((value) => value.address === at);
    const size = register === undefined ? 0 : register.type === 'bit' || register.type.endsWith('16') ? 1 : 2;
    // a hole, or half a value at the beginning or the end
    if (register === undefined || at + size > address + count) return 2;
    const sample = samples.get(register.signal);
    assert.ok(sample);
    words.push(expectedReading(register, sample, whenBad));
    at += size;
  }
  return words.some((word) => typeof word === 'number') ? 4 : words.flat();
}
