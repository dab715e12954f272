import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

import { buildProfile } from '../../config/build/field.ts';
import { faultList } from '../../config/fault.ts';
import { factoryModulesDir, readProfiles } from '../../config/profiles.ts';
import type { ModuleDeclaration, ProfileDeclaration } from '../../drivers/declaration.ts';
import { Inputs } from '../../drivers/module/inputs.ts';
import { Outputs } from '../../drivers/module/outputs.ts';
import { ModbusExceptionError } from '../../drivers/wire/errors.ts';
import type { Request } from '../../drivers/wire/request.ts';
import type { FieldReading } from '../../machine/field.ts';

interface GoldenInput {
  readonly channel: string | number;
  readonly at: string;
  readonly words: string;
  readonly gives: number | boolean | string;
}
interface GoldenOutput {
  readonly channel: string;
  readonly value: number | boolean;
  readonly writes: Readonly<Record<string, string>>;
}
interface Golden {
  readonly inputs?: readonly GoldenInput[];
  readonly outputs?: readonly GoldenOutput[];
}

const golden = parse(readFileSync(path.join(import.meta.dirname, 'golden-modules.yaml'), 'utf8')) as Record<
  string,
  Golden
>;
const names = readdirSync(factoryModulesDir)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => path.basename(file, '.yaml'));
const nominalRpm = 1_500;
const clock = { monotonicMs: () => 0, wallMs: () => 0 };
const cost = { requestMs: 2, registerMs: 0.001 };

function channelsIn(rows: readonly { readonly channel: string | number }[] = []): string[] {
  return [...new Set(rows.map(({ channel }) => String(channel)))].toSorted();
}

function profileOf(name: string): ProfileDeclaration {
  const faults = faultList(() => undefined);
  const profile = readProfiles([name], [factoryModulesDir], faults).get(name);
  assert.deepEqual(faults.all(), []);
  assert.ok(profile);
  return buildProfile(profile, 0, nominalRpm);
}

function moduleOf(profile: ProfileDeclaration): ModuleDeclaration {
  return { id: 'm1', line: 'l', unit: 1, simulated: false, pollPeriodMs: 250, watchdogMs: null, profile };
}

/** A module that holds what it is told, and refuses what its map does not have. */
class Memory {
  readonly #profile: ProfileDeclaration;
  readonly cells = new Map<string, number>();

  constructor(profile: ProfileDeclaration) {
    this.#profile = profile;
    for (const { area, address } of profile.status) this.cells.set(`${area} ${address}`, 0);
  }

  set(at: string, words: string): void {
    const [area, address] = at.split(' ');
    for (const [index, word] of words.split(' ').entries()) {
      this.cells.set(`${area} ${Number(address) + index}`, Number.parseInt(word, 16));
    }
  }

  get(at: string, count: number): string {
    const [area, address] = at.split(' ');
    const words = Array.from({ length: count }, (_, index) => this.cells.get(`${area} ${Number(address) + index}`));
    return words.map((word) => word?.toString(16).padStart(4, '0') ?? '----').join(' ');
  }

  readonly ask = async (request: Request): Promise<readonly number[]> => {
    if (request.kind === 'read') {
      const { area, address, count } = request;
      return Array.from({ length: count }, (_, index) => {
        const word = this.cells.get(`${area} ${address + index}`);
        if (word === undefined) throw new ModbusExceptionError(`${area} ${address + index}`, 2);
        return word;
      });
    }
    if (request.kind !== 'write-coils' && request.kind !== 'write-registers') return [];
    const area = request.kind === 'write-coils' ? 'coil' : 'holding';
    for (const [index, value] of request.values.entries()) this.cells.set(`${area} ${request.address + index}`, value);
    this.#followStart();
    return [];
  };

  /** A drive that is led to running comes along. */
  #followStart(): void {
    for (const output of Object.values(this.#profile.outputs)) {
      if (output.kind !== 'drive-command' || output.start === undefined) continue;
      const control = this.cells.get(`holding ${output.control}`);
      const step = output.start.steps.find(({ word }) => word === control);
      if (step !== undefined) this.cells.set(`${output.start.area} ${output.start.address}`, step.until);
    }
  }
}

