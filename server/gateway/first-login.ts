import { appendFile, chmod } from 'node:fs/promises';
import path from 'node:path';

export interface FirstLogin {
  readonly username: string;
  readonly password: string;
}

/** Keeps generated passwords where only the owner of the server reads them: one line `username password` each. */
export async function keepFirstLogin(dataDir: string, made: readonly FirstLogin[]): Promise<void> {
  if (made.length === 0) return;
  const file = path.join(dataDir, 'first-login.txt');
  await appendFile(file, made.map(({ username, password }) => `${username} ${password}\n`).join(''), { mode: 0o600 });
  await chmod(file, 0o600);
}
