import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AddressSpaceLog } from '../library-log.ts';
import { modelUris } from './models.ts';

/** The file that could not be used is named in the cause; the machine is then served without it. */
export class NodesetError extends Error {
  readonly code = 'NODESET_UNUSABLE';

  constructor(files: readonly string[], cause: unknown) {
    super(`the OPC UA nodesets ${files.join(', ')} cannot be used: ${reasonOf(cause)}`, { cause });
    this.name = 'NodesetError';
  }
}

/** What a file says about itself before its nodes begin. */
interface NodesetHeader {
  readonly file: string;
  readonly models: readonly Model[];
  readonly required: readonly Model[];
}

interface Model {
  readonly uri: string;
  readonly version: string;
}

/** A header is a few kilobytes; what has not closed its models by here is no nodeset. */
const longestHeader = 256 * 1024;

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
export async function extruderNodesets(folder: string | undefined, log: AddressSpaceLog): Promise<readonly string[]> {
  if (folder === undefined) return [];
  const headers = await headersIn(folder, log);
  const providers = new Map<string, NodesetHeader>();
  for (const header of headers) {
    for (const { uri } of header.models) {
      const other = providers.get(uri);
      if (other) log.warn({ model: uri, file: header.file, used: other.file }, 'two nodeset files have the same model');
      else providers.set(uri, header);
    }
  }
  if (!providers.has(modelUris.extruder)) {
    if (headers.length > 0) {
      log.warn({ folder, missing: modelUris.extruder }, 'the nodeset files do not describe an extruder; none is used');
    }
    return [];
  }
  const chosen = new Set<string>();
  const missing = missingFor({ uri: modelUris.extruder, version: '0' }, providers, chosen);
  if (missing.length > 0) {
    log.warn({ folder, missing }, 'the nodeset of the extruder cannot be used without what it requires');
    return [];
  }
  return [...chosen];
}

/** Adds the files of a model and of all that it requires; returns what no file has in the version required. */
function missingFor(model: Model, providers: ReadonlyMap<string, NodesetHeader>, chosen: Set<string>): string[] {
  if (brought.has(model.uri)) return [];
  const provider = providers.get(model.uri);
  if (!provider) return [`${model.uri} ${model.version}`];
  const version = provider.models.find(({ uri }) => uri === model.uri)?.version ?? '0';
  if (isOlder(version, model.version)) {
    return [`${model.uri} ${model.version}; ${provider.file} has ${version}`];
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
      headers.push(headerOf(file, await beginningOf(file)));
    } catch (cause) {
      log.warn({ file, cause: reasonOf(cause) }, 'a nodeset file cannot be read and is left out');
    }
  }
  return headers;
}

async function beginningOf(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(longestHeader), 0, longestHeader, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function headerOf(file: string, text: string): NodesetHeader {
  const models = /<Models>([\s\S]*?)<\/Models>/.exec(text)?.[1];
  if (!text.includes('<UANodeSet') || models === undefined) throw new Error('it is no NodeSet2 file with models');
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
