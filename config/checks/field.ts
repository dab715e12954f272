import { placeOf } from '../../drivers/declaration.ts';
import { sound } from '../draft.ts';
import type { Entry } from '../schema/document.ts';
import { entryNamed, type Context } from './context.ts';

/** Lines and modules: the wires are each used once, and every module can be reached, read and made safe. */
export function checkField(context: Context): void {
  checkLines(context);
  checkUnits(context);
  for (const [id, module] of sound(context.draft.modules)) {
    entryNamed(context, 'lines', module.line, ['modules', id, 'line']);
    if (!context.profiles.has(module.profile)) {
      context.report(
        ['modules', id, 'profile'],
        `is ${module.profile}, but there is no config/modules/${module.profile}.yaml; add that register map or name another`,
      );
    }
    checkWatchdog(context, id, module);
    checkNominalSpeed(context, id, module);
    checkSafeOn(context, id, module);
  }
}

function checkLines({ draft, report }: Context): void {
  const places = new Map<string, string>();
  for (const [id, line] of sound(draft.lines)) {
    const place = `${line.transport === 'udp' ? 'udp:' : ''}${placeOf(line)}`;
    const other = places.get(place);
    if (other !== undefined) {
      report(['lines', id], `goes to ${place}, where ${other} goes already; put the modules of both on one line`);
    }
    places.set(place, id);
    if (line.reconnectMs > line.reconnectCapMs) {
      report(
        ['lines', id, 'reconnectMs'],
        `is ${line.reconnectMs} ms, longer than reconnectCapMs (${line.reconnectCapMs} ms); the first pause is the shortest`,
      );
    }
  }
}

function checkUnits({ draft, report }: Context): void {
  const units = new Map<string, string>();
  for (const [id, { line, unit }] of sound(draft.modules)) {
    const other = units.get(`${line}/${unit}`);
    if (other !== undefined) {
      report(
        ['modules', id, 'unit'],
        `is ${unit}, which ${other} has on ${line} already; give each module there its own`,
      );
    }
    units.set(`${line}/${unit}`, id);
  }
}

function checkWatchdog({ report, profileOf }: Context, id: string, module: Entry<'modules'>): void {
  const profile = profileOf(id);
  if (!profile) return;
  const path = ['modules', id, 'watchdogMs'];
  const { watchdog } = profile;
  const time = module.watchdogMs;
  const step = watchdog?.msPerCount ?? 1;
  if (watchdog === undefined) {
    if (typeof time === 'number')
      report(path, `is ${time} ms, but a module of the kind ${profile.id} has no watchdog; remove it`);
    return;
  }
  const range = `${watchdog.minimumMs}…${watchdog.maximumMs} ms`;
  if (time === undefined) {
    report(
      path,
      `is missing; a module of the kind ${profile.id} has a watchdog of ${range}; give a time, or null for none`,
    );
  } else if (time !== null && (time < watchdog.minimumMs || time > watchdog.maximumMs)) {
    report(path, `is ${time} ms, but a module of the kind ${profile.id} takes ${range}`);
  } else if (time !== null && time % step !== 0) {
    report(
      path,
      `is ${time} ms, but a module of the kind ${profile.id} counts in steps of ${step} ms; ` +
        `take ${Math.max(step, Math.floor(time / step) * step)} ms`,
    );
  } else if (time !== null && time < 2 * module.pollPeriodMs) {
    report(
      path,
      `is ${time} ms, less than two poll periods (${2 * module.pollPeriodMs} ms); one lost request would stop the machine`,
    );
  }
}

/** Drives that count speed in shares of the nominal one need to know it; on all others it would say nothing. */
function checkNominalSpeed({ report, profileOf }: Context, id: string, module: Entry<'modules'>): void {
  const profile = profileOf(id);
  if (!profile) return;
  const isNeeded =
    Object.values(profile.inputs).some((input) => input.nominalCounts !== undefined) ||
    Object.values(profile.outputs).some(
      (output) => output.kind === 'drive-command' && output.reference.nominalCounts !== undefined,
    );
  const path = ['modules', id, 'nominalRpm'];
  if (isNeeded && module.nominalRpm === undefined) {
    report(
      path,
      `is missing; a module of the kind ${profile.id} counts speed in shares of the motor's nominal speed; give it in rpm, as on its plate`,
    );
  } else if (!isNeeded && module.nominalRpm !== undefined) {
    report(path, `is ${module.nominalRpm} rpm, but a module of the kind ${profile.id} does not ask for it; remove it`);
  }
}

/** What goes on when the watchdog expires: coils of this module, where it takes a safe state at all. */
function checkSafeOn(context: Context, id: string, module: Entry<'modules'>): void {
  const profile = context.profileOf(id);
  if (!profile || module.safeOn === undefined) return;
  if (profile.watchdog?.safeStateAddress === undefined) {
    context.report(
      ['modules', id, 'safeOn'],
      `is given, but a module of the kind ${profile.id} takes no safe state; remove it`,
    );
    return;
  }
  for (const [index, name] of module.safeOn.entries()) {
    const path = ['modules', id, 'safeOn', index];
    const signal = entryNamed(context, 'signals', name, path);
    const channel = signal?.source?.module === id ? signal.source.channel : null;
    if (signal && (channel === null || profile.outputs[channel]?.kind !== 'coil')) {
      context.report(path, `is ${name}, which is no relay output of ${id}; name outputs of this module only`);
    }
  }
}
