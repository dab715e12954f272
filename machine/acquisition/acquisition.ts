import type { MachineDeclaration, SensorDeclaration } from '../declaration.ts';
import type { FieldReading, ModuleStatus } from '../field.ts';
import type { Cell, Image } from '../image.ts';
import type { SignalDeclaration } from '../signal.ts';
import { fitCalibration } from './calibration.ts';
import { Channel } from './channel.ts';
import { freshnessLimitMs, IoModule } from './io-module.ts';
import { JumpCheck } from './jump-check.ts';
import { MovingAverage } from './moving-average.ts';
import { watchedSensors } from './sensors.ts';

/** Everything that is read from the field: its modules, and a channel for every signal with a source. */
export class Acquisition {
  readonly modules: ReadonlyMap<string, IoModule>;
  /** By signal id; an averaged signal and its single readings share one channel. */
  readonly #channels = new Map<string, Channel>();
  readonly all: Channel[] = [];

  constructor(declaration: MachineDeclaration, image: Image, startedAtMs: number) {
    const { guards } = declaration;
    this.modules = new Map(
      declaration.modules.map((reference) => [reference.id, new IoModule(reference, guards, startedAtMs)]),
    );
    const sensors = watchedSensors(declaration);
    const singles = new Map<string, Cell>();
    for (const cell of image.cells()) {
      if (cell.declaration.rawOf !== undefined) singles.set(cell.declaration.rawOf, cell);
    }
    for (const cell of image.cells()) {
      const signal = cell.declaration;
      if (signal.rawOf !== undefined || !isPolled(signal)) continue;
      this.#add(declaration, image, cell, singles.get(signal.id) ?? cell, sensorOf(sensors, signal.id));
    }
  }

  /** @throws RangeError when the signal is not polled: the configuration check has a hole, nothing may start */
  channel(signal: string): Channel {
    const channel = this.#channels.get(signal);
    if (channel === undefined) throw new RangeError(`signal ${signal} is needed but has no source`);
    return channel;
  }

  find(signal: string): Channel | undefined {
    return this.#channels.get(signal);
  }

  receive(readings: readonly FieldReading[]): void {
    for (const reading of readings) {
      const channel = this.#channels.get(reading.signal);
      if (channel === undefined) continue;
      channel.receive(reading);
      // a value or a verdict of the device is an answer of its module; a poll without either is not
      if (channel.lastAtMs !== null) channel.module.answered(channel.lastAtMs);
    }
  }

  refresh(statuses: readonly ModuleStatus[], nowMs: number): void {
    for (const module of this.modules.values()) {
      let status: ModuleStatus | undefined;
      for (const each of statuses) if (each.id === module.id) status = each;
      module.refresh(status, nowMs);
    }
    for (const channel of this.all) channel.refresh(nowMs);
  }

  #add(
    declaration: MachineDeclaration,
    image: Image,
    cell: Cell,
    raw: Cell,
    sensor: SensorDeclaration | undefined,
  ): void {
    const signal = cell.declaration;
    const module = this.modules.get(signal.source?.module ?? '');
    const reference = declaration.modules.find(({ id }) => id === signal.source?.module);
    if (module === undefined || reference === undefined) throw new RangeError(`${signal.id} has no module`);
    const points = raw.declaration.calibration ?? signal.calibration;
    const averages = cell !== raw && signal.averageSeconds !== undefined && signal.averageSeconds > 0;
    const { guards } = declaration;
    const channel = new Channel(image, {
      cell,
      raw,
      module,
      limitMs: freshnessLimitMs(signal.pollPeriodMs ?? reference.pollPeriodMs, guards),
      ...(points !== undefined && { calibration: fitCalibration(points) }),
      ...(averages && { average: new MovingAverage(signal.averageSeconds) }),
      ...(sensor !== undefined && { jumps: new JumpCheck(sensor.maximumJumpK, guards.jumpClearSeconds) }),
    });
    this.all.push(channel);
    this.#channels.set(signal.id, channel);
    this.#channels.set(raw.declaration.id, channel);
  }
}

function isPolled(signal: SignalDeclaration): boolean {
  return signal.source !== undefined && (signal.direction === 'input' || signal.direction === 'output');
}

function sensorOf(sensors: readonly SensorDeclaration[], signal: string): SensorDeclaration | undefined {
  return sensors.find((sensor) => sensor.signal === signal || sensor.raw === signal);
}
