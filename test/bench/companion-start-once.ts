import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OPCUACertificateManager, OPCUAServer, nodesets } from 'node-opcua';
import { startTestServer } from '../addressspace/plant.ts';
import { factoryMachine } from '../machine/factory.ts';

/** Run as a process: starts one server and prints how long that took, in ms, without the loading of the code. */
const [which, folder = '', ownDir = ''] = process.argv.slice(2);
const declaration = factoryMachine();
const beginMs = performance.now();
const close = which === 'ours' ? await ours() : await bare();
console.log(performance.now() - beginMs);
await close();

async function ours(): Promise<() => Promise<void>> {
  const settings = {
    pkiDir: join(ownDir, 'pki'),
    nodesetsDir: folder,
    nodesetImagesDir: join(ownDir, 'images'),
  };
  const server = await startTestServer(settings, {}, declaration);
  return () => server.dispose();
}

/** The library's server as it comes, with the nodesets that ours loads for the extruder. */
async function bare(): Promise<() => Promise<void>> {
  const wanted = ['PlasticsRubber.GeneralTypes', 'Extrusion_v2.GeneralTypes', 'Extrusion_v2.Extruder'];
  const files = readdirSync(folder).filter((name) => wanted.some((each) => name.endsWith(`${each}.NodeSet2.xml`)));
  const rootFolder = join(ownDir, 'bare');
  const server = new OPCUAServer({
    port: 0,
    nodesets: [
      nodesets.standard,
      nodesets.di,
      nodesets.ia,
      nodesets.machinery,
      ...files.map((name) => join(folder, name)),
    ],
    serverCertificateManager: new OPCUACertificateManager({ rootFolder }),
  });
  await server.initialize();
  await server.start();
  return () => server.shutdown(0);
}
