import type { FieldDeclaration, LineDeclaration, ModuleDeclaration } from '../../../drivers/declaration.ts';
import { openField } from '../../../drivers/open-field.ts';
import { Programs, startSlave } from './programs.ts';

const devices = 50;
const registersPerDevice = 200;
const periodMs = 250;
/** Connecting, and the first polls of fifty devices at once. */
const settleMs = 2_000;
const timeoutMs = 1_000;

/** Many registers of many devices, polled through the whole driver. */
export interface FieldFigures {
  readonly devices: number;
  readonly registers: number;
  readonly periodMs: number;
  readonly seconds: number;
  /** Times that all registers of one device were delivered. */
  readonly polls: number;
  /** Polls that came later after the one before than a period and a half. */
  readonly missed: number;
  readonly longestMs: number;
  readonly readingsPerSecond: number;
  readonly failures: number;
  /** Of one core. */
  readonly cpuShare: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
}

/** @throws Error when gcc or libmodbus is missing */
export async function benchField(seconds: number): Promise<FieldFigures> {
  const programs = new Programs();
  const { slave, port } = await startSlave(programs, 'plain');
  const clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
  const field = openField(declaration(port), clock, { info() {}, warn() {} });
  const lastMs = new Map<string, number>();
  let [polls, missed, longestMs, readingCount, countsFromMs] = [0, 0, 0, 0, Number.POSITIVE_INFINITY];
  field.onReadings((readings) => {
    const nowMs = performance.now();
    if (nowMs < countsFromMs) return;
    readingCount += readings.length;
    for (const { signal, value, quality } of readings) {
      const [device = '', register] = signal.split('.');
      if (quality !== 'Good' || value !== Number(register)) throw new Error(`${signal} is ${value} ${quality}`);
      if (register !== '0') continue;
      const sinceMs = nowMs - (lastMs.get(device) ?? nowMs);
      lastMs.set(device, nowMs);
      polls++;
      if (sinceMs > 1.5 * periodMs) missed++;
      longestMs = Math.max(longestMs, sinceMs);
    }
  });
  try {
    field.open();
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const before = process.cpuUsage();
    const beganMs = performance.now();
    countsFromMs = beganMs;
    await new Promise((resolve) => setTimeout(resolve, 1_000 * seconds));
    const used = process.cpuUsage(before);
    const tookMs = performance.now() - beganMs;
    const { rss, heapUsed } = process.memoryUsage();
    return {
      devices,
      registers: devices * registersPerDevice,
      periodMs,
      seconds: tookMs / 1_000,
      polls,
      missed,
      longestMs,
      readingsPerSecond: (1_000 * readingCount) / tookMs,
      failures: field.statistics().reduce((sum, { failures }) => sum + failures, 0),
      cpuShare: (used.user + used.system) / 1_000 / tookMs,
      residentBytes: rss,
      heapBytes: heapUsed,
    };
  } finally {
    await field.close(new Map(), timeoutMs);
    await slave.end();
    programs.remove();
  }
}

function declaration(port: number): FieldDeclaration {
  const ids = Array.from({ length: devices }, (_, n) => `device${n}`);
  const channels = Array.from({ length: registersPerDevice }, (_, address) => address);
  const profile = {
    id: 'bench',
    title: 'Registers',
    manual: 'made for the measurement',
    verified: false,
    inputs: Object.fromEntries(channels.map((address) => [`${address}`, { area: 'input' as const, address }])),
    outputs: {},
    status: [],
    watchdog: null,
    limits: { registers: 125, bits: 2_000 },
  };
  return {
    lines: ids.map((id): LineDeclaration => ({
      id: `line-${id}`,
      transport: 'tcp',
      host: '127.0.0.1',
      port,
      timeoutMs,
      connectTimeoutMs: 5_000,
      baudRate: 115_200,
      parity: 'none',
      stopBits: 1,
      turnaroundMs: 0,
      reconnectMs: 100,
      reconnectCapMs: 1_000,
    })),
    modules: ids.map((id): ModuleDeclaration => ({
      id,
      line: `line-${id}`,
      unit: 1,
      simulated: true,
      pollPeriodMs: periodMs,
      watchdogMs: null,
      profile,
    })),
    bindings: ids.flatMap((module) =>
      channels.map((address) => ({
        signal: `${module}.${address}`,
        module,
        channel: `${address}`,
        direction: 'input' as const,
      })),
    ),
  };
}
