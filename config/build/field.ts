import {
  isNetworkLine,
  type BindingDeclaration,
  type FieldDeclaration,
  type InputChannel,
  type LineDeclaration,
  type LineTiming,
  type ModuleDeclaration,
  type OutputChannel,
  type ProfileDeclaration,
  type WatchdogDeclaration,
  type WatchdogWrite,
} from '../../drivers/declaration.ts';
import type { Thermistor } from '../../drivers/codec/thermistor.ts';
import type { Profiles } from '../profiles.ts';
import type { Document, Entry } from '../schema/document.ts';
import type { Profile } from '../schema/profile.ts';
import type { Watchdog } from '../schema/watchdog.ts';
import { defined } from './defined.ts';
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

export function buildLine(id: string, line: Entry<'lines'>): LineDeclaration {
  const timing: LineTiming = {
    id,
    timeoutMs: line.timeoutMs,
    connectTimeoutMs: line.connectTimeoutMs,
    ...serialFormat('serial' in line ? line.serial : '115200 8N1'),
    turnaroundMs: line.turnaroundMs,
    reconnectMs: line.reconnectMs,
    reconnectCapMs: line.reconnectCapMs,
    ...('window' in line && line.window > 1 && { window: line.window }),
    ...('echo' in line && line.echo && { echo: true }),
  };
  return isNetworkLine(line)
    ? { ...timing, transport: line.transport, host: line.host, port: line.port }
    : { ...timing, transport: line.transport, path: line.path };
}

/** `19200 8E1`: baud rate, data bits, parity, stop bits. */
function serialFormat(format: string): Pick<LineTiming, 'baudRate' | 'parity' | 'stopBits' | 'dataBits'> {
  const [baud = '', bits = ''] = format.split(' ');
  const parity = bits.includes('E') ? 'even' : bits.includes('O') ? 'odd' : 'none';
  const stopBits = bits.endsWith('2') ? 2 : 1;
  return { baudRate: Number(baud), parity, stopBits, ...(bits.startsWith('7') && { dataBits: 7 as const }) };
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
    profile: buildProfile(profile, safeState(module, profile, document), module.nominalRpm),
  };
}

/**
 * A register map as the drivers know it.
 *
 * @param safeValue   what the coils are to be when the watchdog expires
 * @param nominalRpm  speed of the motor at nominal frequency; missing: 100, so that speeds are in percent
 */
export function buildProfile(profile: Profile, safeValue = 0, nominalRpm = 100): ProfileDeclaration {
  const { id, title, manual, verified, inputs, outputs, status, watchdog, identity, limits } = profile;
  const { readableGap, functions } = profile;
  return {
    id,
    title,
    manual,
    verified,
    inputs: mapped(inputs, (input) => buildInput(input, nominalRpm)),
    outputs: mapped(outputs, (output) => buildOutput(output, nominalRpm)),
    status: status.map((mark) => ({ ...mark, bit: mark.bit ?? 0 })),
    watchdog: watchdog ? buildWatchdog(watchdog, safeValue) : null,
    ...(identity !== undefined && { identity }),
    limits,
    ...(readableGap !== undefined && { readableGap }),
    ...(functions !== undefined && { functions: defined(functions) }),
  };
}

function mapped<From, To>(channels: Readonly<Record<string, From>>, build: (channel: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(channels).map(([id, channel]) => [id, build(channel)]));
}

function buildInput(
  { nominalCounts, thermistor, ...input }: Profile['inputs'][string],
  nominalRpm: number,
): InputChannel {
  // what the file leaves out is left out here, too
  return {
    ...input,
    ...(nominalCounts !== undefined && { scale: nominalRpm / nominalCounts }),
    ...(thermistor !== undefined && { thermistor: buildThermistor(thermistor) }),
  } as InputChannel;
}

function buildThermistor(given: NonNullable<Profile['inputs'][string]['thermistor']>): Thermistor {
  const { steinhartHart, nominalOhm = 0, nominalC, betaK = 0, divider, shortAtOrBelowOhm, openAtOrAboveOhm } = given;
  const [a = 0, b = 0, c = 0] = steinhartHart ?? [];
  return {
    curve: steinhartHart === undefined ? { nominalOhm, nominalC, betaK } : { a, b, c },
    ...(divider !== undefined && { divider }),
    shortAtOrBelowOhm,
    openAtOrAboveOhm,
  };
}

function buildOutput(output: Profile['outputs'][string], nominalRpm: number): OutputChannel {
  if (output.kind !== 'drive-command') return output as OutputChannel;
  const { nominalCounts, scale, ...reference } = output.reference;
  const rpmPerCount = nominalCounts === undefined ? scale : nominalRpm / nominalCounts;
  return { ...output, reference: { ...reference, scale: rpmPerCount } } as OutputChannel;
}

function buildWatchdog(watchdog: Watchdog, safeValue: number): WatchdogDeclaration {
  const { address, msPerCount, safeStateAddress, prepare, enable, feed, status } = watchdog;
  return defined({
    address,
    ...(msPerCount !== undefined && { msPerCount }),
    safeState: safeStateAddress === undefined ? null : { address: safeStateAddress, value: safeValue },
    prepare: prepare?.map(buildWrite),
    enable: enable && buildWrite(enable),
    feed: feed && { ...placeOf(feed), values: feed.values },
    status,
  });
}

function buildWrite(write: NonNullable<Watchdog['enable']>): WatchdogWrite {
  return { ...placeOf(write), value: write.value };
}

function placeOf(place: { coil: number } | { register: number }): Pick<WatchdogWrite, 'area' | 'address'> {
  return 'coil' in place ? { area: 'coil', address: place.coil } : { area: 'holding', address: place.register };
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
  return Object.entries(document.signals).flatMap(([signal, { source, enabled, pollPeriodMs }]) => {
    const profile = source && profiles.get(document.modules[source.module]?.profile ?? '');
    const direction = profile && channelDirection(profile, source.channel);
    if (!source || !direction || !enabled) return [];
    return [{ signal, ...source, direction, ...(pollPeriodMs !== undefined && { pollPeriodMs }) }];
  });
}
