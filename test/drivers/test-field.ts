import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  BindingDeclaration,
  FieldDeclaration,
  LineDeclaration,
  ModuleDeclaration,
  ProfileDeclaration,
} from '../../drivers/declaration.ts';
import { countOf } from '../../drivers/codec/channel-value.ts';
import { outputPoint } from '../../drivers/module/output-kinds.ts';
import type { Field, FieldClock } from '../../drivers/field.ts';
import { openField } from '../../drivers/open-field.ts';
import type { FieldReading, ModuleStatistics, ModuleStatus } from '../../machine/field.ts';
import { type Framing, MisbehavingSlave, type UnitMemory } from './misbehaving-slave.ts';
import { timing } from './wire/lines.ts';

export const pollPeriodMs = 40;

/** A kind of module with nothing in it. */
export const plain: Omit<ProfileDeclaration, 'id' | 'title'> = {
  manual: 'made for the test',
  verified: false,
  inputs: {},
  outputs: {},
  status: [],
  watchdog: null,
  limits: { registers: 125, bits: 2000 },
};

/** Four temperatures with a status register, as the factory's ai1. */
export const thermocouples: ProfileDeclaration = {
  ...plain,
  id: 'thermocouples',
  title: 'Temperatures',
  inputs: Object.fromEntries(
    [0, 1, 2, 3].map((address) => [
      `t${address}`,
      {
        area: 'input' as const,
        address,
        type: 'int16' as const,
        scale: 0.1,
        sentinels: [{ raw: 32_767, quality: 'BadSensorFailure' as const, meaning: 'open circuit' }],
      },
    ]),
  ),
  status: [
    {
      area: 'input',
      address: 8,
      bit: 0,
      meaning: 'cold junction fault',
      quality: 'BadSensorFailure',
      channels: ['t0', 't1', 't2', 't3'],
    },
  ],
};

/** Registers that no request can carry together, so that every reply has the same shape. */
export const scattered: ProfileDeclaration = {
  ...plain,
  id: 'scattered',
  title: 'Scattered registers',
  inputs: Object.fromEntries([0, 10, 20, 30].map((address) => [`r${address}`, { area: 'input' as const, address }])),
};

export const drive: ProfileDeclaration = {
  ...plain,
  id: 'drive',
  title: 'Drive',
  inputs: {
    running: { area: 'input', address: 0, bit: 0 },
    speed: { area: 'input', address: 1, type: 'int16' },
    fault: { area: 'input', address: 3 },
  },
  outputs: {
    command: { kind: 'drive-speed', control: 0, speed: 1, runBit: 0, reverseBit: 1 },
    reset: { kind: 'drive-bit', control: 0, bit: 7 },
  },
  watchdog: { address: 10, safeState: null },
};

export const heaters: ProfileDeclaration = {
  ...plain,
  id: 'heaters',
  title: 'Heaters',
  inputs: { power: { area: 'input', address: 0, type: 'float32', scale: 0.001 } },
  outputs: {
    duty0: { kind: 'register', address: 0, type: 'uint16', scale: 0.1 },
    duty1: { kind: 'register', address: 1, type: 'uint16', scale: 0.1 },
    total: { kind: 'register', address: 4, type: 'float32', order: 'CDAB' },
    fan: { kind: 'coil', address: 0 },
    pump: { kind: 'coil', address: 1 },
    contactor: { kind: 'coil', address: 5 },
  },
  watchdog: { address: 100, safeState: { address: 101, value: 3 } },
};

/** What a unit of this profile holds when it was just switched on. */
export function powerUp(memory: UnitMemory, profile: ProfileDeclaration): void {
  for (const channel of Object.values(profile.inputs)) {
    for (let n = 0; n < countOf(channel); n++) {
      memory[channel.area].set(channel.address + n, memory[channel.area].get(channel.address + n) ?? 0);
    }
  }
  for (const { area, address } of profile.status) memory[area].set(address, 0);
  for (const output of Object.values(profile.outputs)) {
    const point = outputPoint('powered up', output);
    for (const { area, address, count } of [...point.contributions, ...point.watched]) {
      for (let n = 0; n < count; n++) memory[area].set(address + n, 0);
    }
  }
  if (profile.watchdog !== null) memory.holding.set(profile.watchdog.address, 0);
  const safeState = profile.watchdog?.safeState ?? null;
  if (safeState !== null) memory.holding.set(safeState.address, 0);
}

