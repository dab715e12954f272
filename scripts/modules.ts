/*
 * `npm run modules`: finds out what answers on a Modbus line, and what its registers hold. Only reads.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { buildLine, buildProfile } from '../config/build/field.ts';
import { faultList } from '../config/fault.ts';
import { describeFaults } from '../config/load.ts';
import { factoryModulesDir, readProfiles } from '../config/profiles.ts';
import { Line } from '../config/schema/field.ts';
import { commission } from '../drivers/commissioning/commission.ts';
import { parseCommandLine, type Target, usage, UsageError } from '../drivers/commissioning/command-line.ts';
import { Pause } from '../drivers/pause.ts';
import type { LineDeclaration, ProfileDeclaration } from '../drivers/declaration.ts';

/** The register maps of these folders, the first going before the others; one that is faulty is told of and left out. */
function profilesIn(folders: readonly string[]): ProfileDeclaration[] {
  const files = folders.flatMap((folder) => readdirSync(folder)).filter((file) => file.endsWith('.yaml'));
  const names = files.map((file) => path.basename(file, '.yaml')).toSorted();
  const faults = faultList(() => undefined);
  const read = readProfiles(names, folders, faults);
  if (faults.all().length > 0) console.error(describeFaults(faults.all()));
  return [...read.values()].flatMap((profile) => (profile === null ? [] : [buildProfile(profile)]));
}

function lineOf(target: Target, timeoutMs: number): LineDeclaration {
  const { serial = '9600 8N1', ...where } = target;
  const format = target.transport === 'tcp' ? {} : { serial };
  return buildLine('line', Line.parse({ title: 'Commissioning', timeoutMs, ...where, ...format }));
}

const pause = new Pause();
let isEnding = false;

try {
  const command = parseCommandLine(process.argv.slice(2));
  const folders = [...(command.folder === undefined ? [] : [command.folder]), factoryModulesDir];
  const absent = folders.find((folder) => !existsSync(folder));
  if (absent !== undefined) throw new UsageError(`--modules is ${absent}, and there is no such folder`);
  // a scan is just broken off; who watches is let go of the line in order
  if ('watchMs' in command) {
    process.once('SIGINT', () => {
      isEnding = true;
      pause.end();
    });
  }
  process.exitCode = await commission(command, {
    profiles: () => profilesIn(folders),
    lineOf,
    say: (text) => console.log(text),
    tell: (text) => console.error(text),
    again: async (afterMs) => {
      await pause.wait(afterMs);
      return !isEnding;
    },
  });
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
