import { randomInt } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** argon2id (the package's default) at OWASP's first choice: 19 MiB, 2 passes, 1 lane; some 20 ms on a plant PC. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

const minimumLength = 12;
/** argon2 takes any length; this only bounds what a stranger can have us digest. */
const maximumLength = 256;

export async function hashPassword(password: string): Promise<string> {
  return hash(password, cost);
}

export async function matches(passwordHash: string, password: string): Promise<boolean> {
  return password.length <= maximumLength && verify(passwordHash, password);
}

let nobodysHash: Promise<string> | null = null;

/** Takes as long as a real check, so that the time of a refusal does not tell which user names exist. */
export async function pretendToMatch(password: string): Promise<false> {
  nobodysHash ??= hashPassword(generatedPassword());
  await verify(await nobodysHash, password.slice(0, maximumLength));
  return false;
}

/** No letters or digits that are mistaken for each other when read from paper. */
const legible = 'abcdefghjkmnpqrstuvwxyz23456789';

/** Four groups of four: 79 bits, readable over the phone. */
export function generatedPassword(): string {
  const letters = Array.from({ length: 16 }, () => legible[randomInt(legible.length)]).join('');
  return letters.replaceAll(/(.{4})(?!$)/gu, '$1-');
}

/** What is guessed first where such machines stand, beyond what the rules below catch. */
const guessedFirst = ['password', 'passwort', 'qwertz', 'qwerty', 'intarema', 'tvemicro', 'erema', 'administrator'];

/** Why a password is too weak, as one sentence for the person who chose it; null when it is not. */
export function weaknessOf(password: string, username: string): string | null {
  if (password.length < minimumLength) return `A password needs at least ${minimumLength} characters.`;
  if (password.length > maximumLength) return `A password has at most ${maximumLength} characters.`;
  const folded = password.normalize('NFKC').toLowerCase();
  if (username.length >= 3 && folded.includes(username.toLowerCase())) {
    return 'The password must not contain the user name.';
  }
  if (new Set(folded).size < 5) return 'The password repeats too few characters.';
  const remainder = guessedFirst.reduce((rest, word) => rest.replaceAll(word, ''), folded);
  if (remainder.replaceAll(/[\d\W_]/gu, '').length < 3 && remainder.length < minimumLength) {
    return 'The password is a word that is guessed first, with a little around it.';
  }
  return null;
}
