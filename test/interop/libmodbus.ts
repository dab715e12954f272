import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export interface BuiltPrograms {
  readonly slave: string;
  readonly master: string;
  remove(): Promise<void>;
}

/** Compiles the C programs of this folder against Debian's libmodbus. @throws Error with what the compiler says */
export async function buildLibmodbusPrograms(): Promise<BuiltPrograms> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tve-libmodbus-'));
  const build = async (name: string): Promise<string> => {
    const program = path.join(folder, name);
    const source = path.join('test', 'interop', `${name}.c`);
    await promisify(execFile)('cc', [
      '-std=gnu11',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-O1',
      source,
      '-lmodbus',
      '-o',
      program,
    ]);
    return program;
  };
  const [slave, master] = await Promise.all([build('libmodbus_slave'), build('libmodbus_master')]);
  return { slave, master, remove: () => rm(folder, { recursive: true, force: true }) };
}
