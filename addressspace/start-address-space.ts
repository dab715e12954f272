import { LocalizedText, OPCUAServer, UserTokenType, resolveNodeId } from 'node-opcua';
import type { CommandGate, MachineView } from '../machine/ports.ts';
import type { AuditTrail } from '../operations/ports/audit.ts';
import type { CertificateTrust } from '../operations/ports/certificates.ts';
import type { HistoryReader } from '../operations/ports/history.ts';
import type { AlarmJournal } from '../operations/ports/journal.ts';
import type { RecipeLoader } from '../operations/ports/recipes.ts';
import { serveCancel } from './cancel-requests.ts';
import type { Attempts } from '../operations/ports/attempts.ts';
import { openCertificates } from './security/certificates.ts';
import { admitUserCertificates } from './security/user-certificates.ts';
import { TrustList } from './security/trust-list.ts';
import { raiseAuditEvents } from './commands/audit-events.ts';
import { serveAlarms } from './alarms/serve-alarms.ts';
import { leadWritesThroughGate } from './commands/gated-services.ts';
import { serveHistory } from './history/history-access.ts';
import { boundConnections } from './security/connections.ts';
import { letGoOfEndedSubscriptions } from './security/ended-subscriptions.ts';
import { closePermissions } from './security/permissions.ts';
import { type SignInAccounts, openIdentities } from './security/identities.ts';
import { sessionAudit } from './security/session-audit.ts';
import { type AddressSpaceLog, redirectLibraryLog } from './library-log.ts';
import { type Companion, addMachine } from './companion/companion.ts';
import { NodesetError, type NodesetFile, extruderNodesets } from './companion/nodeset-files.ts';
import { NodesetImages } from './companion/nodeset-images.ts';
import { addMethods } from './commands/methods.ts';
import { addModuleNodes } from './module-nodes.ts';
import { shieldConnections } from './security/shielded-connections.ts';
import { monitorByEvent } from './signals/monitoring.ts';
import { refuseUnfitItems, tellSampleRate } from './signals/unfit-items.ts';
import { serverProfiles } from './server-profiles.ts';
import { type AddressSpaceSettings, mostConnections, productName, serverOptions } from './server-settings.ts';
import { type SignalNode, addSignalNodes, permissionsOfAll } from './signals/signal-nodes.ts';

export const namespaceUri = 'urn:tvemicro:machine';

export interface AddressSpaceOptions {
  readonly machine: MachineView;
  readonly gate: CommandGate;
  readonly recipes: RecipeLoader;
  readonly accounts: SignInAccounts;
  /** Shared by every way to sign in. */
  readonly throttle: Attempts;
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
 * The OPC UA server of one machine: every signal as a node, settings and methods through the command gate. Further nodesets
 * that cannot be used are told to the log, and the machine is served without them.
 *
 * @throws when the port is taken or the certificates cannot be read or written
 */
export async function startAddressSpace(options: AddressSpaceOptions): Promise<RunningAddressSpace> {
  const { settings, log } = options;
  redirectLibraryLog(log);
  const nodesets = await extruderNodesets(settings.nodesetsDir, log);
  try {
    return await open(options, nodesets);
  } catch (cause) {
    if (!(cause instanceof NodesetError)) throw cause;
    log.error({ code: cause.code, cause: cause.message }, 'the machine is served by OPC 40001-1 alone');
    return await open(options, []);
  }
}

/** @throws NodesetError when the further nodesets cannot be loaded or are not what they seem */
async function open(
  options: AddressSpaceOptions,
  furtherNodesets: readonly NodesetFile[],
): Promise<RunningAddressSpace> {
  const { machine, settings, log } = options;
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
  const { nodesetImagesDir } = settings;
  const images = nodesetImagesDir === undefined ? null : new NodesetImages(nodesetImagesDir, log);
  const { manufacturer } = machine.declaration;
  const server = new OPCUAServer(
    serverOptions(settings, certificates, manufacturer, identities.userManager, furtherNodesets, images),
  );
  let unsubscribe: (() => void) | null = null;
  const trust = new TrustList(server, certificates, log);
  const endings: { close(): void }[] = [trust];
  try {
    await initialize(server, furtherNodesets);
    offerOnlyWhatIsKept(server);
    const { signals, companion } = await furnish(server, options, identities, furtherNodesets);
    identities.watch(server);
    companion.watchSessions(server, identities);
    endings.push(admitUserCertificates(server, { ...options, ...identities, entries, certificates }));
    boundConnections(server, mostConnections(settings));
    letGoOfEndedSubscriptions(server);
    monitorByEvent(server, [...signals.values(), ...companion.views.variables]);
    shieldConnections(server, log);
    refuseUnfitItems(server);
    serveCancel(server, log);
    tellSampleRate(server);
    server.engine.serverCapabilities.serverProfileArray = serverProfiles({
      ...settings,
      hasHistory: options.history !== null,
    });
    unsubscribe = machine.subscribe({
      ...companion.listener,
      signals: (updates) => {
        for (const update of updates) {
          signals.get(update.signal)?.publish(update);
          companion.views.publish(update);
        }
      },
    });
    await server.start();
  } catch (cause) {
    unsubscribe?.();
    for (const ending of endings) ending.close();
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

/** Loads the nodesets. What the library itself brings along loads always: a failure is that of the further ones. */
async function initialize(server: OPCUAServer, furtherNodesets: readonly NodesetFile[]): Promise<void> {
  try {
    await server.initialize();
  } catch (cause) {
    throw furtherNodesets.length > 0 ? new NodesetError(furtherNodesets, cause) : cause;
  }
}

/** Builds the machine's nodes and puts the gate before the services. */
async function furnish(
  server: OPCUAServer,
  { machine, gate, recipes, history, alarmJournal, settings, log }: AddressSpaceOptions,
  identities: ReturnType<typeof openIdentities>,
  nodesets: readonly NodesetFile[],
): Promise<{ readonly signals: ReadonlyMap<string, SignalNode>; readonly companion: Companion }> {
  const { addressSpace } = server.engine;
  if (!addressSpace) throw new Error('the OPC UA server has no address space after its initialization');
  const namespace = addressSpace.registerNamespace(namespaceUri);
  namespace.setDefaultRolePermissions(permissionsOfAll());
  const { productVersion } = settings;
  const companion = addMachine(namespace, { machine, gate, identities, productVersion, nodesets, log });
  const { object } = companion;
  const signals = addSignalNodes(namespace, object, machine, history !== null, log);
  addModuleNodes(namespace, object, machine);
  addMethods(namespace, object, { gate, recipes, identities, log });
  const written = new Map([...signals, ...companion.views.nodes]);
  leadWritesThroughGate(server, { signals: written, namespaceIndex: namespace.index, gate, identities, log });
  await serveAlarms(server, { namespace, object, machine, gate, identities, log });
  raiseAuditEvents(server, identities);
  serveHistory(server, { signals, namespace, machine: object, history, alarmJournal, log });
  closePermissions(server, addressSpace, namespace.index);
  return { signals, companion };
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
