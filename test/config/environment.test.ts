import assert from 'node:assert/strict';

import fc from 'fast-check';

import { withEnvironment } from '../../config/environment.ts';
import { pathText } from '../../config/fault.ts';
import { factoryConfiguration, factoryDocument, faultsOf } from './factory.ts';

function filled(value: unknown, env: NodeJS.ProcessEnv = {}): { value: unknown; faults: string[] } {
  const faults: string[] = [];
  const inner = withEnvironment({ value }, env, (path, message) => faults.push(`${pathText(path)} ${message}`));
  return { value: (inner as { value: unknown }).value, faults };
}

describe('a reference to the environment', () => {
  for (const [text, env, value] of [
    ['${PORT:5020}', {}, 5020],
    ['${PORT:5020}', { PORT: '6020' }, 6020],
    ['${PORT:5020}', { PORT: '' }, 5020],
    ['${PORT}', { PORT: '6020' }, 6020],
    ['${SHARE:0.5}', { SHARE: '-1.5e-3' }, -0.0015],
    ['${DEMO:false}', { DEMO: 'true' }, true],
    ['${SITE:factory}', {}, 'factory'],
    ['${SITE:factory}', { SITE: '4711' }, '4711'],
    ['${SITE:}', {}, ''],
    ['http://${HOST:localhost}:${PORT:80}/', { HOST: 'plc' }, 'http://plc:80/'],
    ['$${HOST}', { HOST: 'plc' }, '${HOST}'],
    ['a$${HOST} b${HOST}', { HOST: 'plc' }, 'a${HOST} bplc'],
    ['{title}', {}, '{title}'],
    ['costs $5', {}, 'costs $5'],
    [5, {}, 5],
    [null, {}, null],
  ] as const) {
    it(`turns ${JSON.stringify(text)} with ${JSON.stringify(env)} into ${JSON.stringify(value)}`, () => {
      assert.deepEqual(filled(text, env), { value, faults: [] });
    });
  }

  it('is filled in wherever it stands, in lists as well', () => {
    const tree = { a: [{ b: '${X:1}' }], c: 'x' };
    assert.deepEqual(
      withEnvironment(tree, { X: '2' }, () => assert.fail()),
      { a: [{ b: 2 }], c: 'x' },
    );
  });

  it('is a fault when there is neither value nor default', () => {
    assert.deepEqual(filled('${TOKEN}').faults, [
      'value needs the environment variable TOKEN, which is not set; set it or write ${TOKEN:default}',
    ]);
  });

  it('is not looked for in what the environment says', () => {
    fc.assert(
      fc.property(fc.string(), (said) => {
        fc.pre(said !== '');
        assert.equal(filled('${SAID:text}', { SAID: said }).value, said);
        assert.equal(filled('<${SAID:text}>', { SAID: said }).value, `<${said}>`);
      }),
    );
  });

  it('takes the module ports of the factory file from the ports of the simulator', () => {
    const { field } = factoryConfiguration({ TVE_SIM_RTU_PORT: '15021', TVE_SIM_TCP_PORT: '15020' });
    assert.deepEqual(
      field.lines.map((line) => 'port' in line && line.port),
      [15_021, 15_020],
    );
  });

  it('is checked like anything else in the file', () => {
    const faults = faultsOf(factoryDocument(), { TVE_SIM_RTU_PORT: 'five' });
    assert.deepEqual(
      faults.map(({ path }) => path),
      ['lines.rtu0.port'],
    );
    assert.match(faults[0]?.message ?? '', /is "five"; expected: TCP port/);
  });
});
