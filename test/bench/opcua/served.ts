import { DataType, OPCUAServer, StatusCodes, type UAVariable } from 'node-opcua';
import { startAddressSpace } from '../../../addressspace/start-address-space.ts';
import type { MachineDeclaration } from '../../../machine/declaration.ts';
import type { CommandGate, MachineView, ViewListener } from '../../../machine/ports.ts';
import type { Sample, SignalDeclaration } from '../../../machine/signal.ts';
import type { RecipeLoader } from '../../../operations/ports/recipes.ts';
import { SignInThrottle } from '../../../operations/sign-in-throttle.ts';

/** So many numbers behind an OPC UA server, on an endpoint without security where a user `bench` may write all of them. */
export interface Served {
  readonly endpointUrl: string;
  readonly namespaceUri: string;
  /** Gives all of them this value. */
  change(value: number): void;
}

export const password = 'bench';

export function idOf(n: number): string {
  return `value.${n}`;
}

/** Behind the project's own server. */
export async function serveOurs(count: number, pkiDir: string): Promise<Served> {
  const signals = Array.from({ length: count }, (_, n): SignalDeclaration => ({
    id: idOf(n),
    title: `Value ${n}`,
    enabled: true,
    simulated: false,
    direction: 'setting',
    type: 'Double',
    unit: '°C',
    span: [0, 1e9],
    setting: { role: 'operator', initial: 0 },
  }));
  const declaration = {
    id: 'bench',
    site: 'bench',
    title: 'Bench',
    manufacturer: 'Bench',
    model: 'Bench',
    serialNumber: '1',
    signals: new Map(signals.map((signal) => [signal.id, signal])),
    modules: [],
    zones: [],
    drives: [],
    alarms: [],
  } as Partial<MachineDeclaration> as MachineDeclaration;
  const samples = new Map<string, Sample>();
  const listeners = new Set<ViewListener>();
  const machine = {
    declaration,
    samples,
    controlAlive: true,
    alarms: [],
    modules: [],
    zones: [],
    drives: [],
    subscribe(listener: ViewListener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  } as Partial<MachineView> as MachineView;
  function measure(ids: readonly string[], value: number): void {
    const sample: Sample = { value, quality: 'Good', sourceTimeMs: Date.now() };
    for (const id of ids) samples.set(id, sample);
    const updates = ids.map((signal) => ({ signal, ...sample }));
    for (const listener of listeners) listener.signals?.(updates);
  }
  const ids = signals.map(({ id }) => id);
  measure(ids, 0);
  const gate: CommandGate = {
    async request({ action }) {
      if (action.name === 'write') measure([action.signal], Number(action.value));
      return { accepted: true, commandId: 'bench', state: 'IDLE' };
    },
  };
  const recipes: RecipeLoader = {
    async load() {
      throw new Error('nobody loads a recipe here');
    },
  };
  const { endpointUrl } = await startAddressSpace({
    machine,
    gate,
    recipes,
    accounts: {
      authenticate: async (name) => ({ name, role: 'operator', kind: 'person', mustChangePassword: false }),
      find: async () => null,
    },
    throttle: new SignInThrottle(Date.now),
    audit: { append: async (entry) => ({ ...entry, seq: 1, previousHash: '', hash: '' }) },
    history: null,
    alarmJournal: null,
    log: { info() {}, warn() {}, error() {} },
    settings: {
      host: '127.0.0.1',
      port: 0,
      pkiDir,
      allowUnsecured: true,
      allowAnonymous: true,
      maxSessions: 60,
      productVersion: '0',
    },
  });
  return { endpointUrl, namespaceUri: 'urn:tvemicro:machine', change: (value) => measure(ids, value) };
}

/** Behind a server that is nothing but node-opcua, told of changes as its makers advise. */
export async function serveBare(count: number): Promise<Served> {
  const server = new OPCUAServer({
    host: '127.0.0.1',
    port: 0,
    userManager: { isValidUser: () => true },
    serverCapabilities: { minSupportedSampleRate: 0 },
  });
  await server.initialize();
  const { addressSpace } = server.engine;
  if (!addressSpace) throw new Error('the bare server has no address space');
  const namespace = addressSpace.getOwnNamespace();
  const folder = namespace.addObject({ browseName: 'Bench', organizedBy: addressSpace.rootFolder.objects });
  const variables = Array.from({ length: count }, (_, n): UAVariable =>
    namespace.addVariable({
      nodeId: `s=${idOf(n)}`,
      browseName: `Value ${n}`,
      componentOf: folder,
      dataType: 'Double',
      minimumSamplingInterval: 0,
      value: { dataType: DataType.Double, value: 0 },
    }),
  );
  await server.start();
  return {
    endpointUrl: server.getEndpointUrl(),
    namespaceUri: namespace.namespaceUri,
    change(value) {
      for (const variable of variables) {
        variable.setValueFromSource({ dataType: DataType.Double, value }, StatusCodes.Good, new Date());
      }
    },
  };
}
