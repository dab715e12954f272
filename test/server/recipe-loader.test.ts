import assert from 'node:assert/strict';
import { pino } from 'pino';
import { loadConfiguration } from '../../config/load.ts';
import type { CommandOutcome, Principal } from '../../machine/commands/command.ts';
import type { CommandGate, CommandRequest } from '../../machine/ports.ts';
import { StoreUnavailableError } from '../../operations/ports/failure.ts';
import type { RecipeLoader, RecipeRequest } from '../../operations/ports/recipes.ts';
import { Mirror } from '../../server/gateway/mirror.ts';
import { recipeLoader } from '../../server/gateway/recipe-loader.ts';
import { openStore, type Store } from '../../store/open-store.ts';
import { silentLog, temporaryFolder } from '../store/stores.ts';

const log = pino({ level: 'silent' });
const loaded = loadConfiguration('config/tvemicro.yaml', {});
const otto: Principal = { name: 'otto', role: 'operator', kind: 'person' };
const olga: Principal = { name: 'olga', role: 'observer', kind: 'person' };
const content = { zones: { zone1: { setpointC: 250 } }, drives: {} };

const broken = async (): Promise<never> => Promise.reject(new SyntaxError('Unexpected end of JSON input'));
const away = async (): Promise<never> => Promise.reject(new StoreUnavailableError('away'));

describe('loading a recipe by its name', () => {
  let store: Store;
  let folder: ReturnType<typeof temporaryFolder>;
  let requests: CommandRequest[];
  let loader: RecipeLoader;
  let told: unknown[][];

  const gate: CommandGate = {
    async request(request): Promise<CommandOutcome> {
      requests.push(request);
      return { accepted: true, commandId: 'c1', state: 'IDLE' };
    },
  };
  const onRefused = (request: RecipeRequest, outcome: CommandOutcome, durationMs: number): void => {
    const code = outcome.accepted ? null : outcome.reasons[0]?.code;
    told.push([request.origin, request.name, code]);
    assert.ok(durationMs >= 0);
  };
  const by = { principal: otto, origin: 'rest', station: '10.0.0.7' } as const;
  const ways = [by, { ...by, origin: 'opcua' }] as const;

  function loaderOn(parts: Partial<Pick<Store, 'recipes' | 'audit'>>, to = log): RecipeLoader {
    assert.ok(loaded.ok);
    const machine = new Mirror(loaded.configuration.machine, log, 0);
    return recipeLoader({ recipes: store.recipes, audit: store.audit, ...parts, gate, machine, onRefused, log: to });
  }

  async function refusal(request: RecipeRequest): Promise<readonly [kind: string, code: string | undefined]> {
    const outcome = await loader.load(request);
    assert.ok(!outcome.accepted);
    return [outcome.kind, outcome.reasons[0]?.code];
  }

  beforeEach(async () => {
    folder = temporaryFolder();
    store = await openStore({ databaseUrl: null, dataDir: folder.path, log: silentLog });
    await store.recipes.create('PET', content, { name: 'erna', atMs: 1, reason: null });
    requests = [];
    told = [];
    loader = loaderOn({});
  });
  afterEach(async () => {
    await store.close();
    folder.remove();
  });

  it('passes the gate with the whole recipe, whichever way it is asked for', async () => {
    for (const way of ways) assert.equal((await loader.load({ ...way, name: 'pet' })).accepted, true);
    assert.deepEqual(
      requests,
      ways.map((way) => ({ ...way, action: { name: 'loadRecipe', recipe: { name: 'PET', version: 1, ...content } } })),
    );
    assert.deepEqual((await store.audit.list({ limit: 9 })).items, [], 'what passes the gate is audited there');
    assert.deepEqual(told, [], 'and recorded there');
  });

  it('leaves the same audit both ways when there is no such recipe', async () => {
    for (const way of ways) assert.deepEqual(await refusal({ ...way, name: 'PP' }), ['unknown', 'UNKNOWN_RECIPE']);
    const { items } = await store.audit.list({ limit: 9 });
    assert.deepEqual(
      items.map(({ actor, origin, station, action, args, result }) => [actor, origin, station, action, args, result]),
      ['opcua', 'rest'].map((origin) => ['otto', origin, '10.0.0.7', 'loadRecipe', { recipe: 'PP' }, 'refused']),
    );
    assert.deepEqual(items[0]?.reasons, items[1]?.reasons);
    assert.deepEqual(
      told,
      ways.map(({ origin }) => [origin, 'PP', 'UNKNOWN_RECIPE']),
      'the history of commands has what the gate never saw',
    );
    assert.deepEqual(requests, []);
  });

  it('looks for no name that can’t be one, and keeps no more of it than a name can be long', async () => {
    loader = loaderOn({ recipes: { ...store.recipes, find: away } });
    assert.deepEqual(await refusal({ ...by, name: 'P'.repeat(5_000) }), ['unknown', 'UNKNOWN_RECIPE']);
    const [entry] = (await store.audit.list({ limit: 9 })).items;
    assert.deepEqual(entry?.args, { recipe: `${'P'.repeat(60)}…` });
    assert.ok((entry.reasons[0]?.text ?? '').length < 200);
  });

  it('does not tell who lacks the right which recipes there are, and notes the attempt', async () => {
    for (const name of ['PET', 'PP']) {
      assert.deepEqual(await refusal({ ...by, principal: olga, name }), ['permission', 'NOT_PERMITTED']);
    }
    assert.equal((await store.audit.list({ limit: 9, actor: 'olga' })).items.length, 2);
    assert.deepEqual(requests, []);
  });

  it('is refused when another version is the newest by now', async () => {
    await store.recipes.change('PET', 1, content, { name: 'erna', atMs: 2, reason: null });
    assert.deepEqual(await refusal({ ...by, name: 'PET', ifVersion: 1 }), ['state', 'RECIPE_CHANGED']);
    const [entry] = (await store.audit.list({ limit: 9 })).items;
    assert.deepEqual(entry?.args, { recipe: 'PET', version: 1 }, 'the version that was asked for');
    assert.equal((await loader.load({ ...by, name: 'PET', ifVersion: 2 })).accepted, true);
  });

  it('is refused, not left open, while the database is away', async () => {
    loader = loaderOn({ recipes: { ...store.recipes, find: away }, audit: { ...store.audit, append: away } });
    assert.deepEqual(await refusal({ ...by, name: 'PET' }), ['unavailable', 'STORE_UNAVAILABLE']);
    assert.deepEqual(requests, []);
  });

  it('is refused, and the log tells why, when what is stored can’t be read', async () => {
    const lines: string[] = [];
    const toLines = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
    loader = loaderOn({ recipes: { ...store.recipes, find: broken } }, toLines);
    assert.deepEqual(await refusal({ ...by, name: 'PET' }), ['unavailable', 'RECIPE_UNREADABLE']);
    assert.match(lines.join(''), /Unexpected end of JSON input/u);
    const [entry] = (await store.audit.list({ limit: 9 })).items;
    assert.deepEqual([entry?.args, entry?.result], [{ recipe: 'PET' }, 'refused']);
    assert.deepEqual(requests, []);
  });

  it('is refused within some seconds by a database that is silent when the attempt is to be noted', async () => {
    loader = loaderOn({ audit: { ...store.audit, append: async () => new Promise<never>(() => undefined) } });
    assert.deepEqual(await refusal({ ...by, name: 'PP' }), ['unknown', 'UNKNOWN_RECIPE']);
  });
});
