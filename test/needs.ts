import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'mocha';

interface Need {
  readonly name: string;
  readonly present: boolean;
  /** How to get it. */
  readonly how: string;
}

function program(name: string, how: string): Need {
  return { name, present: spawnSync('which', [name]).status === 0, how };
}

function file(name: string, path: string, how: string): Need {
  return { name, present: existsSync(path), how };
}

/** The general types of OPC 40083 (Plastics and Rubber). */
export const plasticsRubberFile = join(
  process.env['TVE_NODESETS'] ?? 'data/nodesets',
  'Opc.Ua.PlasticsRubber.GeneralTypes.NodeSet2.xml',
);

/** Programs from outside that some suites talk to. A suite whose program is missing is skipped with these words. */
export const needs = {
  socat: () => program('socat', 'apt-get install socat'),
  mbpoll: () => program('mbpoll', 'apt-get install mbpoll'),
  influxd: () => program('influxd', 'apt-get install influxdb influxdb-client'),
  chromium: () => file('chromium', '/usr/bin/chromium', 'apt-get install chromium'),
  postgresql: () => file('PostgreSQL 15', '/usr/lib/postgresql/15/bin/initdb', 'apt-get install postgresql'),
  tshark: () => program('tshark', 'apt-get install tshark'),
  cc: () => program('cc', 'apt-get install gcc'),
  libmodbus: () => file('libmodbus', '/usr/include/modbus/modbus.h', 'apt-get install libmodbus-dev'),
  plasticsRubber: () =>
    file(
      'OPC 40083',
      plasticsRubberFile,
      'get it from github.com/OPCFoundation/UA-Nodeset, TVE_NODESETS names its folder',
    ),
  asyncua: () => pythonModule('asyncua'),
  pymodbus: () => pythonModule('pymodbus'),
  nodesets: () => ({
    name: 'the nodesets of OPC 40083 and OPC 40084',
    present: nodesetsDir !== undefined,
    how: 'TVE_NODESETS=FOLDER with the NodeSet2 files of UA-Nodeset/PlasticsRubber',
  }),
} as const;

/** The Python that has the independent clients and servers; TVE_PYTHON names it. */
export const python = process.env['TVE_PYTHON'] ?? 'python3';

/** Folder with the NodeSet2 files of OPC 40083 and 40084, which are not in this repository. */
export const nodesetsDir = process.env['TVE_NODESETS'];

function pythonModule(name: string): Need {
  const present = spawnSync(python, ['-c', `import ${name}`]).status === 0;
  return {
    name: `Python package ${name}`,
    present,
    how: `python3 -m venv V && V/bin/pip install ${name}, then TVE_PYTHON=V/bin/python`,
  };
}

/** Skips the present test or suite, saying why and what to install, unless all of `wanted` are there. */
export function need(context: Context, ...wanted: readonly (keyof typeof needs)[]): void {
  const missing = wanted.map((key) => needs[key]()).filter(({ present }) => !present);
  if (missing.length === 0) return;
  for (const { name, how } of missing) console.log(`  skipped for want of ${name}: ${how}`);
  context.skip();
}
