import type { FieldDeclaration } from '../drivers/declaration.ts';
import type { ModbusServerDeclaration } from '../drivers/modbus-server/declaration.ts';
import type { MachineDeclaration } from '../machine/declaration.ts';

/** The configuration file, checked whole, with defaults and the environment filled in. */
export interface Configuration {
  readonly machine: MachineDeclaration;
  /** Bindings name the averaged signal, not its raw sibling: readings come in under that id. */
  readonly field: FieldDeclaration;
  readonly server: ServerSettings;
  readonly opcua: OpcuaSettings;
  readonly http: HttpSettings;
  /** null: machine data is not offered over Modbus. */
  readonly modbusServer: ModbusServerDeclaration | null;
  readonly history: HistorySettings;
  readonly hypercare: HypercareSettings;
  readonly shifts: ShiftSettings;
}

/** Deployment settings: the file's `server` section, over which the environment wins (`TVE_…`). */
export interface ServerSettings {
  readonly dataDir: string;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly opcuaHost: string;
  readonly opcuaPort: number;
  /** null: the embedded SQLite file in the data directory. */
  readonly databaseUrl: string | null;
  /** null: embedded history. */
  readonly influx: InfluxSettings | null;
  readonly adminPassword: string | null;
  readonly nodesetsDir: string;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

export type InfluxSettings =
  | {
      readonly flavour: 'v2';
      readonly url: string;
      readonly token: string;
      readonly org: string;
      readonly bucket: string;
    }
  | {
      readonly flavour: 'v1';
      readonly url: string;
      readonly database: string;
      readonly username: string | null;
      readonly password: string | null;
    };

export interface OpcuaSettings {
  readonly allowUnsecured: boolean;
  readonly allowAnonymous: boolean;
  readonly maxSessions: number;
  /** Endpoint of a local discovery server; absent: no registration. */
  readonly discoveryServer?: string | undefined;
  /** Where clients listen for servers that connect by themselves. */
  readonly reverseConnect: readonly string[];
}

export interface HttpSettings {
  /** Addresses of the local panel: they may stop without signing in. */
  readonly panelAddresses: readonly string[];
  /** A reverse proxy stands before the server and says in X-Forwarded-For who asks. */
  readonly trustProxy: boolean;
  readonly sessionIdleMinutes: number;
  readonly sessionMaximumHours: number;
}

export interface HistorySettings {
  readonly rawRetentionDays: number;
  /** Disk budget of the spool. */
  readonly spoolMaximumMegabytes: number;
}

export interface HypercareSettings {
  readonly collectionPeriodMinutes: number;
  readonly targets: Readonly<
    Record<string, { readonly target: number; readonly unit: string; readonly direction: 'atLeast' | 'atMost' }>
  >;
}

export interface ShiftSettings {
  readonly timeZone: string;
  readonly shifts: readonly {
    readonly name: string;
    readonly from: string;
    readonly to: string;
    readonly production: boolean;
  }[];
  readonly holidays: readonly string[];
}

/** One thing wrong in the file: where, what, and what would be right. */
export interface ConfigurationFault {
  /** Path in the file, `modules.ai1.unit`. */
  readonly path: string;
  /** Continues the path as a sentence: "is 300, …". */
  readonly message: string;
  /** Line of the file, from 1; unknown when the configuration did not come from a file. */
  readonly line?: number;
  /** The file, where it is not the configuration file itself but a profile in `modules/`. */
  readonly file?: string;
}

export type LoadResult =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly faults: readonly ConfigurationFault[] };
