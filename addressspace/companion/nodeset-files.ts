import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AddressSpaceLog } from '../library-log.ts';
import { modelUris } from './models.ts';

/** A NodeSet2 file in memory: only of a whole document the library keeps an image that it finds again. */
export interface NodesetFile {
  /** Its path. */
  readonly name: string;
  readonly source: Uint8Array;
}

/** The library could not load the files, or their types are not those that their models promise. */
export class NodesetError extends Error {
  readonly code = 'NODESET_UNUSABLE';

  constructor(files: readonly NodesetFile[], cause: unknown) {
    const names = files.map(({ name }) => name).join(', ');
    super(`the OPC UA nodesets cannot be used: ${reasonOf(cause)} (of ${names})`, { cause });
    this.name = 'NodesetError';
  }
}

/** What a file says about itself before its nodes begin. */
interface NodesetHeader {
  readonly file: NodesetFile;
  readonly models: readonly Model[];
  readonly required: readonly Model[];
}

interface Model {
  readonly uri: string;
  readonly version: string;
}

/** Come with the server and are loaded in any case. */
const brought: ReadonlySet<string> = new Set([
  'http://opcfoundation.org/UA/',
  modelUris.device,
  'http://opcfoundation.org/UA/IA/',
  modelUris.machinery,
]);

/**
 * The NodeSet2 files in a folder that describe an extruder: the one with the OPC 40084-3 model and those that it requires,
 * in no particular order. Nothing else in the folder is loaded: it would cost time and memory at every start.
 *
 * @returns none when the folder is not there, or when something is missing in it; the log says what
 */
export async function extruderNodesets(
  folder: string | undefined,
  log: AddressSpaceLog,
): Promise<readonly NodesetFile[]> {
  if (folder === undefined) return [];
  const headers = await headersIn(folder, log);
  const providers = new Map<string, NodesetHeader>();
  for (const header of headers) {
    for (const { uri } of header.models) {
      const other = providers.get(uri);
      if (!other) providers.set(uri, header);
      else log.warn({ model: uri, file: header.file.name, used: other.file.name }, 'two nodesets have the same model');
    }
  }
  if (!providers.has(modelUris.extruder)) {
    if (headers.length > 0) {
      log.warn({ folder, missing: modelUris.extruder }, 'the nodeset files do not describe an extruder; none is used');
    }
    return [];
  }
  const chosen = new Set<NodesetFile>();
  const missing = missingFor({ uri: modelUris.extruder, version: '0' }, providers, chosen);
  if (missing.length > 0) {
    log.warn({ folder, missing }, 'the nodeset of the extruder cannot be used without what it requires');
    return [];
  }
  return [...chosen];
}

/** Adds the files of a model and of all that it requires; returns what no file has in the version required. */
function missingFor(model: Model, providers: ReadonlyMap<string, NodesetHeader>, chosen: Set<NodesetFile>): string[] {
  if (brought.has(model.uri)) return [];
  const provider = providers.get(model.uri);
  if (!provider) return [`${model.uri} ${model.version}`];
  const version = provider.models.find(({ uri }) => uri === model.uri)?.version ?? '0';
  if (isOlder(version, model.version)) {
    return [`${model.uri} ${model.version}; ${provider.file.name} has ${version}`];
  }
  if (chosen.has(provider.file)) return [];
  chosen.add(provider.file);
  return provider.required.flatMap((required) => missingFor(required, providers, chosen));
}

async function headersIn(folder: string, log: AddressSpaceLog): Promise<readonly NodesetHeader[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
      log.warn({ folder, cause: reasonOf(cause) }, 'the folder of nodeset files cannot be read');
    }
    return [];
  }
  const headers: NodesetHeader[] = [];
  for (const name of names.filter((each) => each.toLowerCase().endsWith('.xml')).toSorted()) {
    const file = join(folder, name);
    try {
      headers.push(headerOf({ name: file, source: await readFile(file) }));
    } catch (cause) {
      log.warn({ file, cause: reasonOf(cause) }, 'a nodeset file cannot be used and is left out');
    }
  }
  return headers;
}

/** @throws when the file is no NodeSet2 document, or is cut short: the library would load what there is of it */
function headerOf(file: NodesetFile): NodesetHeader {
  const text = Buffer.from(file.source).toString('utf8');
  const models = /<Models>([\s\S]*?)<\/Models>/.exec(text)?.[1];
  if (!text.includes('<UANodeSet') || models === undefined) throw new Error('it is no NodeSet2 document with models');
  if (!text.trimEnd().endsWith('</UANodeSet>')) throw new Error('it is cut short');
  return { file, models: modelsIn(models, 'Model'), required: modelsIn(models, 'RequiredModel') };
}

function modelsIn(text: string, element: 'Model' | 'RequiredModel'): Model[] {
  return [...text.matchAll(new RegExp(`<${element}\\s([^>]*)>`, 'g'))].map(([, attributes = '']) => ({
    uri: attribute(attributes, 'ModelUri'),
    version: attribute(attributes, 'Version') || '0',
  }));
}

function attribute(text: string, name: string): string {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? '';
}

/** Versions are numbers parted by points. */
function isOlder(version: string, required: string): boolean {
  const [is, should] = [version, required].map((each) => each.split('.').map(Number)) as [number[], number[]];
  for (let place = 0; place < Math.max(is.length, should.length); place++) {
    const difference = (is[place] ?? 0) - (should[place] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
