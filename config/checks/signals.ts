import { fieldOf } from '../../drivers/codec/bits.ts';
import { registerRange } from '../../drivers/codec/registers.ts';
import { engineeringOf, type Scaling } from '../../drivers/codec/scaling.ts';
import { channelCarries, channelDirection, derivedSignals, rawId } from '../build/signals.ts';
import { didYouMean } from '../did-you-mean.ts';
import { sound } from '../draft.ts';
import type { Entry } from '../schema/document.ts';
import type { Profile } from '../schema/profile.ts';
import { entryNamed, signalNamed, type Context } from './context.ts';

type Signal = Entry<'signals'>;

/** Signals: each is exactly one thing, its channel is there and its own, and its numbers fit it. */
export function checkSignals(context: Context): void {
  const channels = new Map<string, string>();
  for (const [id, signal] of sound(context.draft.signals)) {
    checkKind(context, id, signal);
    checkSource(context, id, signal, channels);
    checkWords(context, id, signal);
    checkNumbers(context, id, signal);
    if (signal.averageSeconds !== undefined && context.draft.signals.has(rawId(id))) {
      context.report(
        ['signals', rawId(id)],
        `is what the single readings of ${id} are called; give this signal another id`,
      );
    }
  }
  checkComputed(context);
}

function checkKind({ report }: Context, id: string, signal: Signal): void {
  const kinds = (['source', 'setting', 'derived'] as const).filter((kind) => signal[kind] !== undefined);
  if (kinds.length === 0) {
    report(['signals', id], 'has neither source nor setting nor derived; say where its value comes from');
  } else if (kinds.length > 1) {
    report(['signals', id], `has ${kinds.join(' and ')}; a signal is one of them`);
  } else if (signal.derived && !Object.hasOwn(derivedSignals, id)) {
    const guess = didYouMean(id, Object.keys(derivedSignals));
    report(
      ['signals', id, 'derived'],
      `is true, but the control does not compute ${id}${guess || `; it computes ${Object.keys(derivedSignals).join(', ')}`}`,
    );
  }
}

function checkSource(context: Context, id: string, signal: Signal, channels: Map<string, string>): void {
  const { source } = signal;
  if (!source) return;
  const path = ['signals', id, 'source'];
  if (!entryNamed(context, 'modules', source.module, [...path, 'module'])) return;
  const profile = context.profileOf(source.module);
  if (!profile) return;
  if (channelDirection(profile, source.channel) === null) {
    const known = [...Object.keys(profile.inputs), ...Object.keys(profile.outputs)];
    const guess = didYouMean(source.channel, known);
    context.report(
      [...path, 'channel'],
      `is ${source.channel}, which ${source.module} (${profile.id}) does not have${guess || `; it has ${known.join(', ')}`}`,
    );
    return;
  }
  const place = `${source.module}/${source.channel}`;
  const other = channels.get(place);
  if (other !== undefined) {
    context.report(
      path,
      `is channel ${source.channel} of ${source.module}, which ${other} has already; a channel is one signal`,
    );
  }
  channels.set(place, id);
  const carries = channelCarries(profile, source.channel);
  if (signal.type !== undefined && (signal.type === 'Boolean') !== (carries === 'bit')) {
    context.report(
      ['signals', id, 'type'],
      `is ${signal.type}, but channel ${source.channel} of ${source.module} carries a ${carries}; ` +
        (carries === 'bit' ? 'leave the type out' : 'take Double, UInt16 or UInt32'),
    );
  }
}

/** Keys that make sense on some kinds of signals only. */
function checkWords({ report, natureOf }: Context, id: string, signal: Signal): void {
  const nature = natureOf(id);
  if (!nature) return;
  const misplaced = (key: keyof Signal, why: string): void => {
    if (signal[key] !== undefined) report(['signals', id, key], `does not fit here: ${why}; remove it`);
  };
  if (nature.type === 'Boolean') {
    for (const key of ['unit', 'span', 'decimals', 'averageSeconds', 'calibration'] as const) {
      misplaced(key, 'the signal is a Boolean');
    }
  } else {
    misplaced('states', `the signal is of type ${nature.type}, and only a Boolean has states`);
  }
  if (nature.direction !== 'input') {
    for (const key of ['averageSeconds', 'calibration'] as const)
      misplaced(key, 'only an input is averaged and calibrated');
  }
  if (nature.direction !== 'output') misplaced('manual', 'only an output is written in MANUAL');
  if (signal.source === undefined) misplaced('pollPeriodMs', 'the signal is not polled');
  else if (nature.direction === 'output')
    misplaced('pollPeriodMs', 'an output is read back as often as its module is polled');
  if (signal.derived) misplaced('type', 'the control gives a derived signal its type');
}

