import { parseArgs, type ParseArgsConfig } from 'node:util';
import { type AddressNotation, addressNotations, pduAddress } from '../codec/address-notation.ts';
import type { ReadArea } from '../declaration.ts';

/** Where the modules are: what a line of the configuration would say of it. */
export type Target =
  | {
      readonly transport: 'tcp' | 'rtu-over-tcp';
      readonly host: string;
      readonly port: number;
      readonly serial?: string;
    }
  | { readonly transport: 'rtu'; readonly path: string; readonly serial?: string };

export type CommandLine = (
  | { readonly kind: 'profiles' }
  | {
      readonly kind: 'scan';
      readonly target: Target;
      readonly timeoutMs: number;
      readonly units: readonly number[];
    }
  | {
      readonly kind: 'read';
      readonly target: Target;
      readonly timeoutMs: number;
      readonly unit: number;
      readonly area: ReadArea;
      readonly address: number;
      readonly count: number;
      /** Read again after this long, for ever; missing: once. */
      readonly watchMs?: number;
    }
  | {
      readonly kind: 'channels';
      readonly target: Target;
      readonly timeoutMs: number;
      readonly unit: number;
      readonly profile: string;
      readonly watchMs?: number;
    }
  | { readonly kind: 'help' }
) & {
  /** A folder of register maps that goes before the factory's. */
  readonly folder?: string;
};

