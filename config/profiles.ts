import { existsSync } from 'node:fs';
import path from 'node:path';

import { didYouMean } from './did-you-mean.ts';
import type { FaultList } from './fault.ts';
import { withWireAddresses } from './profile-addresses.ts';
import { checkOutputs } from './profile-outputs.ts';
import { checkValues } from './profile-values.ts';
import { Profile } from './schema/profile.ts';
import { describeIssues } from './schema-fault.ts';
import { readYaml } from './yaml-file.ts';

/** Register maps by name; null: the file is there but faulty, and has faults of its own. */
export type Profiles = ReadonlyMap<string, Profile | null>;

/** The factory's register maps. A `modules` folder beside the configuration file goes before it. */
export const factoryModulesDir = path.join(import.meta.dirname, 'modules');

/** Reads and checks the named register maps; what no folder has is left out. */
export function readProfiles(names: Iterable<string>, folders: readonly string[], faults: FaultList): Profiles {
  const profiles = new Map<string, Profile | null>();
  for (const name of new Set(names)) {
    const file = folders.map((folder) => path.join(folder, `${name}.yaml`)).find((candidate) => existsSync(candidate));
    if (file !== undefined) profiles.set(name, readProfile(name, file, faults));
  }
  return profiles;
}

function readProfile(name: string, file: string, faults: FaultList): Profile | null {
  const yaml = readYaml(file);
  const report = faults.reportIn(file, yaml.lineOf);
  for (const { line, message } of yaml.errors) faults.reportIn(file, () => line)([], message);
  if (yaml.errors.length > 0) return null;
  let sound = true;
  const fault: typeof report = (at, message) => {
    sound = false;
    report(at, message);
  };
  const content = withWireAddresses(yaml.content, yaml.sourceOf, fault);
  const parsed = Profile.safeParse(content);
  if (!parsed.success) {
    describeIssues(Profile, content, parsed.error.issues, [], report);
    return null;
  }
  const profile = parsed.data;
  if (profile.id !== name) fault(['id'], `is ${profile.id}, but the file is ${name}.yaml; give both the same name`);
  for (const channel of Object.keys(profile.outputs)) {
    if (Object.hasOwn(profile.inputs, channel)) {
      fault(['outputs', channel], 'is an input as well; give each channel a name of its own');
    }
  }
  for (const [index, status] of profile.status.entries()) {
    for (const channel of status.channels) {
      if (!Object.hasOwn(profile.inputs, channel)) {
        const guess = didYouMean(channel, Object.keys(profile.inputs));
        fault(
          ['status', index, 'channels'],
          `names ${channel}, which is no input${guess || '; inputs are named above'}`,
        );
      }
    }
  }
  checkOutputs(profile, fault);
  checkValues(profile, fault);
  if (profile.watchdog && profile.watchdog.minimumMs > profile.watchdog.maximumMs) {
    fault(['watchdog', 'minimumMs'], `is above maximumMs (${profile.watchdog.maximumMs} ms); exchange them`);
  }
  return sound ? profile : null;
}
