import type { Quality } from '../machine/quality.ts';
import type { BitRange } from './codec/bits.ts';
import type { Scaling } from './codec/scaling.ts';
import type { Thermistor } from './codec/thermistor.ts';

/** What the configuration says about the wires: lines, the modules on them, and the register maps of their kinds. */
export interface FieldDeclaration {
  readonly lines: readonly LineDeclaration[];
  readonly modules: readonly ModuleDeclaration[];
  readonly bindings: readonly BindingDeclaration[];
  /** Outputs may change this often; missing: as often as their module is polled. Only reckoned with, never waited for. */
  readonly commandPeriodMs?: number;
}

/** One wire (or socket) on which one request is in flight at a time, or as many as its window says. */
export type LineDeclaration = NetworkLine | SerialLine;

export type NetworkLine = LineTiming & {
  readonly transport: 'tcp' | 'udp' | 'rtu-over-tcp' | 'ascii-over-tcp';
  readonly host: string;
  readonly port: number;
};

export type SerialLine = LineTiming & { readonly transport: 'rtu' | 'ascii'; readonly path: string };

/** Where a line goes: to a socket, or to a serial port of this computer. */
export type LinePlace = { readonly host: string; readonly port: number } | { readonly path: string };

/** Whether it goes through a socket, to a host and port; else it is a serial port, which has a path. */
export function isNetworkLine<Line extends LinePlace>(line: Line): line is Extract<Line, { readonly host: string }> {
  return 'host' in line;
}

/** In words: `192.168.1.20:502`, or the path of a serial port. */
export function placeOf(line: LinePlace): string {
  return isNetworkLine(line) ? `${line.host}:${line.port}` : line.path;
}

export interface LineTiming {
  readonly id: string;
  /** Per request, from the last byte sent to the last received. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Serial format; on `rtu-over-tcp` it only paces the gaps. */
  readonly baudRate: number;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
  /** Missing: 8. RTU needs 8; ASCII gets along with 7. */
  readonly dataBits?: 7 | 8;
  /** Extra silence before each request, beyond 3.5 characters, in ms. */
  readonly turnaroundMs: number;
  /** Back-off between attempts to reconnect, doubling up to the cap, with jitter. */
  readonly reconnectMs: number;
  readonly reconnectCapMs: number;
  /**
   * Requests that may be in flight at once, 1…16; missing: 1. More than 1 only on `tcp` and `udp`, and only where the device
   * or gateway is known to take them: many drop what they did not expect.
   */
  readonly window?: number;
  /**
   * The adapter repeats what was sent, as two-wire ones do that can't switch their receiver off; missing: it does not. Nothing
   * but the declaration tells: the reply to the write of a single value is byte for byte what was sent.
   */
  readonly echo?: boolean;
}

export interface ModuleDeclaration {
  readonly id: string;
  readonly line: string;
  readonly unit: number;
  readonly simulated: boolean;
  readonly pollPeriodMs: number;
  /** Written to the module's own watchdog on connect and checked again every 5 s; null: the module has none. */
  readonly watchdogMs: number | null;
  readonly profile: ProfileDeclaration;
}

export interface FunctionsDeclaration {
  /** FC22: bits of a register are changed without touching its others, which are somebody else's. */
  readonly maskWrite?: boolean;
  /** FC23: what is written is read back in the same request. */
  readonly readWrite?: boolean;
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
  /** What tells this kind from others; missing: nothing does. */
  readonly identity?: readonly IdentityMark[];
  /** Most registers and bits in one request. */
  readonly limits: { readonly registers: number; readonly bits: number };
  /** Undeclared registers or bits between two declared ones that the module answers and may be read over; missing: none. */
  readonly readableGap?: number;
  /** Functions beyond the usual ones that the module is known to have; missing: none. */
  readonly functions?: FunctionsDeclaration;
}

export type ReadArea = 'input' | 'holding' | 'coil' | 'discrete';
/** `bcd4` and `bcd8`: binary-coded decimal of four and eight digits. */
export type RegisterType =
  'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'float32' | 'float64' | 'bcd4' | 'bcd8';
/** Order on the wire, most significant byte A; see the register codec for values of four words. */
export type WordOrder = 'ABCD' | 'CDAB' | 'BADC' | 'DCBA';

