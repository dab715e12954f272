import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseDocument, stringify } from 'yaml';
import { openFrameServer } from '../../../drivers/slave/frame-server.ts';
import { ModbusException, exceptionCodes, type ModbusSlave } from '../../../drivers/slave/modbus-slave.ts';
import { startPlant } from '../../scenario/plant.ts';
import { type ChangingRegisters, changePeriodMs, valueAt, wallMs } from './changing-registers.ts';
import type { Task } from './latency-clients.ts';

/** From the change of a register in the simulated field to the callback in an OPC UA client, through the whole server. */
export interface LatencyFigures {
  readonly signals: number;
  readonly clients: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Of the changes that happened, so many came to the clients. */
  readonly heardShare: number;
}

export const goals = { p50Ms: 185, p95Ms: 300 };
const perModule = 100;
const pollPeriodMs = 250;
const signal = 'bench.value';

export async function benchLatency(signals: number, clients: number, seconds: number): Promise<LatencyFigures> {
  const registers: ChangingRegisters = { count: signals, startMs: wallMs() };
  const modules = Math.ceil(signals / perModule);
  const slave = await openFrameServer({
    host: '127.0.0.1',
    port: 0,
    transport: 'tcp',
    onDefect: (error) => console.error(error),
    units: new Map(Array.from({ length: modules }, (_, m) => [m + 1, counting(registers, m * perModule)])),
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'tve-latency-'));
  try {
    const plant = await startPlant({ config: await configure(folder, signals, modules, slave.port) });
    try {
      const task: Task = { endpointUrl: plant.opcua, clients, registers, signal, seconds };
      const child = fork(path.join(import.meta.dirname, 'latency-clients.ts'), [JSON.stringify(task)], {
        execPath: process.execPath,
      });
      const [ages] = (await once(child, 'message')) as [number[]];
      const sorted = ages.toSorted((a, b) => a - b);
      const at = (share: number): number => sorted[Math.floor(share * sorted.length)] ?? Number.NaN;
      const changes = (signals * clients * 1_000 * seconds) / changePeriodMs;
      return { signals, clients, p50Ms: at(0.5), p95Ms: at(0.95), heardShare: ages.length / changes };
    } finally {
      await plant.stop();
    }
  } finally {
    await slave.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function refuse(): never {
  throw new ModbusException(exceptionCodes.illegalFunction);
}

function counting(registers: ChangingRegisters, first: number): ModbusSlave {
  return {
    readCoils: refuse,
    readDiscrete: refuse,
    readHolding: refuse,
    readInput(address, count) {
      const atMs = wallMs();
      return Array.from({ length: count }, (_, n) => valueAt(registers, first + address + n, atMs));
    },
    writeCoils: refuse,
    writeHolding: refuse,
  };
}

/** The factory machine with further modules full of registers. @returns the file */
async function configure(folder: string, signals: number, modules: number, port: number): Promise<string> {
  const document = parseDocument(await readFile('config/tvemicro.yaml', 'utf8'));
  document.setIn(['lines', 'benchline'], { title: 'Bench', transport: 'tcp', host: '127.0.0.1', port });
  for (let m = 0; m < modules; m++) {
    document.setIn(['modules', `bench${m}`], {
      title: `Bench module ${m}`,
      profile: 'bench-registers',
      line: 'benchline',
      unit: m + 1,
      pollPeriodMs,
    });
  }
  for (let n = 0; n < signals; n++) {
    const source = { module: `bench${Math.floor(n / perModule)}`, channel: `r${n % perModule}` };
    document.setIn(['signals', `${signal}${n}`], { title: `Bench value ${n}`, span: [0, 65_535], source });
  }
  const inputs = Object.fromEntries(
    Array.from({ length: perModule }, (_, n) => [`r${n}`, { area: 'input', address: n, type: 'uint16' }]),
  );
  await mkdir(path.join(folder, 'modules'));
  await writeFile(
    path.join(folder, 'modules', 'bench-registers.yaml'),
    stringify({
      id: 'bench-registers',
      title: 'Bench',
      manual: 'none',
      verified: false,
      addresses: 'zero-based',
      inputs,
    }),
  );
  const file = path.join(folder, 'bench.yaml');
  await writeFile(file, String(document));
  return file;
}
