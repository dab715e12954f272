import { parseArgs } from 'node:util';
import { buildPages } from '../../scripts/build-pages.ts';
import { needs, nodesetsDir } from '../needs.ts';
import { benchCompanionStart } from './companion-start.ts';
import { benchDay } from './day.ts';
import { benchHeap } from './heap.ts';
import { benchField } from './modbus/field.ts';
import { benchRtuRates } from './modbus/rtu-rates.ts';
import { benchTcpRates } from './modbus/tcp-rates.ts';
import { benchLatency, goals as latencyGoals } from './opcua/latency.ts';
import { benchOpcua, goal as opcuaGoal } from './opcua/rates.ts';
import { benchScanJitter, type JitterFigures } from './scan-jitter.ts';
import { benchFactoryStep, benchLargeStep, type StepFigures } from './step.ts';

const usage = `npm run bench -- [PART…] [options]

Figures of one run on this computer; compare only within a run.

Parts (all, when none is named):
  step     one scan of the factory machine, and of one with 1,000 signals and 500 alarms
  day      a simulated day of scans, plant included
  heap     what stays in use over many scans
  jitter   how steadily the scan begins in the real server, idle and under load
  modbus   reads per second of the driver beside libmodbus' C client on one slave, and on a paced serial line
  field    10,000 registers of 50 devices, four times a second
  latency  from the change of a register to the callback in an OPC UA client, 40 and 1,000 signals, 1 and 10 clients
  opcua    reads, writes and notifications per CPU second beside a server that is nothing but node-opcua
  start    how long the OPC UA server with the companion models takes to start, beside a bare one of the library

Options:
  --scans N    of step (20,000) and of heap (2,000,000; the goal is meant for 10,000,000)
  --seconds N  of jitter, idle and loaded each (75; the statistics of the scan cover a minute), of each baud rate
               of modbus (10), of field (30), and of latency (20)
  --rounds N   of modbus, a tenth of a second of each client in turn (50); of opcua, half a second of each
               server (10); of start, each server in turn (5)
  --help`;

const parts = ['step', 'day', 'heap', 'jitter', 'modbus', 'field', 'opcua', 'latency', 'start'] as const;
type Part = (typeof parts)[number];

const runs: Readonly<Record<Part, () => Promise<void> | void>> = {
  step,
  day,
  heap,
  jitter,
  modbus,
  field,
  opcua,
  latency,
  start,
};

