import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { factoryMachine } from '../machine/factory.ts';
import { need, nodesetsDir, python } from '../needs.ts';
import { bringToLife, setState } from './extruder-plant.ts';
import { type TestServer, passwordOf, startTestServer } from './plant.ts';

const run = promisify(execFile);

describe('The extruder through asyncua, by nothing but its specification', function () {
  this.timeout(40_000);
  let server: TestServer;

  before(async function () {
    need(this, 'asyncua', 'nodesets');
    server = await startTestServer({ nodesetsDir: nodesetsDir ?? '' }, {}, factoryMachine());
  });
  after(() => server?.dispose());

  it('is found, read, given a setpoint, started, stopped and held', async () => {
    bringToLife(server.plant);
    setState(server.plant, 'READY');
    server.plant.measure('machine.startPermitted', true);
    const script = join(import.meta.dirname, 'companion_client.py');
    const { stdout } = await run(python, [script, server.endpointUrl, 'otto', passwordOf('otto')]);
    assert.deepEqual(JSON.parse(stdout), {
      type: 'Extruder_InterfaceType',
      serial: 'TVE-0001',
      actual: 199,
      unit: '°C',
      setpoint: 205,
      start: 2,
      state: 'Executing',
    });
    assert.deepEqual(
      server.gate.requests.map(({ action, principal }) => [action.name, principal.name]),
      [
        ['write', 'otto'],
        ['start', 'otto'],
        ['stop', 'otto'],
        ['blockStart', 'otto'],
      ],
    );
  });
});
