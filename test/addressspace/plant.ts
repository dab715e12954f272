import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AddressSpaceOptions,
  type RunningAddressSpace,
  startAddressSpace,
} from '../../addressspace/start-address-space.ts';
import type { SignInAccounts } from '../../addressspace/security/identities.ts';
import type { AddressSpaceSettings } from '../../addressspace/server-settings.ts';
import type { AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import type { CommandOutcome, Principal, RefusalKind } from '../../machine/commands/command.ts';
import { includesRole } from '../../machine/commands/role.ts';
import { machineModes, machineStates } from '../../machine/control/state.ts';
import type { DecidedCommand } from '../../machine/core.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import type { DriveStatus } from '../../machine/drive-status.ts';
import type { ModuleStatistics } from '../../machine/field.ts';
import type { CommandGate, CommandRequest, MachineView, ViewListener } from '../../machine/ports.ts';
import type { Quality } from '../../machine/quality.ts';
import type { Sample, SignalDeclaration, SignalValue } from '../../machine/signal.ts';
import type { ZoneStatus } from '../../machine/zone-status.ts';
import type { Account } from '../../operations/ports/accounts.ts';
import type { AuditEntry } from '../../operations/ports/audit.ts';
import type { RecipeLoader } from '../../operations/ports/recipes.ts';
import { SignInThrottle } from '../../operations/sign-in-throttle.ts';

const plain = { enabled: true, simulated: false } as const;
const celsius = { type: 'Double', unit: '°C', span: [-20, 400], decimals: 1 } as const;

export const signals: readonly SignalDeclaration[] = [
  {
    ...plain,
    ...celsius,
    id: 'temperature.zone1',
    title: 'Barrel zone 1 temperature',
    direction: 'input',
    history: { deadband: 0.1, atLeastEverySeconds: 10 },
  },
  {
    ...plain,
    ...celsius,
    id: 'temperature.zone1.raw',
    title: 'Barrel zone 1, single reading',
    direction: 'input',
    simulated: true,
  },
  {
    ...plain,
    ...celsius,
    id: 'heater.zone1.setpoint',
    title: 'Barrel zone 1 setpoint',
    direction: 'setting',
    span: [0, 265],
    setting: { role: 'operator', initial: 0 },
  },
  {
    ...plain,
    id: 'heater.zone1.output',
    title: 'Duty of zone 1',
    direction: 'output',
    type: 'Double',
    unit: '%',
    span: [0, 100],
    manual: true,
  },
  {
    ...plain,
    id: 'heater.enabled',
    title: 'Heating',
    direction: 'setting',
    type: 'Boolean',
    setting: { role: 'operator', initial: false },
  },
  { ...plain, id: 'heater.energy', title: 'Heating energy', direction: 'input', type: 'Double', unit: 'kWh' },
  {
    ...plain,
    id: 'heater.power',
    title: 'Heating power',
    direction: 'input',
    type: 'Double',
    unit: 'kW',
    span: [0, 20],
  },
  {
    ...plain,
    id: 'motor.main.speed',
    title: 'Main drive speed',
    direction: 'input',
    type: 'Double',
    unit: 'rpm',
    span: [-5000, 5000],
  },
  {
    ...plain,
    id: 'motor.main.current',
    title: 'Main drive current',
    direction: 'input',
    type: 'Double',
    unit: 'A',
    span: [0, 20],
  },
  { ...plain, id: 'motor.main.fault', title: 'Main drive fault', direction: 'input', type: 'UInt16' },
  {
    ...plain,
    id: 'safety.estopClosed',
    title: 'Emergency stop chain',
    direction: 'input',
    type: 'Boolean',
    states: ['open', 'closed'],
  },
  { ...plain, id: 'machine.state', title: 'State', direction: 'derived', type: 'Enumeration', states: machineStates },
  { ...plain, id: 'machine.mode', title: 'Mode', direction: 'derived', type: 'Enumeration', states: machineModes },
  { ...plain, id: 'machine.heartbeat', title: 'Heartbeat', direction: 'derived', type: 'UInt32' },
  { ...plain, id: 'machine.runningHours', title: 'Running hours', direction: 'derived', type: 'Double', unit: 'h' },
];

export const declaration = {
  id: 'tvemicro',
  site: 'Linz',
  title: 'INTAREMA TVEmicro',
  manufacturer: 'Example Works',
  model: 'TVEmicro',
  serialNumber: 'SN-0815',
  signals: new Map(signals.map((signal) => [signal.id, signal])),
  modules: [{ id: 'ai1', line: 'rtu0', simulated: true, pollPeriodMs: 250 }],
  zones: [],
  drives: [],
  alarms: [],
} as Partial<MachineDeclaration> as MachineDeclaration;

/** A machine without a core: the test says what is measured. */
export class Plant implements MachineView {
  readonly declaration: MachineDeclaration;
  readonly samples: Map<string, Sample>;
  readonly listeners = new Set<ViewListener>();
  modules: readonly ModuleStatistics[] = [];
  zones: readonly ZoneStatus[] = [];
  drives: readonly DriveStatus[] = [];
  controlAlive = true;

  constructor(declared: MachineDeclaration) {
    this.declaration = declared;
    this.samples = new Map(
      [...declared.signals.keys()].map((id) => [
        id,
        { value: null, quality: 'BadNotConnected', sourceTimeMs: Date.now() },
      ]),
    );
  }

  get alarms(): readonly AlarmOccurrence[] {
    return [];
  }

  get status(): never {
    throw new Error('the address space reads signals, not the status');
  }

  subscribe(listener: ViewListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  measure(signal: string, value: SignalValue, quality: Quality = 'Good', sourceTimeMs = Date.now()): void {
    this.samples.set(signal, { value, quality, sourceTimeMs });
    for (const listener of this.listeners) listener.signals?.([{ signal, value, quality, sourceTimeMs }]);
  }

  /** The control process decided a command, whoever gave it. */
  decide(decided: DecidedCommand, atMs = Date.now()): void {
    for (const listener of this.listeners) listener.decided?.(decided, atMs);
  }

  /** The control process is gone: everything is Bad at once, with the values last known. */
  loseControl(): void {
    this.controlAlive = false;
    const updates = [...this.samples].map(([signal, sample]) => ({
      ...sample,
      signal,
      quality: 'BadCommunicationError' as const,
    }));
    for (const { signal, ...sample } of updates) this.samples.set(signal, sample);
    for (const listener of this.listeners) listener.signals?.(updates);
  }
}

/** A gate that notes what it is asked, refuses by role and by what the test says, and applies settings to the plant. */
export class Gate implements CommandGate {
  readonly requests: CommandRequest[] = [];
  readonly #plant: Plant;
  refuse: { kind: RefusalKind; code: string } | null = null;
  /** ms until the outcome, as the next scan would give it. */
  delayMs = 0;
  undecided = 0;
  mostUndecided = 0;

  constructor(plant: Plant) {
    this.#plant = plant;
  }

  async request(request: CommandRequest): Promise<CommandOutcome> {
    this.requests.push(request);
    this.undecided++;
    this.mostUndecided = Math.max(this.mostUndecided, this.undecided);
    await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    this.undecided--;
    const refusal = this.#refusalOf(request);
    const about = { commandId: String(this.requests.length), state: 'IDLE' } as const;
    if (refusal) {
      return {
        ...about,
        accepted: false,
        kind: refusal.kind,
        reasons: [{ code: refusal.code, text: `${refusal.code}.` }],
      };
    }
    if (request.action.name === 'write') this.#plant.measure(request.action.signal, request.action.value);
    return { ...about, accepted: true };
  }

  #refusalOf({ action, principal }: CommandRequest): { kind: RefusalKind; code: string } | null {
    const isOutput =
      action.name === 'write' && this.#plant.declaration.signals.get(action.signal)?.direction === 'output';
    const needed = isOutput || (action.name === 'setMode' && action.mode === 'MANUAL') ? 'engineer' : 'operator';
    if (!includesRole(principal.role, needed)) return { kind: 'permission', code: 'NOT_PERMITTED' };
    return this.refuse;
  }
}

/** One recipe, PET, on its way to the gate as in the server. */
function recipesOf(gate: Gate): RecipeLoader {
  return {
    async load({ name, ...by }) {
      if (name === 'PET') {
        return gate.request({
          ...by,
          action: { name: 'loadRecipe', recipe: { name, version: 3, zones: {}, drives: {} } },
        });
      }
      const reasons = [{ code: 'UNKNOWN_RECIPE', text: `There is no recipe ${name}.` }];
      return { accepted: false, commandId: 'none', state: 'IDLE', kind: 'unknown', reasons };
    },
  };
}

const people: Readonly<Record<string, Principal & { mustChangePassword: boolean }>> = {
  olga: { name: 'olga', role: 'observer', kind: 'person', mustChangePassword: false },
  otto: { name: 'otto', role: 'operator', kind: 'person', mustChangePassword: false },
  erna: { name: 'erna', role: 'engineer', kind: 'person', mustChangePassword: false },
  anton: { name: 'anton', role: 'admin', kind: 'person', mustChangePassword: false },
  frieda: { name: 'frieda', role: 'engineer', kind: 'person', mustChangePassword: true },
};

export function passwordOf(name: string): string {
  return `${name}'s long passphrase`;
}

export const accounts: SignInAccounts = {
  async authenticate(username, password) {
    if (username === 'broken') throw new Error('the database is away');
    await new Promise((resolve) => setTimeout(resolve, 5));
    return password === passwordOf(username) ? (people[username] ?? null) : null;
  },
  async find(username) {
    const person = username === 'dora' ? people['otto'] : people[username];
    if (person === undefined) return null;
    const { role, mustChangePassword } = person;
    const account = {
      username,
      role,
      mustChangePassword,
      site: null,
      disabled: username === 'dora',
    } satisfies Partial<Account>;
    return { ...account, createdAtMs: 0, lastSignInAtMs: null };
  },
};

export interface Said {
  readonly level: 'info' | 'warn' | 'error';
  readonly context: object;
  readonly message: string;
}

export interface TestServer extends RunningAddressSpace {
  readonly plant: Plant;
  readonly gate: Gate;
  readonly pkiDir: string;
  readonly said: Said[];
  /** What went to the audit besides commands, which the gate enters. */
  readonly entries: AuditEntry[];
  /** Closes the server and removes its certificates. */
  dispose(): Promise<void>;
}

export async function startTestServer(
  settings: Partial<AddressSpaceSettings> = {},
  parts: Partial<AddressSpaceOptions> = {},
  declared = declaration,
): Promise<TestServer> {
  const plant = new Plant(declared);
  const gate = new Gate(plant);
  const ownDir = settings.pkiDir ?? mkdtempSync(join(tmpdir(), 'tve-pki-'));
  const said: Said[] = [];
  const entries: AuditEntry[] = [];
  const append = async (entry: AuditEntry) => {
    entries.push(entry);
    return { ...entry, seq: entries.length, previousHash: '', hash: '' };
  };
  const say = (level: Said['level']) => (context: object, message: string) =>
    void said.push({ level, context, message });
  const server = await startAddressSpace({
    machine: plant,
    gate,
    recipes: recipesOf(gate),
    accounts,
    throttle: new SignInThrottle(Date.now),
    audit: { append },
    history: null,
    alarmJournal: null,
    log: { info: say('info'), warn: say('warn'), error: say('error') },
    ...parts,
    settings: {
      host: '127.0.0.1',
      port: 0,
      pkiDir: ownDir,
      allowUnsecured: true,
      allowAnonymous: true,
      maxSessions: 60,
      productVersion: '0.1.0',
      ...settings,
    },
  });
  return {
    ...server,
    plant,
    gate,
    said,
    entries,
    pkiDir: ownDir,
    async dispose() {
      await server.close();
      if (settings.pkiDir === undefined) rmSync(ownDir, { recursive: true, force: true });
    },
  };
}
