import path from 'node:path';

import type { Configuration, ConfigurationFault } from '../../config/configuration.ts';
import { checkConfiguration, loadConfiguration } from '../../config/load.ts';
import { readYaml } from '../../config/yaml-file.ts';

export const factoryFile = path.join(import.meta.dirname, '..', '..', 'config', 'tvemicro.yaml');

export type Path = readonly (string | number)[];

/** One change of the factory file; without a value the thing at the path is removed. */
export interface Change {
  readonly path: Path;
  readonly value?: unknown;
}

type Group = Record<string | number, unknown>;

const factory = readYaml(factoryFile).content;

export function factoryDocument(): Record<string, unknown> {
  return structuredClone(factory) as Record<string, unknown>;
}

export function changed(...changes: readonly Change[]): Record<string, unknown> {
  const document = factoryDocument();
  for (const { path: at, ...rest } of changes) {
    let group: Group = document;
    for (const part of at.slice(0, -1)) group = (group[part] ??= {}) as Group;
    const last = at.at(-1) ?? '';
    if ('value' in rest) group[last] = rest.value;
    else delete group[last];
  }
  return document;
}

/** What the factory file says at a path. */
export function factoryValue(at: Path): unknown {
  let value: unknown = factory;
  for (const part of at) value = (value as Group)[part];
  return structuredClone(value);
}

/** The faults of the factory file after some changes. */
export function faultsAfter(...changes: readonly Change[]): readonly ConfigurationFault[] {
  return faultsOf(changed(...changes));
}

export function faultsOf(document: unknown, env: NodeJS.ProcessEnv = {}): readonly ConfigurationFault[] {
  const result = checkConfiguration(document, env);
  return result.ok ? [] : result.faults;
}

/** The factory machine, or a changed one that is expected to be sound. */
export function configurationAfter(...changes: readonly Change[]): Configuration {
  const result = checkConfiguration(changed(...changes), {});
  if (!result.ok) throw new Error(JSON.stringify(result.faults, null, 2));
  return result.configuration;
}

export function factoryConfiguration(env: NodeJS.ProcessEnv = {}): Configuration {
  const result = loadConfiguration(factoryFile, env);
  if (!result.ok) throw new Error(JSON.stringify(result.faults, null, 2));
  return result.configuration;
}
