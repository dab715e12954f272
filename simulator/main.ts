import { parseArgs } from 'node:util';
import { describeFaults, loadConfiguration } from '../config/load.ts';
import { fastest } from './control/bodies.ts';
import { PseudoTerminalError } from './pseudo-terminal.ts';
import { startSimulator, type RunningSimulator } from './start-simulator.ts';
import { WiringError } from './wiring.ts';

/** sysexits.h: wrong usage, a resource that is missing, a wrong configuration. */
const exitCodes = { usage: 64, unavailable: 69, configuration: 78 };

const usage = `npm run simulator -- --config FILE [--speed 0…${fastest}] [--tcp-port P] [--rtu-port P] [--control-port P] [--pty PATH]
Ports: 0 picks a free one; TVE_SIM_TCP_PORT, TVE_SIM_RTU_PORT and TVE_SIM_CONTROL_PORT say the same.`;

function fail(exitCode: number, message: string): never {
  console.error(message);
  process.exit(exitCode);
}

function readArguments(): {
  config: string;
  speed: number;
  ports: Record<'tcp' | 'rtu' | 'control', number | undefined>;
  pty: string | undefined;
} {
  const { values } = parseArgs({
    options: {
      config: { type: 'string', default: process.env['TVE_CONFIG'] ?? 'config/tvemicro.yaml' },
      speed: { type: 'string', default: '1' },
      'tcp-port': { type: 'string' },
      'rtu-port': { type: 'string' },
      'control-port': { type: 'string' },
      pty: { type: 'string' },
    },
  });
  const speed = Number(values.speed);
  if (!(speed >= 0 && speed <= fastest)) throw new RangeError(`--speed is ${values.speed}; it takes 0…${fastest}`);
  return {
    config: values.config,
    speed,
    ports: {
      tcp: portOf('--tcp-port', values['tcp-port'] ?? process.env['TVE_SIM_TCP_PORT']),
      rtu: portOf('--rtu-port', values['rtu-port'] ?? process.env['TVE_SIM_RTU_PORT']),
      control: portOf('--control-port', values['control-port'] ?? process.env['TVE_SIM_CONTROL_PORT']),
    },
    pty: values.pty,
  };
}

function portOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`${name} is ${text}; it takes a TCP port, 1…65535, or 0 for a free one`);
  return port;
}

/** The configuration must name real ports; "any free one" is the simulator's matter alone. */
function environmentForConfiguration(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ['TVE_SIM_TCP_PORT', 'TVE_SIM_RTU_PORT']) if (env[name] === '0') delete env[name];
  return env;
}

function argumentsOrUsage(): ReturnType<typeof readArguments> {
  try {
    return readArguments();
  } catch (error) {
    return fail(exitCodes.usage, `${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

async function start(): Promise<RunningSimulator> {
  const { config, speed, ports, pty } = argumentsOrUsage();
  const loaded = loadConfiguration(config, environmentForConfiguration());
  if (!loaded.ok) {
    return fail(exitCodes.configuration, describeFaults(loaded.faults, config));
  }
  const { configuration } = loaded;
  try {
    return await startSimulator({
      configuration,
      speed,
      tcpPort: ports.tcp,
      rtuPort: ports.rtu,
      controlPort: ports.control ?? 5022,
      pty,
    });
  } catch (error) {
    if (error instanceof WiringError) return fail(exitCodes.configuration, error.message);
    if (error instanceof PseudoTerminalError) return fail(exitCodes.unavailable, error.message);
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      return fail(exitCodes.unavailable, `${error.message}: another program (an earlier simulator?) has that port`);
    throw error;
  }
}

let simulator: RunningSimulator | null = null;
let isStopping = false;
async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await simulator?.close();
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void stop());
// Started by another program over IPC: when that one goes, so do we.
process.on('disconnect', () => void stop());

simulator = await start();
const { tcp, rtu, control, pty } = simulator;
const addresses = Object.entries({ tcp, rtu, control, pty }).filter(([, address]) => address !== null);
console.log(`simulator ready ${addresses.map(([name, address]) => `${name}=${address}`).join(' ')}`);
