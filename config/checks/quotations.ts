import { familyOf } from '../build/alarms.ts';
import { lookUp, quotableKeys, quotableSections, quotations, type Quotable } from '../build/quoting.ts';
import { didYouMean } from '../did-you-mean.ts';
import { sound } from '../draft.ts';
import type { Context } from './context.ts';

/** What the texts of an alarm quote in braces is declared: of every member of its family, or of a section. */
export function checkQuotations({ draft, report }: Context, key: string, texts: readonly string[]): void {
  const family = familyOf(key);
  const members = family ? [...sound<object>(draft[family.section])] : [];
  for (const words of new Set(texts.flatMap(quotations))) {
    if (words.includes('.')) {
      if (!isOfSection(words, draft)) {
        report(['alarms', key], `quotes {${words}}, which is not declared${nearestSectionKey(words, draft)}`);
      }
    } else if (family === null) {
      report(
        ['alarms', key],
        `quotes {${words}}, but only a family such as {ZONE}_… can; write it out, or as {section.key}`,
      );
    } else {
      const lacking = members.find(
        ([id, member]) => lookUp(words, { member: { ...member, id }, sections: draft }) === undefined,
      );
      if (lacking) {
        const known = ['id', ...quotableKeys(lacking[1])];
        report(
          ['alarms', key],
          `quotes {${words}}, which ${family.section}.${lacking[0]} does not have` +
            (didYouMean(words, known) || `; it has ${known.join(', ')}`),
        );
      }
    }
  }
}

/** A section that is malformed has faults of its own. */
function isOfSection(words: string, sections: Quotable['sections']): boolean {
  const section = quotableSections.find((name) => words.startsWith(`${name}.`));
  return (
    section !== undefined && (sections[section] === null || lookUp(words, { member: null, sections }) !== undefined)
  );
}

function nearestSectionKey(words: string, sections: Quotable['sections']): string {
  const known = quotableSections.flatMap((name) => quotableKeys(sections[name] ?? {}).map((key) => `${name}.${key}`));
  return didYouMean(words, known) || `; alarms can quote keys of ${quotableSections.join(', ')}`;
}
