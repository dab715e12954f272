import { type Catalogue, english } from './english.ts';

/** The languages there are, by their code. A further one is a file like english.ts and a line here. */
const catalogues: Readonly<Record<string, Catalogue>> = { en: english };

function preferred(): string {
  const code = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in catalogues);
  return code ?? 'en';
}

export const language = preferred();

/** The texts of the page in the reader's language. */
export const say: Catalogue = catalogues[language] ?? english;