export interface ModuleOnTest {
  readonly id: string;
  readonly unit: number;
  readonly profile: ProfileDeclaration;
  readonly watchdogMs?: number;
  /** Another poll period than the usual one. */
  readonly periodMs?: number;
  /** Channels that are read with a period of their own, in ms. */
  readonly pollPeriodsMs?: Readonly<Record<string, number>>;
}

/** One line with modules on a slave that can misbehave, and the field that polls it. */
export class TestField {
  readonly slave: MisbehavingSlave;
  readonly field: Field;
  readonly readings: FieldReading[] = [];
  /** The next look at the clock fails: an error that no part of the driver expects. */
  clockFailsOnce = false;
  readonly log: { level: 'info' | 'warn'; message: string; context: object }[] = [];

  static async start(
    framing: Framing,
    modules: readonly ModuleOnTest[],
    line: Partial<LineDeclaration> = {},
    slave?: MisbehavingSlave,
  ): Promise<TestField> {
    const served = slave ?? (await MisbehavingSlave.listen(framing));
    for (const { unit, profile } of modules) powerUp(served.unit(unit), profile);
    const test = new TestField(served, declare(framing, modules, line, served));
    test.field.open();
    return test;
  }

  private constructor(slave: MisbehavingSlave, declaration: FieldDeclaration) {
    this.slave = slave;
    const say = (level: 'info' | 'warn') => (context: object, message: string) => {
      this.log.push({ level, message, context });
    };
    const clock: FieldClock = {
      monotonicMs: () => {
        if (!this.clockFailsOnce) return performance.now();
        this.clockFailsOnce = false;
        throw new Error('the clock fell off the wall');
      },
      wallMs: () => Date.now(),
    };
    this.field = openField(declaration, clock, { info: say('info'), warn: say('warn') });
    this.field.onReadings((readings) => this.readings.push(...readings));
  }

  module(id: string): ModuleStatus {
    const status = this.field.modules().find((module) => module.id === id);
    assert.ok(status !== undefined);
    return status;
  }

  statistics(id: string): ModuleStatistics {
    const statistics = this.field.statistics().find((module) => module.id === id);
    assert.ok(statistics !== undefined);
    return statistics;
  }

  of(signal: string): FieldReading[] {
    return this.readings.filter((reading) => reading.signal === signal);
  }

  last(signal: string): FieldReading | undefined {
    return this.readings.findLast((reading) => reading.signal === signal);
  }

  command(outputs: Record<string, number | boolean>): void {
    this.field.command(new Map(Object.entries(outputs)));
  }

  /** Some polls later: what was read by now was asked for after this call began. */
  async polls(module: string, count = 3): Promise<void> {
    const { unit } = this.#unit(module);
    const before = this.slave.reads(unit).length;
    await until(`${count} polls of ${module}`, () => this.slave.reads(unit).length >= before + 4 * count);
  }

  async stop(safe: Record<string, number | boolean> = {}): Promise<void> {
    await this.field.close(new Map(Object.entries(safe)), 1_000);
    await this.slave.close();
  }

  #unit(module: string): { unit: number } {
    const unit = Number(/\d+$/.exec(module)?.[0]);
    return { unit };
  }
}

function declare(
  framing: Framing,
  modules: readonly ModuleOnTest[],
  line: Partial<LineDeclaration>,
  slave: MisbehavingSlave,
): FieldDeclaration {
  const place = 'path' in line ? {} : { host: '127.0.0.1', port: slave.port };
  return {
    lines: [{ ...timing, transport: framing, ...place, ...line } as LineDeclaration],
    modules: modules.map(({ id, unit, profile, watchdogMs = null, periodMs = pollPeriodMs }): ModuleDeclaration => ({
      id,
      line: timing.id,
      unit,
      simulated: true,
      pollPeriodMs: periodMs,
      watchdogMs,
      profile,
    })),
    bindings: modules.flatMap(({ id, profile, pollPeriodsMs = {} }): BindingDeclaration[] => [
      ...Object.keys(profile.inputs).map((channel) => ({
        signal: `${id}.${channel}`,
        module: id,
        channel,
        direction: 'input' as const,
        ...(pollPeriodsMs[channel] !== undefined && { pollPeriodMs: pollPeriodsMs[channel] }),
      })),
      ...Object.keys(profile.outputs).map((channel) => ({
        signal: `${id}.${channel}`,
        module: id,
        channel,
        direction: 'output' as const,
      })),
    ]),
  };
}

/** Waits for a condition, and says what it waited for when it does not come. */
export async function until(what: string, holds: () => boolean, deadlineMs = 6_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!holds()) {
    assert.ok(performance.now() < endMs, `not within ${deadlineMs} ms: ${what}`);
    await sleep(5);
  }
}
