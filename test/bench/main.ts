import { parseArgs } from 'node:util';
import { buildPages } from '../../scripts/build-pages.ts';
import { benchDay } from './day.ts';
import { benchHeap } from './heap.ts';
import { benchScanJitter, type JitterFigures } from './scan-jitter.ts';
import { benchFactoryStep, benchLargeStep, type StepFigures } from './step.ts';

const usage = `npm run bench -- [PART…] [options]

Figures of one run on this computer; compare only within a run.

Parts (all, when none is named):
  step     one scan of the factory machine, and of one with 1,000 signals and 500 alarms
  day      a simulated day of scans, plant included
  heap     what stays in use over many scans
  jitter   how steadily the scan begins in the real server, idle and under load

Options:
  --scans N    of step (20,000) and of heap (2,000,000; the goal is meant for 10,000,000)
  --seconds N  of jitter, idle and loaded each (75; the statistics of the scan cover a minute)
  --help`;

const parts = ['step', 'day', 'heap', 'jitter'] as const;
type Part = (typeof parts)[number];

const runs: Readonly<Record<Part, () => Promise<void> | void>> = { step, day, heap, jitter };

const { values, positionals } = parseArgs({
  options: { scans: { type: 'string' }, seconds: { type: 'string' }, help: { type: 'boolean', default: false } },
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
