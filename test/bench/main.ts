import { buildPages } from '../../scripts/build-pages.ts';
import { benchScanJitter, type JitterFigures } from './scan-jitter.ts';

/**
 * `npm run bench -- [seconds]`: figures of one run on this computer; compare only within a run. The statistics of the scan
 * cover a minute, so anything above 65 s leaves the start of the server out.
 */
const seconds = Number(process.argv[2] ?? 75);

function line(what: string, { scans, overruns, p50Ms, p99Ms, maxMs }: JitterFigures): string {
  return `scan jitter ${what.padEnd(6)} p50 ${p50Ms} ms, p99 ${p99Ms} ms, max ${maxMs} ms over ${scans} scans, ${overruns} overruns`;
}

buildPages();
const { idle, loaded, moved } = await benchScanJitter(seconds);
console.log(line('idle', idle));
console.log(line('loaded', loaded));
console.log(
  `ratio of p99 loaded to idle ${(loaded.p99Ms / idle.p99Ms).toFixed(2)}; load moved ${JSON.stringify(moved)}`,
);
