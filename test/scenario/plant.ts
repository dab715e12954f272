import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runProgram, type RunningProgram } from './process.ts';
import { signIn, type AlarmReply, type MachineReply, type RestClient, type SignalReply } from './rest-client.ts';
import { until } from './until.ts';

const node = path.resolve('node_modules/.bin/node');

/** The whole plant: simulated machine and server, each in its own processes, on free ports, with data in a temp folder. */
export interface Plant {
  readonly dataDir: string;
  readonly simulator: RunningProgram;
  readonly server: RunningProgram;
  readonly http: string;
  readonly opcua: string;
  /** Simulator control: `GET /state`, faults, panel, speed. */
  readonly control: string;
  /** Names and generated passwords of the first accounts. */
  readonly passwords: ReadonlyMap<string, string>;
  readonly engineer: RestClient;
  readonly operator: RestClient;
  readonly admin: RestClient;
  truth(): Promise<Truth>;
  fault(target: string, fault: string, params?: object, seconds?: number): Promise<string>;
  repair(id: string): Promise<void>;
  repairAll(): Promise<void>;
  press(button: 'start' | 'stop'): Promise<void>;
  speed(factor: number): Promise<void>;
  /** True temperatures, °C, so that nobody has to wait for a barrel. */
  warm(temperaturesC: Readonly<Record<string, number>>): Promise<void>;
  machine(): Promise<MachineReply>;
  signal(id: string): Promise<SignalReply>;
  alarms(): Promise<readonly AlarmReply[]>;
  /** Process ids of the control and the gateway process, as the supervisor has logged them. */
  pid(process: 'control' | 'gateway'): number;
  stop(): Promise<void>;
}

/** What the simulator says is true of the plant, as far as these tests compare with it. */
export interface Truth {
  readonly temperatures: Readonly<Record<string, number>>;
  /** Heater duties in % as the module holds them, by zone. */
  readonly duties: Readonly<Record<string, number>>;
  /** Share of full power that reaches each zone's heater, in %. */
  readonly heating: Readonly<Record<string, number>>;
  readonly drives: Readonly<Record<string, DriveTruth>>;
  readonly contactorClosed: boolean;
  readonly estopClosed: boolean;
  readonly heaterPowerW: number;
  /** The modules' own watchdogs; a time of 0 ms: not set. */
  readonly watchdogs: Readonly<Record<string, { readonly timeMs: number }>>;
  /** Coils as the modules hold them, by signal. */
  readonly coils: Readonly<Record<string, boolean>>;
}

export interface DriveTruth {
  readonly speedRpm: number;
  readonly targetRpm: number;
  readonly currentA: number;
  readonly running: boolean;
  readonly faultCode: number;
}

export interface PlantOptions {
  readonly config?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly dataDir?: string;
  /** True temperatures before the server reads the first one, °C. */
  readonly temperaturesC?: Readonly<Record<string, number>>;
}

