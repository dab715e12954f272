import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveBare, serveOurs } from './served.ts';

/**
 * One of the two servers in a process of its own, so that its time is its own: arguments `ours` or `bare`, and the number of
 * values. It answers its parent with the CPU time that it has used, and changes all values when told to.
 */
export type Order = { readonly order: 'cpu' } | { readonly order: 'change'; readonly value: number };
export type Told = { readonly endpointUrl: string; readonly namespaceUri: string } | { readonly cpuMicros: number };

const [, , kind, count] = process.argv;
const served =
  kind === 'ours'
    ? await serveOurs(Number(count), mkdtempSync(join(tmpdir(), 'tve-bench-pki-')))
    : await serveBare(Number(count));

function tell(told: Told): void {
  process.send?.(told);
}

process.on('message', (order: Order) => {
  if (order.order === 'change') served.change(order.value);
  else {
    const { user, system } = process.cpuUsage();
    tell({ cpuMicros: user + system });
  }
});
process.on('disconnect', () => process.exit(0));
tell({ endpointUrl: served.endpointUrl, namespaceUri: served.namespaceUri });
