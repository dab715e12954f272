import { isIP } from 'node:net';
import { hostname } from 'node:os';
import {
  MessageSecurityMode,
  type OPCUAServerOptions,
  RegisterServerMethod,
  SecurityPolicy,
  type UAUserManagerBase,
  nodesets,
} from 'node-opcua';
import type { NodesetFile } from './companion/nodeset-files.ts';
import type { NodesetImages } from './companion/nodeset-images.ts';
import type { Certificates } from './security/certificates.ts';

export interface AddressSpaceSettings {
  /** The one address that the server listens on. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly pkiDir: string;
  /** Offers security policy None besides the secure ones. */
  readonly allowUnsecured: boolean;
  /** Lets sessions without a user name read. */
  readonly allowAnonymous: boolean;
  readonly maxSessions: number;
  readonly applicationUri?: string;
  readonly productVersion: string;
  /** Folder of further NodeSet2 files; absent, or not there: OPC 40001-1 alone. */
  readonly nodesetsDir?: string;
  /** Folder for precompiled images of those files, which is made when it is missing; absent: they are parsed at every start. */
  readonly nodesetImagesDir?: string;
  /** Endpoint of a local discovery server to register with; absent: clients have to know the address. */
  readonly discoveryServer?: string | undefined;
  /** Where clients listen that this server connects to by itself (OPC 10000-6, 7.1.3); absent or empty: nowhere. */
  readonly reverseConnect?: readonly string[];
}

export const productName = 'TVEmicro';
const productUri = 'urn:tvemicro';
/** The null date of OPC UA: the product runs from its sources, nothing is built at a date. */
const notKnown = new Date(Date.UTC(1601, 0, 1));

/** OPC 10000-7 asks a standard server for 50 parallel sessions; the rest is room for engineering tools. */
export const leastSessions = 60;
/** Sockets beyond the sessions: discovery, and clients on their way in or out. */
const spareConnections = 20;
/** Sockets that are accepted in a rush before those that they drive out are gone; beyond them the system drops. */
const rushConnections = 100;

const megabyte = 1024 * 1024;
const kilobyte = 1024;

/** The largest request that a client may send and the largest answer that it may ask for. */
const largestMessage = 4 * megabyte;
const chunkSize = 64 * kilobyte;

export function serverOptions(
  settings: AddressSpaceSettings,
  certificates: Certificates,
  manufacturer: string,
  userManager: UAUserManagerBase,
  furtherNodesets: readonly NodesetFile[],
  images: NodesetImages | null,
): OPCUAServerOptions {
  const secure = [
    SecurityPolicy.Basic256Sha256,
    SecurityPolicy.Aes128_Sha256_RsaOaep,
    SecurityPolicy.Aes256_Sha256_RsaPss,
  ];
  return {
    host: settings.host,
    hostname: advertisedHost(settings.host),
    port: settings.port,
    resourcePath: `/${productName}`,
    nodesets: [nodesets.standard, nodesets.di, nodesets.ia, nodesets.machinery, ...furtherNodesets],
    ...(images && { nodesetLoaderOptions: { imageStore: images } }),
    serverCertificateManager: certificates.server,
    userCertificateManager: certificates.user,
    securityModes: [
      ...(settings.allowUnsecured ? [MessageSecurityMode.None] : []),
      MessageSecurityMode.Sign,
      MessageSecurityMode.SignAndEncrypt,
    ],
    securityPolicies: settings.allowUnsecured ? [SecurityPolicy.None, ...secure] : secure,
    allowAnonymous: settings.allowAnonymous,
    userManager,
    // Sessions by the library, writes and calls by us; they reach administrators alone.
    isAuditing: true,
    serverInfo: {
      applicationUri: certificates.applicationUri,
      productUri,
      applicationName: { text: productName, locale: 'en' },
    },
    buildInfo: {
      productName,
      productUri,
      manufacturerName: manufacturer,
      softwareVersion: settings.productVersion,
      buildNumber: settings.productVersion,
      buildDate: notKnown,
    },
    ...waysToBeFound(settings),
    ...limits(settings),
  };
}

/** Both off unless asked for. Registration is tried until it succeeds and repeated every 8 minutes, never waited for. */
function waysToBeFound({ discoveryServer, reverseConnect = [] }: AddressSpaceSettings): OPCUAServerOptions {
  return {
    ...(discoveryServer !== undefined && {
      registerServerMethod: RegisterServerMethod.LDS,
      discoveryServerEndpointUrl: discoveryServer,
      capabilitiesForMDNS: ['DA'],
    }),
    ...(reverseConnect.length > 0 && {
      reverseConnect: {
        connections: reverseConnect.map((endpointUrl) => ({ endpointUrl })),
        reconnectDelay: 1_000,
        maxReconnectDelay: 60_000,
      },
    }),
  };
}

function mostSessions({ maxSessions }: Pick<AddressSpaceSettings, 'maxSessions'>): number {
  return Math.max(leastSessions, maxSessions);
}

export function mostConnections(settings: Pick<AddressSpaceSettings, 'maxSessions'>): number {
  return mostSessions(settings) + spareConnections;
}

/** Clients can't connect to "every address": they are told the host's name then. */
function advertisedHost(host: string): string {
  const isEveryAddress = host === '0.0.0.0' || host === '::';
  if (isEveryAddress) return hostname();
  return isIP(host) === 6 ? `[${host}]` : host;
}

function limits(settings: AddressSpaceSettings): OPCUAServerOptions {
  const maxSessions = mostSessions(settings);
  return {
    maxConnectionsPerEndpoint: maxSessions + spareConnections + rushConnections,
    /** A socket that says nothing for so long before it has a secure channel is closed, ms. */
    timeout: 20_000,
    transportSettings: {
      adjustTransportLimits: (hello) => ({
        maxChunkCount: capped(hello.maxChunkCount, largestMessage / chunkSize),
        maxMessageSize: capped(hello.maxMessageSize, largestMessage),
        receiveBufferSize: capped(hello.receiveBufferSize, chunkSize),
        sendBufferSize: capped(hello.sendBufferSize, chunkSize),
      }),
    },
    serverCapabilities: {
      // Replaced once it is known what is served; the library's own list claims more.
      serverProfileArray: [],
      localeIdArray: ['en'],
      // 0: event-driven, every change goes out. Any other value is a window in which short Bad pulses vanish.
      minSupportedSampleRate: 0,
      maxSessions,
      maxSubscriptions: maxSessions * 5,
      maxSubscriptionsPerSession: 10,
      maxMonitoredItems: 200_000,
      maxMonitoredItemsPerSubscription: 5_000,
      maxMonitoredItemsQueueSize: 5_000,
      maxArrayLength: 10_000,
      maxStringLength: 64 * kilobyte,
      maxByteStringLength: largestMessage,
      maxBrowseContinuationPoints: 10,
      operationLimits: {
        maxNodesPerRead: 5_000,
        maxNodesPerWrite: 500,
        maxNodesPerMethodCall: 50,
        maxNodesPerBrowse: 2_000,
        maxNodesPerRegisterNodes: 5_000,
        maxNodesPerTranslateBrowsePathsToNodeIds: 2_000,
        maxMonitoredItemsPerCall: 5_000,
        maxNodesPerHistoryReadData: 100,
      },
    },
  };
}

/** 0 is "no limit of mine" in a Hello message. */
function capped(asked: number, cap: number): number {
  return asked > 0 ? Math.min(asked, cap) : cap;
}