async function read(profile: ProfileDeclaration, { channel, at, words }: GoldenInput): Promise<FieldReading[]> {
  const inputs = new Inputs(moduleOf(profile), [{ signal: 's', channel: String(channel) }], cost, clock);
  const memory = new Memory(profile);
  memory.set(at, words);
  const readings: FieldReading[] = [];
  await inputs.poll(
    memory.ask,
    1,
    (came) => readings.push(...came),
    (cell) => assert.fail(`${channel} asks for ${cell.area} ${cell.address}`),
  );
  return readings;
}

const ignore = (): void => {};

/** Commands one output from off, until everything is written and read back. */
async function write(
  profile: ProfileDeclaration,
  { channel, value }: GoldenOutput,
): Promise<[Memory, Outputs, unknown]> {
  const outputs = new Outputs(moduleOf(profile), [{ signal: 's', channel }], cost, clock);
  const memory = new Memory(profile);
  for (const { cell } of outputs.reader
    .requests()
    .flatMap((request) => (request.kind === 'read' ? [{ cell: request }] : []))) {
    for (let n = 0; n < cell.count; n++) memory.cells.set(`${cell.area} ${cell.address + n}`, 0);
  }
  let shown: unknown;
  for (const commanded of [typeof value === 'boolean' ? false : 0, value]) {
    outputs.command(new Map([['s', commanded]]));
    for (let round = 0; round < 6; round++) {
      for (let pending = outputs.nextWrite(0); pending !== null; pending = outputs.nextWrite(0)) {
        const { request } = pending;
        assert.ok(request.kind === 'write-registers' || request.kind === 'write-coils', `${channel}: ${request.kind}`);
        outputs.written(pending, await memory.ask(request), ignore, ignore);
      }
      await outputs.poll(
        memory.ask,
        (came) => (shown = came.at(-1)?.value),
        (cell) => assert.fail(`${channel} asks for ${cell.area} ${cell.address}`),
        () => assert.fail(`${channel} stopped`),
      );
    }
  }
  return [memory, outputs, shown];
}

describe('the register maps that come with the house', () => {
  it('are all of them proved by golden registers, channel by channel', () => {
    assert.deepEqual(names.toSorted(), Object.keys(golden).toSorted());
    for (const name of names) {
      const { inputs, outputs } = profileOf(name);
      assert.deepEqual(channelsIn(golden[name]?.inputs), Object.keys(inputs).toSorted(), name);
      assert.deepEqual(channelsIn(golden[name]?.outputs), Object.keys(outputs).toSorted(), name);
    }
  });

  it('say what they were taken from, and that none was read from the real device yet', () => {
    for (const name of names) {
      const { manual, verified } = profileOf(name);
      assert.ok(manual.length > 10, name);
      assert.equal(verified, false, name);
    }
  });

  it('are read in few requests, with nothing that they do not declare', () => {
    for (const name of names) {
      const profile = profileOf(name);
      const bindings = Object.keys(profile.inputs).map((channel) => ({ signal: channel, channel }));
      const requests = new Inputs(moduleOf(profile), bindings, cost, clock).reader.requests();
      const asked = requests.reduce((sum, request) => sum + (request.kind === 'read' ? request.count : 0), 0);
      const declared = new Set(
        [...Object.values(profile.inputs), ...profile.status].flatMap((channel) => {
          const width = 'type' in channel && /32|bcd8/.test(channel.type ?? '') ? 2 : 1;
          return Array.from({ length: width }, (_, n) => `${channel.area} ${channel.address + n}`);
        }),
      );
      assert.equal(asked, declared.size, name);
      assert.ok(requests.length <= 7, `${name}: ${requests.length}`);
    }
  });

  for (const [name, { inputs = [], outputs = [] }] of Object.entries(golden)) {
    it(`of ${name} gives what its registers say, and writes what is commanded`, async () => {
      const profile = profileOf(name);
      for (const input of inputs) {
        const [reading, ...more] = await read(profile, input);
        const { gives } = input;
        const expected =
          typeof gives === 'string' ? { value: null, quality: gives } : { value: gives, quality: 'Good' };
        const { value, quality } = reading ?? {};
        assert.deepEqual({ value, quality }, expected, `${input.channel} ${input.words}`);
        assert.deepEqual(more, []);
      }
      for (const output of outputs) {
        const [memory, written, shown] = await write(profile, output);
        for (const [at, words] of Object.entries(output.writes)) {
          assert.equal(memory.get(at, words.split(' ').length), words, `${output.channel} ${at}`);
        }
        assert.equal(shown, output.value, output.channel);
        assert.deepEqual(written.mismatches(), [], output.channel);
      }
    });
  }
});
