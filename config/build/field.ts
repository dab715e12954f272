import type {
  BindingDeclaration,
  FieldDeclaration,
  LineDeclaration,
  LineTiming,
  ModuleDeclaration,
  ProfileDeclaration,
} from '../../drivers/declaration.ts';
import type { Profiles } from '../profiles.ts';
import type { Document, Entry } from '../schema/document.ts';
import type { Profile } from '../schema/profile.ts';
import { channelDirection } from './signals.ts';

/** The wires as the drivers know them. The document has passed every check. */
export function buildField(document: Document, profiles: Profiles): FieldDeclaration {
  return {
    lines: Object.entries(document.lines).map(([id, line]) => buildLine(id, line)),
    modules: Object.entries(document.modules).map(([id, module]) => buildModule(id, module, document, profiles)),
    bindings: buildBindings(document, profiles),
    commandPeriodMs: document.machine.scanPeriodMs,
  };
}

function buildLine(id: string, line: Entry<'lines'>): LineDeclaration {
  const timing: LineTiming = {
    id,
    timeoutMs: line.timeoutMs,
    connectTimeoutMs: line.connectTimeoutMs,
    ...serialFormat(line.transport === 'tcp' ? '115200 8N1' : line.serial),
    turnaroundMs: line.turnaroundMs,
    reconnectMs: line.reconnectMs,
    reconnectCapMs: line.reconnectCapMs,
  };
  return line.transport === 'rtu'
    ? { ...timing, transport: line.transport, path: line.path }
    : { ...timing, transport: line.transport, host: line.host, port: line.port };
}

/** `19200 8E1`: baud rate, 8 data bits, parity, stop bits. */
function serialFormat(format: string): Pick<LineTiming, 'baudRate' | 'parity' | 'stopBits'> {
  const [baud = '', bits = ''] = format.split(' ');
  const parity = bits.includes('E') ? 'even' : bits.includes('O') ? 'odd' : 'none';
  return { baudRate: Number(baud), parity, stopBits: bits.endsWith('2') ? 2 : 1 };
}

function buildModule(id: string, module: Entry<'modules'>, document: Document, profiles: Profiles): ModuleDeclaration {
  const profile = profiles.get(module.profile);
  if (!profile) throw new Error(`module ${id} passed the checks without a register map`);
  return {
    id,
    line: module.line,
    unit: module.unit,
    simulated: module.simulated,
    pollPeriodMs: module.pollPeriodMs,
    watchdogMs: module.watchdogMs ?? null,
    profile: buildProfile(profile, safeState(module, profile, document)),
  };
}

function buildProfile(profile: Profile, safeValue: number): ProfileDeclaration {
  const { id, title, manual, verified, inputs, outputs, status, watchdog, limits, readableGap } = profile;
  const safeState =
    watchdog?.safeStateAddress === undefined ? null : { address: watchdog.safeStateAddress, value: safeValue };
  return {
    id,
    title,
    manual,
    verified,
    inputs: inputs as ProfileDeclaration['inputs'],
    outputs: outputs as ProfileDeclaration['outputs'],
    status,
    watchdog: watchdog ? { address: watchdog.address, safeState } : null,
    limits,
    ...(readableGap !== undefined && { readableGap }),
  };
}

/** Bit mask of the coils that go on when the watchdog expires: bit n is coil n. */
function safeState(module: Entry<'modules'>, profile: Profile, document: Document): number {
  let mask = 0;
  for (const signal of module.safeOn ?? []) {
    const output = profile.outputs[document.signals[signal]?.source?.channel ?? ''];
    if (output?.kind === 'coil') mask |= 1 << output.address;
  }
  return mask;
}

/** A disabled channel is not bound, so it is never polled. */
function buildBindings(document: Document, profiles: Profiles): BindingDeclaration[] {
  return Object.entries(document.signals).flatMap(([signal, { source, enabled }]) => {
    const profile = source && profiles.get(document.modules[source.module]?.profile ?? '');
    const direction = profile && channelDirection(profile, source.channel);
    return source && direction && enabled ? [{ signal, ...source, direction }] : [];
  });
}
