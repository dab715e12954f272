import { cruise, type ICruiseResult } from 'dependency-cruiser';
import extractConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';

/** Fewer modules than this means that the cruiser did not understand the sources and its "no violations" says nothing. */
const leastModules = 60;

const product = [
  'machine',
  'config',
  'drivers',
  'addressspace',
  'api',
  'historian',
  'store',
  'operations',
  'server',
  'simulator',
];
const others = ['scripts', 'test', 'web/src'];

async function look(folders: readonly string[]): Promise<ICruiseResult> {
  const config = await extractConfig(new URL('../.dependency-cruiser.cjs', import.meta.url).pathname);
  const rules = { ...config.options, validate: true, ruleSet: { forbidden: config.forbidden } };
  const { output } = await cruise([...folders], rules as Parameters<typeof cruise>[1]);
  if (typeof output === 'string') throw new Error('dependency-cruiser gave a text where a result was asked for');
  return output;
}

/** Checks who imports whom against `.dependency-cruiser.cjs`. @returns the faults, and what was looked at */
export async function checkLayers(): Promise<{ faults: readonly string[]; summary: string }> {
  const { summary } = await look([...product, ...others]);
  const faults = summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
  if (summary.totalCruised < leastModules) {
    faults.push(`only ${summary.totalCruised} modules were looked at, at least ${leastModules} were expected`);
  }
  return { faults, summary: `${summary.totalCruised} modules, ${summary.totalDependenciesCruised ?? 0} dependencies` };
}

/** Who imports whom, folder by folder, as a Mermaid drawing; dotted where only types are imported. */
export async function drawLayers(): Promise<string> {
  const { modules } = await look(product);
  const edges = new Map<string, boolean>();
  for (const { source, dependencies } of modules) {
    for (const { resolved, typeOnly } of dependencies) {
      const [from, to] = [source.split('/')[0] ?? '', resolved.split('/')[0] ?? ''];
      if (from === to || !product.includes(to) || !product.includes(from)) continue;
      const edge = `${from} ${to}`;
      edges.set(edge, (edges.get(edge) ?? true) && typeOnly === true);
    }
  }
  const lines = [...edges]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([edge, typesOnly]) => {
      const [from, to] = edge.split(' ');
      return `  ${from} ${typesOnly ? '-.->' : '-->'} ${to}`;
    });
  return ['```mermaid', 'graph TD', ...lines, '```'].join('\n');
}
