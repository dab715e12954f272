import { existsSync } from 'node:fs';
import path from 'node:path';

import { maskOf } from '../drivers/codec/bits.ts';
import { wordsOf } from '../drivers/codec/registers.ts';
import type { RegisterType } from '../drivers/declaration.ts';
import { didYouMean } from './did-you-mean.ts';
import type { FaultList, Report } from './fault.ts';
import { withWireAddresses } from './profile-addresses.ts';
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
  const content = withWireAddresses(yaml.content, fault);
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
  if (profile.watchdog && profile.watchdog.minimumMs > profile.watchdog.maximumMs) {
    fault(['watchdog', 'minimumMs'], `is above maximumMs (${profile.watchdog.maximumMs} ms); exchange them`);
  }
  return sound ? profile : null;
}

/** A bit that two outputs decide would be as the one says that was commanded last. */
function checkOutputs(profile: Profile, fault: Report): void {
  const taken = new Map<number, { channel: string; mask: number }[]>();
  for (const [channel, output] of Object.entries(profile.outputs)) {
    for (const { register, mask } of decidedBits(output)) {
      const others = taken.get(register) ?? [];
      const other = others.find((candidate) => (candidate.mask & mask) !== 0);
      if (other !== undefined) {
        fault(
          ['outputs', channel],
          `decides bits of holding register ${register} that ${other.channel} decides already; give each bit one channel`,
        );
      }
      taken.set(register, [...others, { channel, mask }]);
    }
  }
}

type Output = Profile['outputs'][string];

/** The bits of holding registers that an output decides, by zero-based address. */
function decidedBits(output: Output): { register: number; mask: number }[] {
  switch (output.kind) {
    case 'register':
      return wholly(output.address, output.type);
    case 'bit-field':
      return [{ register: output.address, mask: maskOf(output.bits) }];
    case 'drive-bit':
      return [{ register: output.control, mask: 1 << output.bit }];
    case 'drive-speed':
      return [
        { register: output.control, mask: (1 << output.runBit) | (1 << output.reverseBit) },
        ...wholly(output.speed, 'int16'),
      ];
    case 'drive-command': {
      const { words, start, control, reference } = output;
      const mask = [words.stop, words.forward, words.reverse ?? 0, ...(start?.steps ?? []).map((step) => step.word)];
      return [
        { register: control, mask: mask.reduce((all, each) => all | each, 0) },
        ...wholly(reference.address, reference.type),
      ];
    }
    case 'coil':
    default:
      return [];
  }
}

function wholly(first: number, type: RegisterType): { register: number; mask: number }[] {
  return Array.from({ length: wordsOf(type) }, (_, index) => ({ register: first + index, mask: 0xffff }));
}
