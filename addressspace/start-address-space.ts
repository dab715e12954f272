import { LocalizedText, OPCUAServer, UserTokenType, resolveNodeId } from 'node-opcua';
import type { CommandGate, MachineView } from '../machine/ports.ts';
import type { AuditTrail } from '../operations/ports/audit.ts';
import type { CertificateTrust } from '../operations/ports/certificates.ts';
import type { HistoryReader } from '../operations/ports/history.ts';
import type { AlarmJournal } from '../operations/ports/journal.ts';
import type { RecipeLoader } from '../operations/ports/recipes.ts';
import type { SignInThrottle } from '../operations/sign-in-throttle.ts';
import { openCertificates } from './security/certificates.ts';
import { admitUserCertificates } from './security/user-certificates.ts';
import { TrustList } from './security/trust-list.ts';
import { raiseAuditEvents } from './commands/audit-events.ts';
import { leadWritesThroughGate } from './commands/gated-services.ts';
import { serveHistory } from './history/history-access.ts';
import { boundConnections } from './security/connections.ts';
import { closePermissions } from './security/permissions.ts';
import { type SignInAccounts, openIdentities } from './security/identities.ts';
import { sessionAudit } from './security/session-audit.ts';
import { type AddressSpaceLog, redirectLibraryLog } from './library-log.ts';
import { listAmongMachines } from './companion/machinery.ts';
import { addMethods } from './commands/methods.ts';
import { addModuleNodes } from './module-nodes.ts';
import { monitorByEvent } from './signals/monitoring.ts';
import { type AddressSpaceSettings, mostConnections, productName, serverOptions } from './server-settings.ts';
import { type SignalNode, addSignalNodes, permissionsOfAll } from './signals/signal-nodes.ts';

export const namespaceUri = 'urn:tvemicro:machine';

export interface AddressSpaceOptions {
  readonly machine: MachineView;
  readonly gate: CommandGate;
  readonly recipes: RecipeLoader;
  readonly accounts: SignInAccounts;
  /** Shared by every way to sign in. */
  readonly throttle: SignInThrottle;
  /** Sessions are entered here; commands are by the gate. */
  readonly audit: Pick<AuditTrail, 'append'>;
  /** null: no history; the nodes say so. */
  readonly history: HistoryReader | null;
  /** null: no history of events. */
  readonly alarmJournal: AlarmJournal | null;
  readonly settings: AddressSpaceSettings;
  readonly log: AddressSpaceLog;
}

export interface RunningAddressSpace {
  readonly endpointUrl: string;
  sessions(): number;
  /** Whom it trusts, and its own certificate. */
  readonly certificates: CertificateTrust;
  /** Announces the end, waits so long that subscribed clients hear of it, then closes. Repeated calls wait for the same end. */
  close(): Promise<void>;
}

/** How long clients have between the announcement and the end of their sessions, ms. */
const farewellMs = 1_500;

/**
 * The OPC UA server of one machine: every signal as a node, settings and methods through the command gate.
 *
 * @throws when the port is taken or the certificates cannot be read or written
 */
export async function startAddressSpace(options: AddressSpaceOptions): Promise<RunningAddressSpace> {
  const { machine, settings, log } = options;
  redirectLibraryLog(log);
  const certificates = await openCertificates({
    pkiDir: settings.pkiDir,
    host: settings.host,
    product: productName,
    organization: machine.declaration.manufacturer || productName,
    applicationUri: settings.applicationUri,
    machineId: machine.declaration.id,
  });
  const entries = sessionAudit(options.audit, log);
  const identities = openIdentities({ ...options, entries });
  const server = new OPCUAServer(
    serverOptions(settings, certificates, machine.declaration.manufacturer, identities.userManager),
  );
  let unsubscribe: (() => void) | null = null;
  const trust = new TrustList(server, certificates, log);
  const endings: { close(): void }[] = [trust];
  try {
    await server.initialize();
    offerOnlyWhatIsKept(server);
    const signals = furnish(server, options, identities);
    identities.watch(server);
    endings.push(admitUserCertificates(server, { ...options, ...identities, entries, certificates }));
    boundConnections(server, mostConnections(settings));
    monitorByEvent(server, signals);
    unsubscribe = machine.subscribe({
      signals: (updates) => {
        for (const update of updates) signals.get(update.signal)?.publish(update);
      },
    });
    await server.start();
  } catch (cause) {
    unsubscribe?.();
    await server.shutdown(0);
    throw cause;
  }
  const endpointUrl = server.getEndpointUrl();
  log.info({ endpointUrl, pki: settings.pkiDir }, 'OPC UA server is up');
  return {
    endpointUrl,
    sessions: () => (server.engine.addressSpace ? server.engine.currentSessionCount : 0),
    certificates: trust,
    close: closer(server, unsubscribe, endings),
  };
}

/** Builds the machine's nodes and puts the gate before the services. */
function furnish(
  server: OPCUAServer,
  { machine, gate, recipes, history, alarmJournal, settings, log }: AddressSpaceOptions,
  identities: ReturnType<typeof openIdentities>,
): ReadonlyMap<string, SignalNode> {
  const { addressSpace } = server.engine;
  if (!addressSpace) throw new Error('the OPC UA server has no address space after its initialization');
  const namespace = addressSpace.registerNamespace(namespaceUri);
  namespace.setDefaultRolePermissions(permissionsOfAll());
  const object = namespace.addObject({
    nodeId: 's=machine',
    browseName: machine.declaration.id,
    displayName: machine.declaration.title,
    description: `${machine.declaration.manufacturer} ${machine.declaration.model}, ${machine.declaration.site}`,
    organizedBy: addressSpace.rootFolder.objects,
  });
  const signals = addSignalNodes(namespace, object, machine, history !== null, log);
  addModuleNodes(namespace, object, machine);
  addMethods(namespace, object, { gate, recipes, identities, log });
  listAmongMachines(addressSpace, object, machine.declaration, settings.productVersion);
  leadWritesThroughGate(server, { signals, namespaceIndex: namespace.index, gate, identities, log });
  raiseAuditEvents(server, identities);
  serveHistory(server, { signals, namespace, machine: object, history, alarmJournal, log });
  closePermissions(server, addressSpace, namespace.index);
  return signals;
}

/** Methods of the Server object that the library brings along: SetSubscriptionDurable, RequestServerStateChange. */
const broughtAlong = ['i=12749', 'i=12886'];

/**
 * Takes back what the library promises and we don't keep: tokens of an authorization service; subscriptions that outlive
 * a power cut, which would be kept in memory for up to 100 days for anybody; a change of the server's state.
 */
function offerOnlyWhatIsKept(server: OPCUAServer): void {
  for (const endpoint of server.endpoints) {
    for (const description of endpoint.endpointDescriptions()) {
      description.userIdentityTokens = (description.userIdentityTokens ?? []).filter(
        ({ tokenType }) => tokenType !== UserTokenType.IssuedToken,
      );
    }
  }
  for (const nodeId of broughtAlong) server.engine.addressSpace?.deleteNode(resolveNodeId(nodeId));
}

function closer(
  server: OPCUAServer,
  unsubscribe: () => void,
  endings: readonly { close(): void }[],
): () => Promise<void> {
  let closing: Promise<void> | null = null;
  return () => {
    closing ??= (async () => {
      server.engine.setShutdownReason(new LocalizedText({ text: 'The server is being stopped', locale: 'en' }));
      await server.shutdown(server.engine.currentSessionCount > 0 ? farewellMs : 0);
      unsubscribe();
      for (const ending of endings) ending.close();
    })();
    return closing;
  };
}
