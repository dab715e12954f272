import { parseArgs } from 'node:util';
import { describeFaults, loadConfiguration } from '../config/load.ts';
import { openLog } from './log.ts';
import { supervise } from './supervisor/supervise.ts';

/** sysexits.h: the configuration is wrong. */
const exitConfiguration = 78;

const { values: options } = parseArgs({
  options: { config: { type: 'string' }, demo: { type: 'boolean', default: false } },
});
const file = options.config ?? process.env['TVE_CONFIG'] ?? 'config/tvemicro.yaml';
const loaded = loadConfiguration(file, process.env);
if (!loaded.ok) {
  console.error(`${file} can't be used; the machine was not started.\n${describeFaults(loaded.faults)}`);
  process.exit(exitConfiguration);
}

const { configuration } = loaded;
const log = openLog('supervisor', configuration.server.logLevel);
const supervision = supervise(configuration, options.demo, log);

let stopping = false;
async function stop(signal: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info({ signal }, 'stopping: outputs safe first');
  await supervision.stop();
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop(signal));
// Started by another program over IPC: when that one goes, so do we.
process.on('disconnect', () => void stop('disconnect'));

const { http, opcua, firstLogin } = await supervision.ready;
if (firstLogin.length > 0) {
  console.log(`First accounts (kept in ${configuration.server.dataDir}/first-login.txt, readable by you alone):`);
  // a service's standard output ends up in a log that many may read
  const shown = options.demo ? (password: string) => password : () => '(in the file)';
  for (const { username, password } of firstLogin) console.log(`  ${username.padEnd(10)} ${shown(password)}`);
}
console.log(`ready http=${http} opcua=${opcua}`);
