import { AttributeIds } from 'node-opcua';
import { Clients } from './clients.ts';
import { startTestServer } from './plant.ts';

/** Run as a process: a server that makes its certificate, is talked to, rightly and wrongly, and ends. */
const server = await startTestServer({ pkiDir: process.argv[2] ?? '' });
const clients = new Clients();
const session = await clients.connectedAs(server.endpointUrl, null);
await session.read({ nodeId: 'ns=99;s=nowhere', attributeId: AttributeIds.Value });
await clients.connect(server.endpointUrl, { user: 'otto', password: 'guess' }).catch(() => undefined);
await clients.close();
await server.dispose();
