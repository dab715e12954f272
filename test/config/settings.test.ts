import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import type { ServerSettings } from '../../config/configuration.ts';
import { pathText } from '../../config/fault.ts';
import { serverVariables, settingsFrom } from '../../config/settings.ts';
import { factoryDocument, faultsOf } from './factory.ts';

type Section = Parameters<typeof settingsFrom>[1];

function settings(env: NodeJS.ProcessEnv, section: Section = {}): { server: ServerSettings; faults: string[] } {
  const faults: string[] = [];
  const server = settingsFrom(env, section, (at, message) => faults.push(`${pathText(at)} ${message}`));
  return { server, faults };
}

describe('the settings of an installation', () => {
  it('are the defaults when nobody says anything', () => {
    assert.deepEqual(settings({}), {
      server: {
        dataDir: 'data',
        httpHost: '127.0.0.1',
        httpPort: 8080,
        opcuaHost: '127.0.0.1',
        opcuaPort: 4840,
        databaseUrl: null,
        influx: null,
        adminPassword: null,
        nodesetsDir: path.join('data', 'nodesets'),
        logLevel: 'info',
      },
      faults: [],
    });
  });

  for (const [variable, text, key, inFile, fromFile, fromEnvironment] of [
    ['TVE_DATA_DIR', '/var/lib/tve', 'dataDir', 'here', 'here', '/var/lib/tve'],
    ['TVE_HTTP_HOST', '0.0.0.0', 'httpHost', '10.0.0.1', '10.0.0.1', '0.0.0.0'],
    ['TVE_HTTP_PORT', '0', 'httpPort', 80, 80, 0],
    ['TVE_OPCUA_HOST', '::', 'opcuaHost', '10.0.0.1', '10.0.0.1', '::'],
    ['TVE_OPCUA_PORT', '14840', 'opcuaPort', 4841, 4841, 14_840],
    [
      'TVE_DATABASE_URL',
      'postgres://u:p@db/tve',
      'databaseUrl',
      'postgres://other/x',
      'postgres://other/x',
      'postgres://u:p@db/tve',
    ],
    ['TVE_ADMIN_PASSWORD', '123456789012', 'adminPassword', 'from the file', 'from the file', '123456789012'],
    ['TVE_NODESETS', '/opt/nodesets', 'nodesetsDir', 'sets', 'sets', '/opt/nodesets'],
    ['TVE_LOG_LEVEL', 'debug', 'logLevel', 'warn', 'warn', 'debug'],
  ] as const) {
    it(`take ${key} from ${variable} rather than from the file`, () => {
      const section = { [key]: inFile } as Section;
      assert.deepEqual([settings({}, section).server[key], settings({}, section).faults], [fromFile, []]);
      assert.deepEqual([settings({ [variable]: '' }, section).server[key]], [fromFile]);
      assert.deepEqual([settings({ [variable]: text }, section).server[key]], [fromEnvironment]);
    });
  }

  it('put the node sets into the data folder, wherever that is', () => {
    assert.equal(settings({ TVE_DATA_DIR: '/srv/tve' }).server.nodesetsDir, path.join('/srv/tve', 'nodesets'));
  });

  it('name the variable that is wrong', () => {
    const { faults } = settings({
      TVE_HTTP_PORT: 'eighty',
      TVE_OPCUA_PORT: '70000',
      TVE_LOG_LEVEL: 'debgu',
      TVE_DATABASE_URL: 'mysql://x',
    });
    assert.deepEqual(faults.map((fault) => fault.replace(/ .*/, '')).toSorted(), [
      'TVE_DATABASE_URL',
      'TVE_HTTP_PORT',
      'TVE_LOG_LEVEL',
      'TVE_OPCUA_PORT',
    ]);
    assert.match(faults.join('\n'), /TVE_LOG_LEVEL is "debgu", did you mean debug/);
  });

  it('report a wrong variable together with the faults of the file', () => {
    const document = { ...factoryDocument(), panel: undefined };
    assert.deepEqual(
      faultsOf(document, { TVE_HTTP_PORT: '-1' }).map(({ path: at }) => at),
      ['panel', 'TVE_HTTP_PORT'],
    );
  });

  it('write to InfluxDB 2.x with a token and to 1.x with a database', () => {
    const url = { TVE_INFLUX_URL: 'http://influx:8086' };
    assert.deepEqual(
      settings({ ...url, TVE_INFLUX_TOKEN: '42', TVE_INFLUX_ORG: 'plant', TVE_INFLUX_BUCKET: 'tve' }).server.influx,
      { flavour: 'v2', url: 'http://influx:8086', token: '42', org: 'plant', bucket: 'tve' },
    );
    assert.deepEqual(settings({ ...url, TVE_INFLUX_DATABASE: 'tve' }).server.influx, {
      flavour: 'v1',
      url: 'http://influx:8086',
      database: 'tve',
      username: null,
      password: null,
    });
    const file = { influx: { url: 'http://file:8086', database: 'tve', username: 'u' } };
    assert.deepEqual(settings({ TVE_INFLUX_PASSWORD: 'secret' }, file).server.influx, {
      flavour: 'v1',
      url: 'http://file:8086',
      database: 'tve',
      username: 'u',
      password: 'secret',
    });
  });

  for (const [title, env, fault] of [
    [
      'an address alone',
      { TVE_INFLUX_URL: 'http://i' },
      /server\.influx is incomplete; beside url it needs token and bucket/,
    ],
    ['a token without an address', { TVE_INFLUX_TOKEN: 't' }, /server\.influx\.url is missing; give TVE_INFLUX_URL/],
    [
      'both kinds at once',
      { TVE_INFLUX_URL: 'http://i', TVE_INFLUX_TOKEN: 't', TVE_INFLUX_DATABASE: 'd' },
      /of InfluxDB 1\.x .* and of 2\.x/,
    ],
    [
      'something that is no address',
      { TVE_INFLUX_URL: 'influx:8086' },
      /TVE_INFLUX_URL is "influx:8086", which is no address/,
    ],
  ] as const) {
    it(`refuse ${title} for InfluxDB`, () => {
      const { server, faults } = settings(env);
      assert.equal(server.influx, null);
      assert.match(faults.join('\n'), fault);
    });
  }

  it('never quote a password that is refused', () => {
    const { faults } = settings({ TVE_ADMIN_PASSWORD: 'secret-1', TVE_DATABASE_URL: 'mysql://u:secret-2@db' });
    assert.deepEqual(faults.toSorted(), [
      'TVE_ADMIN_PASSWORD is not right; expected: password of the first administrator, a text of at least 12 characters',
      'TVE_DATABASE_URL is not right; expected: PostgreSQL database, postgres://…; none: embedded SQLite',
    ]);
  });

  it('are all in .env.example, and nothing else is', () => {
    const example = readFileSync(path.join(import.meta.dirname, '..', '..', '.env.example'), 'utf8');
    const listed = [...example.matchAll(/^(TVE_[A-Z_]+)=/gm)].map((match) => match[1] ?? '');
    const others = ['TVE_CONFIG', 'TVE_SIM_TCP_PORT', 'TVE_SIM_RTU_PORT', 'TVE_SIM_CONTROL_PORT'];
    assert.deepEqual(listed.toSorted(), [...Object.keys(serverVariables), ...others].toSorted());
  });
});