function checkNumbers(context: Context, id: string, signal: Signal): void {
  const { report, natureOf } = context;
  const nature = natureOf(id);
  if (!nature) return;
  const isNumber = nature.type !== 'Boolean';
  if (isNumber && signal.span === undefined && (nature.direction === 'setting' || nature.direction === 'output')) {
    report(['signals', id, 'span'], 'is missing; give the range [low, high] within which it may be set');
  }
  if (signal.setting) checkInitial(context, id, signal, signal.setting.initial, nature.type === 'Boolean');
  if (signal.calibration) {
    const measured = signal.calibration.map(([reading]) => reading);
    if (new Set(measured).size < measured.length) {
      report(['signals', id, 'calibration'], 'has two points with the same reading; give points apart from each other');
    }
  }
  const profile = signal.source && context.profileOf(signal.source.module);
  if (profile && signal.span) checkRegisterRange(context, id, signal.span, profile, signal.source?.channel ?? '');
}

function checkInitial(
  { report }: Context,
  id: string,
  signal: Signal,
  initial: number | boolean,
  isBoolean: boolean,
): void {
  const path = ['signals', id, 'setting', 'initial'];
  if (typeof initial === 'number' && signal.span) {
    const [low, high] = signal.span;
    if (initial < low || initial > high)
      report(path, `is ${initial}, outside the span ${low}…${high}; choose a value within`);
  }
  if ((typeof initial === 'boolean') !== isBoolean) {
    report(path, `is ${initial}, but the signal is a ${isBoolean ? 'Boolean: true or false' : 'number'}`);
  }
}

/** What may be commanded fits into the register that it is written to. */
function checkRegisterRange(
  { report, draft }: Context,
  id: string,
  span: readonly [number, number],
  profile: Profile,
  channel: string,
): void {
  const output = profile.outputs[channel];
  const nominalRpm = draft.modules.get(draft.signals.get(id)?.source?.module ?? '')?.nominalRpm;
  const held = output && heldBy(output, nominalRpm);
  if (!held) return;
  const [low, high] = held.between;
  if (span[0] < low || span[1] > high) {
    report(
      ['signals', id, 'span'],
      `is ${span[0]}…${span[1]}, but ${held.by} holds ${round(low)}…${round(high)}; narrow it`,
    );
  }
}

/** The engineering values that an output can be given; null: it is a bit, or there is a fault about it already. */
function heldBy(
  output: Profile['outputs'][string],
  nominalRpm: number | undefined,
): { readonly by: string; readonly between: readonly [number, number] } | null {
  switch (output.kind) {
    case 'register': {
      const { min, max } = registerRange[output.type];
      return { by: 'the register', between: output.range ? sorted(output.range) : scaled(min, max, output) };
    }
    case 'bit-field':
      return { by: 'the bit field', between: scaled(0, fieldOf(0xffff, output.bits), output) };
    case 'drive-speed':
      return { by: 'the speed register', between: [-32_767, 32_767] };
    case 'drive-command': {
      const { reference, words } = output;
      const { min, max } = registerRange[reference.type];
      const scale =
        reference.nominalCounts === undefined ? reference.scale : (nominalRpm ?? NaN) / reference.nominalCounts;
      if (scale === undefined || Number.isNaN(scale)) return null;
      const most = max * scale;
      return {
        by: 'the speed reference',
        between: [words.reverse === undefined ? Math.max(min * scale, -most) : -most, most],
      };
    }
    case 'coil':
    case 'drive-bit':
    default:
      return null;
  }
}

function scaled(min: number, max: number, scaling: Scaling): readonly [number, number] {
  return sorted([engineeringOf(min, scaling), engineeringOf(max, scaling)]);
}

function sorted([from, to]: readonly [number, number]): readonly [number, number] {
  return from < to ? [from, to] : [to, from];
}

/** As a person would write it. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}

/** Signals that the control core works with by name. */
function checkComputed(context: Context): void {
  if (context.draft.unreadable.has('signals')) return;
  for (const id of Object.keys(derivedSignals)) {
    if (!context.draft.signals.has(id))
      context.report(['signals', id], 'is missing; declare it with title and derived: true');
  }
  const hold = 'machine.startBlockedByClient';
  if (context.draft.signals.has(hold)) {
    signalNamed(context, hold, { direction: 'setting', type: 'Boolean' }, ['signals', hold]);
  } else {
    context.report(
      ['signals', hold],
      'is missing; declare it with title and setting: { role: operator, initial: false }',
    );
  }
}
