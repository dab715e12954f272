import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { FileNodesetImageStore } from 'node-opcua';
import type { AddressSpaceLog } from '../library-log.ts';

const inflate = promisify(gunzip);

/**
 * Precompiled images of nodesets, which are replayed in place of parsing the XML. Each is found by the digest of its file,
 * so that a changed file is parsed anew. An image that is damaged counts as missing, and is then written anew: the library
 * itself would give up.
 */
export class NodesetImages extends FileNodesetImageStore {
  readonly #log: AddressSpaceLog;

  constructor(directory: string, log: AddressSpaceLog) {
    super({ directory });
    this.#log = log;
  }

  override async get(key: string): Promise<Uint8Array | undefined> {
    const image = await super.get(key);
    if (image === undefined) return undefined;
    try {
      await inflate(image);
      return image;
    } catch (cause) {
      this.#log.warn({ directory: this.directory, key, cause: String(cause) }, 'a nodeset image is damaged');
      return undefined;
    }
  }
}
