/*
 * `npm run modules`: finds out what answers on a Modbus line, and what its registers hold. Only reads.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';

import { buildLine, buildProfile } from '../config/build/field.ts';
import { faultList } from '../config/fault.ts';
import { describeFaults } from '../config/load.ts';
import { factoryModulesDir, readProfiles } from '../config/profiles.ts';
import { Line } from '../config/schema/field.ts';
import { commission } from '../drivers/commissioning/commission.ts';
import { parseCommandLine, type Target, usage, UsageError } from '../drivers/commissioning/command-line.ts';
import type { LineDeclaration, ProfileDeclaration } from '../drivers/declaration.ts';

/** The register maps of the house; one that is faulty is told of and left out. */
function profiles(): ProfileDeclaration[] {
  const names = readdirSync(factoryModulesDir).filter((file) => file.endsWith('.yaml'));
  const faults = faultList(() => undefined);
  const read = readProfiles(
    names.map((file) => path.basename(file, '.yaml')),
    [factoryModulesDir],
    faults,
  );
  if (faults.all().length > 0) console.error(describeFaults(faults.all()));
  return [...read.values()].flatMap((profile) => (profile === null ? [] : [buildProfile(profile)]));
}

function lineOf(target: Target, timeoutMs: number): LineDeclaration {
  const { serial = '9600 8N1', ...where } = target;
  const format = target.transport === 'tcp' ? {} : { serial };
  return buildLine('line', Line.parse({ title: 'Commissioning', timeoutMs, ...where, ...format }));
}

try {
  const command = parseCommandLine(process.argv.slice(2));
  process.exitCode = await commission(command, {
    profiles,
    lineOf,
    say: (text) => console.log(text),
    tell: (text) => console.error(text),
  });
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