const { values, positionals } = parseArgs({
  options: {
    scans: { type: 'string' },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

const wrong = positionals.filter((name) => !isPart(name));
if (values.help || wrong.length > 0) {
  if (wrong.length > 0) console.error(`there is no part ${wrong.join(', ')}\n`);
  console.log(usage);
  process.exit(wrong.length > 0 ? 64 : 0);
}
const chosen = positionals.filter(isPart);
for (const part of chosen.length > 0 ? chosen : parts) await runs[part]();

function isPart(name: string): name is Part {
  return parts.some((part) => part === name);
}

function number(text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!(Number.isSafeInteger(value) && value > 0)) {
    console.error(`${text} is no count\n\n${usage}`);
    process.exit(64);
  }
  return value;
}

function verdict(isMet: boolean): string {
  return isMet ? 'met' : 'MISSED';
}

function step(): void {
  const scans = number(values.scans, 20_000);
  stepLine(benchFactoryStep(scans));
  stepLine(benchLargeStep(Math.min(scans, 5_000)));
}

function stepLine({ machine, scans, stepMedianUs, stepP99Us, receiveMedianUs, goalUs }: StepFigures): void {
  const goal = `goal ${goalUs} µs ${verdict(stepMedianUs <= goalUs)}`;
  const receive = `its readings ${receiveMedianUs} µs`;
  console.log(`step of ${machine}: median ${stepMedianUs} µs, p99 ${stepP99Us} µs over ${scans}; ${receive}; ${goal}`);
}

function day(): void {
  const { scans, seconds, goalSeconds, contents } = benchDay();
  const goal = `goal ${goalSeconds} s ${verdict(seconds < goalSeconds)}`;
  console.log(`a simulated day, ${scans} scans: ${seconds.toFixed(1)} s (${contents}); ${goal}`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(2)} MB`;
}

function heap(): void {
  const { scans, bytesPerMillionScans, isFlat } = benchHeap(number(values.scans, 2_000_000), (done, used) => {
    console.log(`  heap after ${done} scans: ${megabytes(used)}`);
  });
  const slope = `${Math.round(bytesPerMillionScans)} bytes per million scans`;
  console.log(`heap over ${scans} scans: ${slope}, ${isFlat ? 'flat' : 'NOT FLAT'}`);
}

async function jitter(): Promise<void> {
  buildPages();
  const { idle, loaded, moved } = await benchScanJitter(number(values.seconds, 75));
  console.log(jitterLine('idle', idle));
  console.log(jitterLine('loaded', loaded));
  const ratio = (loaded.p99Ms / idle.p99Ms).toFixed(2);
  console.log(`ratio of p99 loaded to idle ${ratio}; load moved ${JSON.stringify(moved)}`);
}

function jitterLine(what: string, { scans, overruns, p50Ms, p99Ms, maxMs }: JitterFigures): string {
  return `scan jitter ${what.padEnd(6)} p50 ${p50Ms} ms, p99 ${p99Ms} ms, max ${maxMs} ms over ${scans} scans, ${overruns} overruns`;
}

/** Says what is missing and how to get it. */
function has(...wanted: readonly (keyof typeof needs)[]): boolean {
  const missing = wanted.map((name) => needs[name]()).filter(({ present }) => !present);
  for (const { name, how } of missing) console.log(`not measured for want of ${name}: ${how}`);
  return missing.length === 0;
}

async function modbus(): Promise<void> {
  if (!has('cc', 'libmodbus', 'socat')) return;
  for (const rate of await benchTcpRates(number(values.rounds, 50), 0.1)) {
    const { what, perSecond, libmodbusPerSecond, ratio, bareRatio, goal } = rate;
    const rates = `${Math.round(perSecond)}/s, libmodbus ${Math.round(libmodbusPerSecond)}/s`;
    const bare = bareRatio === null ? '' : ` (a bare socket ${bareRatio.toFixed(2)})`;
    console.log(`${what}: ${rates}, ratio ${ratio.toFixed(2)}${bare}; goal ${goal} ${verdict(ratio >= goal)}`);
  }
  for (const { baudRate, perSecond, possible, goal, hasty } of await benchRtuRates(number(values.seconds, 10))) {
    const share = perSecond / possible;
    const rates = `${perSecond.toFixed(1)} of ${possible.toFixed(1)} reads/s, ${(100 * share).toFixed(0)} %`;
    const early = hasty === 0 ? 'no gap cut short' : `${hasty} GAPS CUT SHORT`;
    console.log(`rtu at ${baudRate} baud: ${rates}, ${early}; goal ${100 * goal} % ${verdict(share >= goal)}`);
  }
}

async function field(): Promise<void> {
  if (!has('cc', 'libmodbus')) return;
  const figures = await benchField(number(values.seconds, 30));
  const { registers, devices, periodMs, polls, missed, longestMs, cpuShare, failures } = figures;
  const what = `${registers} registers of ${devices} devices every ${periodMs} ms`;
  const times = `${missed} of ${polls} periods missed, longest ${Math.round(longestMs)} ms, ${failures} failures`;
  const memory = `${megabytes(figures.heapBytes)} heap, ${megabytes(figures.residentBytes)} resident`;
  const cpu = `${(100 * cpuShare).toFixed(0)} % of one core`;
  console.log(`${what}: ${times}; ${cpu}, ${memory}; goal no period missed ${verdict(missed === 0 && failures === 0)}`);
}

async function opcua(): Promise<void> {
  for (const { what, perCpuSecond, barePerCpuSecond, ratio } of await benchOpcua(number(values.rounds, 10), 0.5)) {
    const rates = `${Math.round(perCpuSecond)} per CPU second, bare ${Math.round(barePerCpuSecond)}`;
    console.log(`${what}: ${rates}, ratio ${ratio.toFixed(2)}; goal ${opcuaGoal} ${verdict(ratio >= opcuaGoal)}`);
  }
}

async function latency(): Promise<void> {
  buildPages();
  for (const [signals, clients] of [
    [40, 1],
    [40, 10],
    [1_000, 1],
    [1_000, 10],
  ] as const) {
    const { p50Ms, p95Ms, heardShare } = await benchLatency(signals, clients, number(values.seconds, 20));
    const goal = `goal ${latencyGoals.p50Ms} and ${latencyGoals.p95Ms} ms`;
    const isMet = p50Ms <= latencyGoals.p50Ms && p95Ms <= latencyGoals.p95Ms;
    const ages = `p50 ${Math.round(p50Ms)} ms, p95 ${Math.round(p95Ms)} ms`;
    const heard = `${(100 * heardShare).toFixed(1)} % of the changes heard`;
    console.log(`${signals} signals, ${clients} clients: ${ages}, ${heard}; ${goal} ${verdict(isMet)}`);
  }
}

async function start(): Promise<void> {
  if (!has('nodesets')) return;
  const figures = await benchCompanionStart(nodesetsDir ?? '', number(values.rounds, 5));
  const { bareMs, oursMs, firstMs, ratio, rounds, goal } = figures;
  const [bare, ours, first] = [bareMs, oursMs, firstMs].map((ms) => `${Math.round(ms)} ms`);
  const met = verdict(ratio <= goal);
  console.log(`OPC UA start: ${ours}, bare ${bare}, median of ${rounds}; the very first ${first}`);
  console.log(`ratio ${ratio.toFixed(2)}; goal ${goal} ${met}`);
}