/** `key=value` words of a ready line. */
export function words(line: string): ReadonlyMap<string, string> {
  return new Map(
    line
      .split(' ')
      .filter((word) => word.includes('='))
      .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
}

function word(line: string, key: string): string {
  const value = words(line).get(key);
  if (value === undefined) throw new Error(`"${line}" says nothing of ${key}`);
  return value;
}

/** The environment of a program under test: nothing of the developer's own settings. */
export function cleanEnv(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TVE_')));
  return { ...env, TVE_LOG_LEVEL: 'info', ...more };
}

export async function startSimulatorProgram(config: string, args: readonly string[] = []): Promise<RunningProgram> {
  const env = cleanEnv({ TVE_SIM_TCP_PORT: '0', TVE_SIM_RTU_PORT: '0', TVE_SIM_CONTROL_PORT: '0' });
  return runProgram(node, ['simulator/main.ts', '--config', config, ...args], {
    env,
    ready: 'simulator ready',
    deadlineMs: 30_000,
  });
}

/** Variables that lead the factory configuration to the simulator's ports. */
export function portsOf(simulator: RunningProgram): NodeJS.ProcessEnv {
  const port = (key: string): string => word(simulator.readyLine, key).split(':').at(-1) ?? '';
  return { TVE_SIM_TCP_PORT: port('tcp'), TVE_SIM_RTU_PORT: port('rtu') };
}

export async function startServerProgram(
  config: string,
  dataDir: string,
  env: NodeJS.ProcessEnv,
): Promise<RunningProgram> {
  return runProgram(node, ['server/main.ts', '--config', config, '--demo'], {
    env: cleanEnv({ TVE_DATA_DIR: dataDir, TVE_HTTP_PORT: '0', TVE_OPCUA_PORT: '0', ...env }),
    ready: 'ready ',
    deadlineMs: 90_000,
  });
}

export async function readPasswords(dataDir: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(path.join(dataDir, 'first-login.txt'), 'utf8');
  return new Map(
    text
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
}

export async function startPlant(options: PlantOptions = {}): Promise<Plant> {
  const config = options.config ?? 'config/tvemicro.yaml';
  const dataDir = options.dataDir ?? (await mkdtemp(path.join(tmpdir(), 'tve-plant-')));
  const simulator = await startSimulatorProgram(config);
  try {
    if (options.temperaturesC !== undefined)
      await simulate(word(simulator.readyLine, 'control'), 'PUT', '/temperatures', options.temperaturesC);
    const server = await startServerProgram(config, dataDir, { ...portsOf(simulator), ...options.env });
    return await connectPlant(dataDir, simulator, server, options.dataDir === undefined);
  } catch (error) {
    await simulator.end();
    throw error;
  }
}

/** Asks the simulator's control. @throws Error when it refuses */
async function simulate<T>(control: string, method: string, route: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${control}${route}`, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`simulator ${method} ${route}: ${answer.status} ${text}`);
  return (text === '' ? null : JSON.parse(text)) as T;
}

async function connectPlant(
  dataDir: string,
  simulator: RunningProgram,
  server: RunningProgram,
  temporary: boolean,
): Promise<Plant> {
  const [http, opcua] = [word(server.readyLine, 'http'), word(server.readyLine, 'opcua')];
  const control = word(simulator.readyLine, 'control');
  const passwords = await readPasswords(dataDir);
  const engineer = await signIn(http, 'engineer', passwords.get('engineer') ?? '');
  const operator = await signIn(http, 'operator', passwords.get('operator') ?? '');

  const admin = await signIn(http, 'admin', passwords.get('admin') ?? '');

  return {
    dataDir,
    simulator,
    server,
    http,
    opcua,
    control,
    passwords,
    engineer,
    operator,
    admin,
    truth: () => simulate(control, 'GET', '/state'),
    async fault(target, fault, params, seconds) {
      const { id } = await simulate<{ id: string }>(control, 'POST', '/faults', {
        target,
        fault,
        ...(params !== undefined && { params }),
        ...(seconds !== undefined && { seconds }),
      });
      return id;
    },
    repair: (id) => simulate(control, 'DELETE', `/faults/${id}`),
    repairAll: () => simulate(control, 'DELETE', '/faults'),
    press: (button) => simulate(control, 'POST', '/panel', { button }),
    speed: (factor) => simulate(control, 'PUT', '/speed', { factor }),
    warm: (temperaturesC) => simulate(control, 'PUT', '/temperatures', temperaturesC),
    machine: async () => (await operator.get<MachineReply>('/machine')).body,
    signal: async (id) => (await operator.get<SignalReply>(`/signals/${id}`)).body,
    alarms: async () => (await operator.get<AlarmReply[]>('/alarms')).body,
    pid: (name) => newestPid(server.pid, name),
    async stop() {
      await server.end();
      await simulator.end();
      if (temporary) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Kills a server as a power cut would: supervisor, control and gateway at once. */
export async function killServer(server: RunningProgram): Promise<void> {
  const children = [newestPid(server.pid, 'control'), newestPid(server.pid, 'gateway')];
  for (const pid of children) process.kill(pid, 'SIGKILL');
  await server.end('SIGKILL');
}

/** The supervisor's child that runs `server/<name>/main.ts`, from the process table. */
function newestPid(supervisor: number, name: string): number {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const parent = / \(.*\) \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8'))?.[1];
      if (
        Number(parent) === supervisor &&
        readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(`server/${name}/main.ts`)
      )
        return Number(entry);
    } catch (error) {
      // the process ended while we looked
      if (!(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')))
        throw error;
    }
  }
  throw new Error(`the supervisor has no ${name} process now`);
}

/** Waits for a state of the machine. */
export async function untilState(plant: Plant, state: string, deadlineMs: number): Promise<number> {
  let last: MachineReply | null = null;
  const { tookMs } = await until(
    `machine in ${state}`,
    deadlineMs,
    async () => {
      last = await plant.machine();
      return last.state === state;
    },
    () => last,
  );
  return tookMs;
}
