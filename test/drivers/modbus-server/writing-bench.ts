import assert from 'node:assert/strict';
import type { CommandOutcome, RefusalKind } from '../../../machine/commands/command.ts';
import type { CommandRequest } from '../../../machine/ports.ts';
import { FakeGate } from '../../api/fake-machine.ts';
import { Bench, exceptionOf, type Client } from './bench.ts';

const registers = [
  { signal: 'heater.zone1.setpoint', area: 'holding', address: 0, type: 'float32', order: 'CDAB', writable: 'set' },
  { signal: 'heater.zone2.setpoint', area: 'holding', address: 2, type: 'int16', scale: 0.1, writable: 'set' },
  { signal: 'temperature.zone1', area: 'holding', address: 3, type: 'int16', scale: 0.1 },
  { status: 'activeAlarms', area: 'holding', address: 4 },
  { signal: 'machine.startBlockedByClient', area: 'holding', address: 5, type: 'uint16', writable: 'set' },
  { signal: 'heater.enabled', area: 'coil', address: 0, writable: 'set' },
  { writable: 'start', area: 'coil', address: 1 },
  { writable: 'stop', area: 'coil', address: 2 },
  { signal: 'pump.on', area: 'coil', address: 3 },
  { commands: ['start', 'stop', 'clearAlarms', 'heatOff'], area: 'holding', address: 300 },
];

export const accepted: CommandOutcome = { accepted: true, commandId: 'c1', state: 'READY' };

export function refusedAs(kind: RefusalKind): CommandOutcome {
  return { accepted: false, commandId: 'c1', state: 'READY', kind, reasons: [{ code: 'REASON', text: 'Because.' }] };
}

/** A gate that decides when the test says so. */
export class SlowGate extends FakeGate {
  #decide: ((outcome: CommandOutcome) => void)[] = [];

  override async request(request: CommandRequest): Promise<CommandOutcome> {
    this.requests.push(request);
    return new Promise((resolve) => this.#decide.push(resolve));
  }

  decide(outcome: CommandOutcome): void {
    this.#decide.shift()?.(outcome);
  }
}

/** A server with a setpoint of two words and one of one, a Boolean, coils and a block of commands, and one client of it. */
export async function withBench(
  look: (bench: Bench, client: Client) => Promise<void>,
  section: object = {},
  gate = new FakeGate(),
): Promise<void> {
  const bench = await Bench.open({ registers, ...section }, gate);
  try {
    await look(bench, await bench.connect());
  } finally {
    await bench.close();
  }
}

/** Resolves when the gate has been asked so often in all. @returns another client, which was served meanwhile */
export async function asked(bench: Bench, times: number): Promise<Client> {
  const other = await bench.connect();
  while (bench.gate.requests.length < times) await other.readHoldingRegisters(4, 1);
  return other;
}

/** The first sequence that the server hears from a client. */
export async function learnt(client: Client): Promise<void> {
  assert.equal(await exceptionOf(client.writeRegisters(300, [4, 65_535])), 4);
}

/** Off and on: what a button needs. */
export async function pressed(client: Client, address: number): Promise<unknown> {
  await client.writeCoil(address, false);
  return client.writeCoil(address, true);
}

/** 200.1 as float32, high word second. */
export const twoHundredPoint1 = [0x199a, 0x4348];
