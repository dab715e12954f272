import { machineModes, machineStates } from '../../machine/control/state.ts';
import type { Direction, HistoryDeclaration, SignalDeclaration, SignalType } from '../../machine/signal.ts';
import type { Profiles } from '../profiles.ts';
import type { Document, Entry } from '../schema/document.ts';
import type { Profile } from '../schema/profile.ts';
import { defined } from './defined.ts';

type Signal = Entry<'signals'>;

/** What the control core computes, and what each of it is. A machine declares all of them, for their titles. */
export const derivedSignals: Readonly<
  Record<string, { readonly type: SignalType; readonly states?: readonly string[] }>
> = {
  'machine.state': { type: 'Enumeration', states: machineStates },
  'machine.mode': { type: 'Enumeration', states: machineModes },
  'machine.startPermitted': { type: 'Boolean' },
  'machine.heartbeat': { type: 'UInt32' },
  'machine.cycles': { type: 'UInt32' },
  'machine.runningHours': { type: 'Double' },
};

/** Where `history: true` draws the line: every change, and a point a minute. */
const everyChange: HistoryDeclaration = { deadband: 0, atLeastEverySeconds: 60 };

/** Whether a channel of a module is read or written; null: the module has no such channel. */
export function channelDirection(profile: Profile, channel: string): 'input' | 'output' | null {
  if (Object.hasOwn(profile.inputs, channel)) return 'input';
  return Object.hasOwn(profile.outputs, channel) ? 'output' : null;
}

/** Whether a channel carries one bit or a number. */
export function channelCarries(profile: Profile, channel: string): 'bit' | 'number' {
  const input = profile.inputs[channel];
  if (input) return input.type === undefined && input.bits === undefined ? 'bit' : 'number';
  const kind = profile.outputs[channel]?.kind;
  return kind === 'coil' || kind === 'drive-bit' ? 'bit' : 'number';
}

export interface SignalNature {
  readonly direction: Direction;
  readonly type: SignalType;
}

/** What a signal is; null where its entry leaves that in doubt. */
export function natureOf(
  id: string,
  signal: Signal,
  profileOf: (module: string) => Profile | null,
): SignalNature | null {
  const { source, setting, derived } = signal;
  if ([source, setting, derived].filter((origin) => origin !== undefined).length !== 1) return null;
  if (derived) {
    const computed = derivedSignals[id];
    return computed ? { direction: 'derived', type: computed.type } : null;
  }
  if (setting) {
    // a span or a unit says that it is a number, whatever it is to begin with
    const isNumber = signal.span !== undefined || signal.unit !== undefined;
    const isBoolean = signal.states !== undefined || (typeof setting.initial === 'boolean' && !isNumber);
    return { direction: 'setting', type: signal.type ?? (isBoolean ? 'Boolean' : 'Double') };
  }
  const profile = source && profileOf(source.module);
  const direction = profile && channelDirection(profile, source.channel);
  if (!direction) return null;
  const carried = channelCarries(profile, source.channel) === 'bit' ? 'Boolean' : 'Double';
  const type = signal.type ?? carried;
  return (type === 'Boolean') === (carried === 'Boolean') ? { direction, type } : null;
}

/** The signals of a sound document, each averaged input followed by the raw sibling that holds its single readings. */
export function buildSignals(document: Document, profiles: Profiles): Map<string, SignalDeclaration> {
  const declarations = new Map<string, SignalDeclaration>();
  const profileOf = (module: string): Profile | null => profiles.get(document.modules[module]?.profile ?? '') ?? null;
  for (const [id, signal] of Object.entries(document.signals)) {
    const nature = natureOf(id, signal, profileOf);
    if (!nature) throw new Error(`signal ${id} passed the checks although nothing tells what it is`);
    const declaration = buildSignal(id, signal, nature, document);
    declarations.set(id, declaration);
    if (declaration.averageSeconds !== undefined) {
      const raw = rawSibling(declaration);
      declarations.set(raw.id, raw);
    }
  }
  return declarations;
}

function buildSignal(id: string, signal: Signal, nature: SignalNature, document: Document): SignalDeclaration {
  const { source, history, derived: _derived, states, ...rest } = signal;
  const module = source && document.modules[source.module];
  return defined({
    id,
    ...rest,
    ...nature,
    states: states ?? derivedSignals[id]?.states,
    source,
    pollPeriodMs: signal.pollPeriodMs ?? module?.pollPeriodMs,
    history: history === false ? undefined : history === true ? everyChange : history,
    simulated: module?.simulated ?? false,
  });
}

/** The single readings behind an averaged input. */
function rawSibling(averaged: SignalDeclaration): SignalDeclaration {
  const { averageSeconds: _window, ...rest } = averaged;
  return {
    ...rest,
    id: rawId(averaged.id),
    rawOf: averaged.id,
    title: `${averaged.title}, single readings`,
  };
}

export function rawId(averaged: string): string {
  return `${averaged}.raw`;
}