/** What was typed can't be done; the message says what would be right. */
export class UsageError extends Error {
  readonly code = 'USAGE';

  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

export const usage = `Finds out what answers on a Modbus line, and what its registers hold. It only ever reads. Nobody else may use the line
meanwhile: stop the server first.

  npm run modules -- scan TARGET [--units 1-247]
  npm run modules -- read TARGET --unit 1 --area holding --address 0 [--count 16] [--addresses zero-based]
  npm run modules -- read TARGET --unit 1 --profile thermocouple-4
  npm run modules -- profiles

TARGET is HOST:PORT (Modbus TCP) or a serial port such as /dev/ttyUSB0 (RTU).
  --rtu-over-tcp         TARGET is HOST:PORT of a gateway that passes RTU frames on
  --serial "9600 8N1"    baud rate, parity (N, E or O) and stop bits; 9600 8N1 unless given
  --timeout 200          time within which a unit must answer, in ms
  --units 1-16,247       units to ask
  --area                 holding, input, coil or discrete
  --watch 1              read again every so many seconds and show what changed, until Ctrl-C
  --modules FOLDER       a folder of register maps that goes before the factory's
  --addresses            how --address is written: zero-based, one-based, modicon-5 (40001) or modicon-6 (400001)`;

const options = {
  units: { type: 'string', default: '1-247' },
  unit: { type: 'string', default: '1' },
  area: { type: 'string', default: 'holding' },
  address: { type: 'string', default: '0' },
  addresses: { type: 'string' },
  count: { type: 'string', default: '16' },
  profile: { type: 'string' },
  modules: { type: 'string' },
  watch: { type: 'string' },
  serial: { type: 'string' },
  timeout: { type: 'string', default: '200' },
  'rtu-over-tcp': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

/** @throws UsageError */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parsed(args);
  const folder = values.modules === undefined ? {} : { folder: values.modules };
  const [command, where, ...more] = positionals;
  if (values.help || command === undefined) return { kind: 'help' };
  if (command === 'profiles') return { kind: 'profiles', ...folder };
  if (command !== 'scan' && command !== 'read') {
    throw new UsageError(`${command} is no command; there are scan, read and profiles`);
  }
  if (where === undefined) {
    throw new UsageError(`${command} needs a target: HOST:PORT, or a serial port such as /dev/ttyUSB0`);
  }
  if (more.length > 0) throw new UsageError(`${more.join(' ')} is too much; there is one target`);
  const target = targetOf(where, values['rtu-over-tcp'], values.serial);
  const timeoutMs = wholeNumber('--timeout', values.timeout, 10, 10_000);
  if (command === 'scan') return { kind: 'scan', target, timeoutMs, units: unitsOf(values.units), ...folder };
  const unit = wholeNumber('--unit', values.unit, 0, 255);
  const watch = values.watch === undefined ? {} : { watchMs: 1000 * wholeNumber('--watch', values.watch, 1, 3600) };
  if (values.profile !== undefined)
    return { kind: 'channels', target, timeoutMs, unit, profile: values.profile, ...watch, ...folder };
  const area = oneOf('--area', values.area, ['holding', 'input', 'coil', 'discrete'] as const);
  const address = addressOf(values.address, area, values.addresses);
  const count = wholeNumber('--count', values.count, 1, 65_536);
  if (address + count > 65_536) {
    throw new UsageError(
      `--count ${count} from address ${address} ends beyond 65535; take at most ${65_536 - address}`,
    );
  }
  return { kind: 'read', target, timeoutMs, unit, area, address, count, ...watch };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function targetOf(where: string, isRtuOverTcp: boolean, serial: string | undefined): Target {
  if (serial !== undefined && !/^[1-9]\d{2,6} 8[NEO][12]$/.test(serial)) {
    throw new UsageError(
      `--serial is "${serial}"; write baud rate, data bits, parity and stop bits, such as "19200 8E1"`,
    );
  }
  const format = serial === undefined ? {} : { serial };
  if (where.startsWith('/') || /^COM\d+$/.test(where)) {
    if (isRtuOverTcp) throw new UsageError(`--rtu-over-tcp needs HOST:PORT, but ${where} is a serial port`);
    return { transport: 'rtu', path: where, ...format };
  }
  const [, host = '', port = ''] =
    /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(where)?.filter((part) => part !== undefined) ?? [];
  if (host === '' || port === '') {
    throw new UsageError(
      `${where} is no target; write HOST:PORT such as 192.168.1.10:502, or a serial port such as /dev/ttyUSB0`,
    );
  }
  if (!isRtuOverTcp && serial !== undefined) {
    throw new UsageError(
      `--serial does not fit Modbus TCP; for a gateway that passes RTU frames on add --rtu-over-tcp`,
    );
  }
  return {
    transport: isRtuOverTcp ? 'rtu-over-tcp' : 'tcp',
    host,
    port: wholeNumber('the port', port, 1, 65_535),
    ...format,
  };
}

/** `1-16,247` as numbers, each once. */
function unitsOf(text: string): readonly number[] {
  const units = text.split(',').flatMap((part) => {
    const [from = '', to = from] = part.trim().split('-');
    const low = wholeNumber('--units', from, 0, 255);
    const high = wholeNumber('--units', to, 0, 255);
    if (low > high) throw new UsageError(`--units has ${part}, which is backwards; write ${high}-${low}`);
    return Array.from({ length: high - low + 1 }, (_, index) => low + index);
  });
  return [...new Set(units)];
}

function addressOf(text: string, area: ReadArea, notation: string | undefined): number {
  const known: AddressNotation | null =
    notation === undefined ? null : oneOf('--addresses', notation, addressNotations);
  if (!/^(0x[0-9a-fA-F]+|\d+)$/.test(text)) throw new UsageError(`--address is ${text}; write a number`);
  // digits with zeros before them are a notation of their own
  const written = /^0\d/.test(text) ? text : Number(text);
  const verdict = pduAddress(written, area, known);
  if (!verdict.ok) throw new UsageError(`--address ${verdict.fault.replace('declare addresses:', 'add --addresses')}`);
  return verdict.address;
}

function wholeNumber(what: string, text: string, low: number, high: number): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isInteger(number) || number < low || number > high) {
    throw new UsageError(`${what} is ${text === '' ? 'empty' : text}; write a whole number ${low}…${high}`);
  }
  return number;
}

function oneOf<const Options extends readonly string[]>(what: string, text: string, known: Options): Options[number] {
  const found = known.find((option) => option === text);
  if (found === undefined) throw new UsageError(`${what} is ${text}; possible: ${known.join(', ')}`);
  return found;
}
