import { existsSync, writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { SpoolThreadData, ToSpool } from '../../historian/spool-messages.ts';
import '../../historian/spool-thread.ts';

/** The spool's thread, which dies of its fifth batch, once. */
const marker = `${(workerData as SpoolThreadData).path}.died`;

let batches = 0;
parentPort?.on('message', (message: ToSpool) => {
  if (message.kind !== 'append' || ++batches < 5 || existsSync(marker)) return;
  writeFileSync(marker, '');
  throw new Error('the thread dies');
});
