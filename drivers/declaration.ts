import type { Quality } from '../machine/quality.ts';

/** What the configuration says about the wires: lines, the modules on them, and the register maps of their kinds. */
export interface FieldDeclaration {
  readonly lines: readonly LineDeclaration[];
  readonly modules: readonly ModuleDeclaration[];
  readonly bindings: readonly BindingDeclaration[];
  /** Outputs may change this often; missing: as often as their module is polled. Only reckoned with, never waited for. */
  readonly commandPeriodMs?: number;
}

/** One wire (or socket) on which one request is in flight at a time. */
export type LineDeclaration = LineTiming &
  (
    | { readonly transport: 'tcp' | 'rtu-over-tcp'; readonly host: string; readonly port: number }
    | { readonly transport: 'rtu'; readonly path: string }
  );

export interface LineTiming {
  readonly id: string;
  /** Per request, from the last byte sent to the last received. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Serial format; on `rtu-over-tcp` it only paces the gaps. */
  readonly baudRate: number;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
  /** Extra silence before each request, beyond 3.5 characters, in ms. */
  readonly turnaroundMs: number;
  /** Back-off between attempts to reconnect, doubling up to the cap, with jitter. */
  readonly reconnectMs: number;
  readonly reconnectCapMs: number;
}

export interface ModuleDeclaration {
  readonly id: string;
  readonly line: string;
  readonly unit: number;
  readonly simulated: boolean;
  readonly pollPeriodMs: number;
  /** Written to the module's own watchdog on connect and checked again every 10 s; null: the module has none. */
  readonly watchdogMs: number | null;
  readonly profile: ProfileDeclaration;
}

/** Register map of one kind of module, zero-based protocol addresses. */
export interface ProfileDeclaration {
  readonly id: string;
  readonly title: string;
  /** Manual and revision that the map was taken from. */
  readonly manual: string;
  /** Verified on the real device, or only against its manual or simulator. */
  readonly verified: boolean;
  readonly inputs: Readonly<Record<string, InputChannel>>;
  readonly outputs: Readonly<Record<string, OutputChannel>>;
  /** Status bits that condemn channels: while set, these channels read `quality`. */
  readonly status: readonly StatusBit[];
  readonly watchdog: WatchdogDeclaration | null;
  /** Most registers and bits in one request. */
  readonly limits: { readonly registers: number; readonly bits: number };
  /** Undeclared registers or bits between two declared ones that the module answers and may be read over; missing: none. */
  readonly readableGap?: number;
}

export type ReadArea = 'input' | 'holding' | 'coil' | 'discrete';
export type RegisterType = 'int16' | 'uint16' | 'int32' | 'uint32' | 'float32';
/** Byte order of two-word values on the wire, most significant byte A. */
export type WordOrder = 'ABCD' | 'CDAB' | 'BADC' | 'DCBA';

/** Where a channel is read: a whole value of `type`, or one `bit` of a register, or one coil or discrete input. */
export interface InputChannel {
  readonly area: ReadArea;
  readonly address: number;
  readonly type?: RegisterType;
  readonly order?: WordOrder;
  readonly bit?: number;
  /** Engineering value = raw × scale + offset. */
  readonly scale?: number;
  readonly offset?: number;
  /** Raw values that are codes, not measurements. */
  readonly sentinels?: readonly { readonly raw: number; readonly quality: Quality; readonly meaning: string }[];
}

/** How an output is written and read back. */
export type OutputChannel =
  | {
      readonly kind: 'register';
      readonly address: number;
      readonly type: RegisterType;
      readonly order?: WordOrder;
      readonly scale?: number;
      readonly offset?: number;
    }
  | { readonly kind: 'coil'; readonly address: number }
  /**
   * A signed speed in rpm as control word (run bit, reverse bit) and magnitude. The run bit is never set again by the
   * driver after a gap until the core has commanded 0 once: nothing restarts unasked.
   */
  | {
      readonly kind: 'drive-speed';
      readonly control: number;
      readonly speed: number;
      readonly runBit: number;
      readonly reverseBit: number;
    }
  /** One bit of the control word of the same drive, for example its fault reset. */
  | { readonly kind: 'drive-bit'; readonly control: number; readonly bit: number };

export interface StatusBit {
  readonly area: 'input' | 'holding';
  readonly address: number;
  readonly bit: number;
  readonly meaning: string;
  readonly quality: Quality;
  /** Input channels that it condemns. */
  readonly channels: readonly string[];
}

export interface WatchdogDeclaration {
  /** Holding register of the time, in ms. */
  readonly address: number;
  /** Holding register and value of the outputs' safe state, where the module takes one. */
  readonly safeState: { readonly address: number; readonly value: number } | null;
}

/** Which signal is which channel of which module. */
export interface BindingDeclaration {
  readonly signal: string;
  readonly module: string;
  readonly channel: string;
  readonly direction: 'input' | 'output';
}