/** Where a channel is read: a value of `type`, or one `bit` or some `bits` of a register, or a coil or discrete input. */
export interface InputChannel extends Scaling {
  readonly area: ReadArea;
  readonly address: number;
  readonly type?: RegisterType;
  readonly order?: WordOrder;
  readonly bit?: number;
  /** Several bits of a register as an unsigned number. */
  readonly bits?: BitRange;
  readonly sentinels?: readonly Sentinel[];
  /** Raw values that no sound sensor gives, such as 3.6 mA and less and 21 mA and more of a 4–20 mA loop (NAMUR NE 43). */
  readonly failure?: { readonly atOrBelow?: number; readonly atOrAbove?: number };
  /** The scaled value is a resistance in ohms, or the share of a divider, and becomes °C. */
  readonly thermistor?: Thermistor;
}

/** A raw value that is a code, not a measurement. */
export interface Sentinel {
  /** The raw value; as a text its bit pattern in hexadecimal, such as 0x8000, most significant digit first. */
  readonly raw: number | string;
  readonly quality: Exclude<Quality, 'Good'>;
  readonly meaning: string;
}

/** How an output is written and read back. */
export type OutputChannel =
  | (Scaling & {
      readonly kind: 'register';
      readonly address: number;
      readonly type: RegisterType;
      readonly order?: WordOrder;
    })
  /**
   * Several bits of a holding register as an unsigned number. Bits that no signal decides are written 0, or with
   * `keepsOthers` as they were last read; then nothing is written before the register was read.
   */
  | (Scaling & {
      readonly kind: 'bit-field';
      readonly address: number;
      readonly bits: BitRange;
      readonly keepsOthers?: boolean;
    })
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
  /**
   * The same, under the same rules, for drives that want whole control words. Without `words.reverse` the sign of the
   * reference says the direction, where its type has one; else the drive does not run backward.
   */
  | {
      readonly kind: 'drive-command';
      readonly control: number;
      readonly words: { readonly stop: number; readonly forward: number; readonly reverse?: number };
      readonly reference: {
        readonly address: number;
        readonly type: RegisterType;
        readonly order?: WordOrder;
        /** rpm per count; missing: 1. */
        readonly scale?: number;
      };
      readonly start?: DriveStart;
    }
  /** One bit of the control word of the same drive, for example its fault reset. */
  | { readonly kind: 'drive-bit'; readonly control: number; readonly bit: number };

/** Control words on the way to running: each is written until the bits of `mask` of the status word read `until`. */
export interface DriveStart {
  readonly area: 'input' | 'holding';
  readonly address: number;
  readonly mask: number;
  readonly steps: readonly { readonly word: number; readonly until: number }[];
}

export interface StatusBit {
  readonly area: ReadArea;
  readonly address: number;
  /** Bit of the register; 0 for a coil or discrete input. */
  readonly bit: number;
  readonly meaning: string;
  readonly quality: Exclude<Quality, 'Good'>;
  /** Input channels that it condemns. */
  readonly channels: readonly string[];
}

/** Registers that hold the same in every module of its kind: a number, or a text that has `contains` in it. */
export type IdentityMark = {
  readonly area: 'input' | 'holding';
  readonly address: number;
} & ({ readonly equals: number } | { readonly registers: number; readonly contains: string });

export interface WatchdogDeclaration {
  /** Holding register of the time. */
  readonly address: number;
  /** Time that one count of it stands for; missing: 1. */
  readonly msPerCount?: number;
  /** Holding register and value of the outputs' safe state, where the module takes one. */
  readonly safeState: { readonly address: number; readonly value: number } | null;
  /** Written first and not read back: what stops the watchdog, or clears that it has expired. */
  readonly prepare?: readonly WatchdogWrite[];
  /** Written after the time and read back: what switches it on. */
  readonly enable?: WatchdogWrite;
  /** Written three times within the time, its values in turn; missing: any request feeds the watchdog. */
  readonly feed?: { readonly area: 'coil' | 'holding'; readonly address: number; readonly values: readonly number[] };
  /** Reads `active` in the bits of `mask` while the module watches and has not expired. */
  readonly status?: {
    readonly area: ReadArea;
    readonly address: number;
    readonly mask: number;
    readonly active: number;
  };
}

export interface WatchdogWrite {
  readonly area: 'coil' | 'holding';
  readonly address: number;
  readonly value: number;
}

/** Which signal is which channel of which module. */
export interface BindingDeclaration {
  readonly signal: string;
  readonly module: string;
  readonly channel: string;
  readonly direction: 'input' | 'output';
  /** How often an input is read, where that differs from its module. */
  readonly pollPeriodMs?: number;
}
