import { sound } from '../draft.ts';
import type { FaultPath } from '../fault.ts';
import type { Single } from '../schema/document.ts';
import { entryNamed, type Context } from './context.ts';

/** Sequences name drives and outputs that exist, a stop stops what a start started, and an emergency is one. */
export function checkSequences(context: Context): void {
  const { sequences } = context.draft;
  if (!sequences) return;
  for (const name of ['start', 'stop'] as const) {
    for (const [index, step] of sequences[name].entries()) {
      entryNamed(context, 'drives', step.drive, ['sequences', name, index, 'drive']);
    }
  }
  checkStart(context, sequences);
  checkStop(context, sequences);
  checkEmergency(context, sequences);
}

function checkStart({ draft, report }: Context, { start }: Single<'sequences'>): void {
  const started = new Set<string>();
  for (const [index, { drive, action }] of start.entries()) {
    const path = ['sequences', 'start', index];
    if (action === 'off')
      report([...path, 'action'], `is off, but a start only switches drives on; move it to the stop sequence`);
    else if (started.has(drive))
      report([...path, 'drive'], `is ${drive}, which an earlier step has started already; name it once`);
    else started.add(drive);
  }
  for (const [id, drive] of sound(draft.drives)) {
    if (drive.neededToStart && !started.has(id)) {
      report(
        ['sequences', 'start'],
        `leaves out ${id}, which is needed to start; add a step { drive: ${id}, action: on }`,
      );
    }
  }
}

function checkStop({ draft, report }: Context, { start, stop }: Single<'sequences'>): void {
  const stopped = new Set(stop.filter((step) => step.action === 'off').map((step) => step.drive));
  for (const [index, { action }] of stop.entries()) {
    if (action === 'on')
      report(['sequences', 'stop', index, 'action'], 'is on, but a stop only switches drives off; write off');
  }
  for (const drive of new Set(start.map((step) => step.drive))) {
    if (draft.drives.has(drive) && !stopped.has(drive)) {
      report(
        ['sequences', 'stop'],
        `leaves ${drive} running, which the start sequence starts; add { drive: ${drive}, action: off }`,
      );
    }
  }
}

function checkEmergency(context: Context, { emergency }: Single<'sequences'>): void {
  const { report, natureOf } = context;
  const actions = new Map<string, string>();
  for (const [index, { output, action }] of emergency.entries()) {
    const path: FaultPath = ['sequences', 'emergency', index, 'output'];
    entryNamed(context, 'signals', output, path);
    const nature = natureOf(output);
    if (nature && nature.direction !== 'output') report(path, `is ${output}, which is no output; name an output`);
    if (nature && nature.type !== 'Boolean' && action === 'on') {
      report(['sequences', 'emergency', index, 'action'], `is on, but ${output} is a number; write off or keep`);
    }
    if (actions.has(output)) report(path, `is ${output}, which an earlier line has already; name each output once`);
    actions.set(output, action);
  }
  for (const [output, owner] of dangerous(context)) {
    if (natureOf(output)?.direction === 'output' && actions.get(output) !== 'off') {
      report(
        ['sequences', 'emergency'],
        `does not switch off ${output} (${owner}); add { output: ${output}, action: off }`,
      );
    }
  }
}

/** What moves or heats: an emergency must switch it off. */
function* dangerous({ draft }: Context): Generator<readonly [output: string, owner: string]> {
  for (const [id, drive] of sound(draft.drives)) yield [drive.command, `drives.${id}`];
  for (const [id, zone] of sound(draft.zones)) yield [zone.output, `zones.${id}`];
  if (draft.heating) yield [draft.heating.contactor, 'heating'];
}
