import { openHistorian } from '../../historian/open-historian.ts';
import { fakeMachine, good, historianOptions, signal } from './fake-machine.ts';

/**
 * A process that records numbered points until it is killed, and says which are committed: `node recording-process.ts
 * DATA_DIR URL DATABASE FIRST_MS`.
 */
const [dataDir = '', url = '', database = '', firstMs = ''] = process.argv.slice(2);

const machine = fakeMachine(signal('a'));
const historian = await openHistorian(
  historianOptions(dataDir, machine, { target: { flavour: 'v1', url, database, username: null, password: null } }),
);
for (let number = 1; ; number++) {
  for (const last = number + 49; number < last; number++) machine.publish(good('a', Number(firstMs) + number, number));
  machine.publish(good('a', Number(firstMs) + number, number));
  await historian.flush();
  process.stdout.write(`${number}\n`);
}
