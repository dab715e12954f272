import path from 'node:path';

import { buildField } from './build/field.ts';
import { buildMachine } from './build/machine.ts';
import { buildModbusServer } from './build/modbus-server.ts';
import { crossCheck } from './checks/cross-check.ts';
import { checkLoad } from './checks/load.ts';
import { checkPorts } from './checks/ports.ts';
import type { LoadResult } from './configuration.ts';
import { draftOf, sound } from './draft.ts';
import { withEnvironment } from './environment.ts';
import { describeFaults, faultList, type FaultList } from './fault.ts';
import { factoryModulesDir, readProfiles } from './profiles.ts';
import { Document } from './schema/document.ts';
import { settingsFrom } from './settings.ts';
import { readYaml } from './yaml-file.ts';

export { describeFaults, settingsFrom };

/**
 * Reads a configuration file and checks it whole: every fault is listed, none throws. Register maps are taken from
 * `modules/` beside the file first, then from the factory's.
 */
export function loadConfiguration(file: string, env: NodeJS.ProcessEnv): LoadResult {
  const yaml = readYaml(file);
  const faults = faultList(yaml.lineOf);
  if (yaml.errors.length > 0) {
    return {
      ok: false,
      faults: yaml.errors.map(({ line, message }) => ({ path: '', message, ...(line !== undefined && { line }) })),
    };
  }
  return check(yaml.content, env, path.join(path.dirname(path.resolve(file)), 'modules'), faults);
}

/** The same for a configuration that did not come from a file, for example one sent by a client. */
export function checkConfiguration(
  document: unknown,
  env: NodeJS.ProcessEnv,
  modulesDir = factoryModulesDir,
): LoadResult {
  return check(
    document,
    env,
    modulesDir,
    faultList(() => undefined),
  );
}

function check(content: unknown, env: NodeJS.ProcessEnv, modulesDir: string, faults: FaultList): LoadResult {
  const filled = withEnvironment(content, env, faults.report);
  const draft = draftOf(filled, faults.report);
  const wanted = [...sound(draft.modules)].map(([, module]) => module.profile);
  const profiles = readProfiles(wanted, [modulesDir, factoryModulesDir], faults);
  crossCheck(draft, profiles, faults.report);
  const server = settingsFrom(env, draft.server ?? {}, faults.report);
  if (draft.modbusServer) checkPorts(draft.modbusServer, server, faults.report);
  const found = faults.all();
  if (found.length > 0) return { ok: false, faults: found };
  const document = Document.parse(filled);
  const { opcua, http, history, hypercare, shifts } = document;
  const machine = buildMachine(document, profiles);
  const field = buildField(document, profiles);
  const modbusServer = buildModbusServer(document);
  checkLoad(field, faults.report);
  const overloaded = faults.all();
  if (overloaded.length > 0) return { ok: false, faults: overloaded };
  return { ok: true, configuration: { machine, field, server, opcua, http, modbusServer, history, hypercare, shifts } };
}
