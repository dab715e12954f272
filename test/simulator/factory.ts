import { loadConfiguration } from '../../config/load.ts';
import type { Configuration } from '../../config/configuration.ts';

/** The factory machine, without anything of the developer's environment. */
export function factoryConfiguration(): Configuration {
  const loaded = loadConfiguration('config/tvemicro.yaml', {});
  if (!loaded.ok) throw new Error(`the factory configuration is wrong: ${JSON.stringify(loaded.faults)}`);
  return loaded.configuration;
}
