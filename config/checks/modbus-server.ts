import { registerRange } from '../../drivers/codec/registers.ts';
import { rawOf } from '../../drivers/codec/scaling.ts';
import { holdsRaw, wordsTaken } from '../../drivers/modbus-server/register-size.ts';
import { includesRole } from '../../machine/commands/role.ts';
import { registersOf, type ModbusServerSection, type RegisterEntry } from '../build/modbus-server.ts';
import { derivedSignals, rawId, type SignalNature } from '../build/signals.ts';
import type { FaultPath } from '../fault.ts';
import type { Entry } from '../schema/document.ts';
import { entryNamed, type Context } from './context.ts';

/** Registers end here. */
const lastAddress = 65_535;

/** The Modbus server: what it offers is there, fits its registers, and nothing stands on anything else. */
export function checkModbusServer(context: Context): void {
  const { modbusServer, machine } = context.draft;
  if (!modbusServer) return;
  checkAccount(context, modbusServer);
  checkTimes(context, modbusServer, machine?.scanPeriodMs);
  const taken = new Map<string, string>();
  for (const [index, entry] of modbusServer.registers.entries()) {
    const check = new RegisterCheck(context, modbusServer, entry, index);
    if (check.isSound()) checkPlaces(context, modbusServer, entry, index, taken);
  }
}

/** The audit tells Modbus clients from the machine's own doings by this name. */
function checkAccount({ report }: Context, { account }: ModbusServerSection): void {
  if (!['panel', 'system', 'anonymous'].includes(account.trim().toLowerCase())) return;
  const message = `is ${account}, under which other doings stand in the audit; choose a name that says Modbus`;
  report(['modbusServer', 'account'], message);
}

function checkTimes(
  { report }: Context,
  { answerWithinMs }: ModbusServerSection,
  scanPeriodMs: number | undefined,
): void {
  if (scanPeriodMs === undefined || answerWithinMs >= 2 * scanPeriodMs) return;
  report(
    ['modbusServer', 'answerWithinMs'],
    `is ${answerWithinMs} ms, less than two scans (${2 * scanPeriodMs} ms); no write could be answered as done`,
  );
}

/** Everything that an entry puts into an area has addresses of its own. */
function checkPlaces(
  { report }: Context,
  server: ModbusServerSection,
  entry: RegisterEntry,
  index: number,
  taken: Map<string, string>,
): void {
  for (const register of registersOf(entry, server)) {
    const isBeside = register.kind === 'quality' || register.kind === 'age';
    const key = isBeside && entry[register.kind] !== undefined ? register.kind : 'address';
    const path = ['modbusServer', 'registers', index, key];
    const what = isBeside ? `the ${register.kind} of ${entry.signal}` : nameOf(entry);
    const last = register.address + wordsTaken(register) - 1;
    if (last > lastAddress) {
      report(path, `puts ${what} at ${last}, beyond ${lastAddress}, the last address; choose a lower one`);
      continue;
    }
    for (let address = register.address; address <= last; address++) {
      const place = `${register.area} ${address}`;
      const other = taken.get(place);
      taken.set(place, other ?? what);
      if (other === undefined) continue;
      report(path, `puts ${what} at ${place}, where ${other} stands already; give each addresses of its own`);
      break;
    }
  }
}

function nameOf({ signal, status, commands, writable }: RegisterEntry): string {
  if (signal !== undefined) return signal;
  return status ?? (commands === undefined ? `the command ${writable}` : 'a command block');
}

/** One entry by itself. */
class RegisterCheck {
  readonly #context: Context;
  readonly #server: ModbusServerSection;
  readonly #entry: RegisterEntry;
  readonly #path: FaultPath;
  #faults = 0;

  constructor(context: Context, server: ModbusServerSection, entry: RegisterEntry, index: number) {
    this.#context = context;
    this.#server = server;
    this.#entry = entry;
    this.#path = ['modbusServer', 'registers', index];
  }

  isSound(): boolean {
    const { signal, status, commands, writable } = this.#entry;
    const kinds = Object.entries({ signal, status, commands }).filter(([, value]) => value !== undefined);
    if (kinds.length > 1) {
      this.#fault(null, `has ${kinds.map(([kind]) => kind).join(' and ')}; a register is one of them`);
    } else if (signal !== undefined) {
      this.#checkValue(signal);
    } else {
      this.#without(['type', 'order', 'scale', 'offset', 'badValue', 'quality', 'age'], 'there is no signal');
      if (status !== undefined) this.#checkStatus(status);
      else if (commands !== undefined) this.#checkBlock();
      else if (writable === undefined || writable === 'set') {
        this.#fault(null, 'offers nothing; give it signal, status, commands, or writable with a command');
      } else this.#checkCommand(writable);
    }
    return this.#faults === 0;
  }

  #checkStatus(status: string): void {
    this.#without(['writable'], 'the status of the server is only read');
    if (this.#isBit && status !== 'controlAlive') {
      this.#fault('area', `is ${this.#entry.area}, but ${status} is a number; choose input or holding`);
    }
  }

  #checkBlock(): void {
    this.#without(['writable'], 'commands says already what it takes');
    if (this.#entry.area !== 'holding') {
      this.#fault('area', `is ${this.#entry.area}, but a command block is written; choose holding`);
    }
  }

  #checkCommand(command: string): void {
    if (this.#entry.area !== 'coil') {
      this.#fault('area', `is ${this.#entry.area}, but ${command} is given by a coil; choose coil`);
    }
  }

  #checkValue(id: string): void {
    const found = this.#signalOf(id);
    if (found === null) return;
    const { signal, nature } = found;
    this.#checkType(nature);
    this.#checkWritable(id, signal, nature);
    this.#checkRange(id, signal);
    this.#checkBadValue(id, signal, nature);
    this.#checkQuality();
  }

  /** The signal, or the averaged one whose single readings are named. */
  #signalOf(id: string): { readonly signal: Entry<'signals'>; readonly nature: SignalNature } | null {
    const { draft, natureOf } = this.#context;
    const averaged = id.endsWith('.raw') ? id.slice(0, -'.raw'.length) : null;
    const isRaw =
      averaged !== null && rawId(averaged) === id && draft.signals.get(averaged)?.averageSeconds !== undefined;
    const name = isRaw ? averaged : id;
    const signal = entryNamed(this.#context, 'signals', name, [...this.#path, 'signal']);
    const nature = signal && natureOf(name);
    if (!signal || !nature) {
      this.#faults++;
      return null;
    }
    return { signal, nature };
  }

  #checkType(nature: SignalNature): void {
    const { area, type } = this.#entry;
    const isBoolean = nature.type === 'Boolean';
    if (nature.type === 'String') {
      this.#fault('signal', 'is a text, which no register here holds; choose a number or a Boolean');
    } else if (this.#isBit) {
      this.#without(['type', 'order', 'scale', 'offset'], `a ${area} is one bit`);
      if (!isBoolean) this.#fault('area', `is ${area}, but the signal is a number; choose input or holding`);
    } else if (type === undefined) {
      this.#fault('type', 'is missing; say how the value stands in the registers, such as float32');
    } else if (isBoolean) {
      this.#without(['scale', 'offset'], 'the signal is a Boolean');
      if (type !== 'uint16' && type !== 'int16') {
        this.#fault('type', `is ${type}, but the signal is a Boolean; choose uint16, which reads 0 or 1`);
      }
    }
  }

  #checkWritable(id: string, signal: Entry<'signals'>, { direction }: SignalNature): void {
    const { writable, area } = this.#entry;
    if (writable === undefined) return;
    const { role } = this.#server;
    if (writable !== 'set') {
      this.#fault('writable', `is ${writable}, but a write to ${id} sets it; write set, or leave out the signal`);
    } else if (direction !== 'setting' || id.endsWith('.raw')) {
      this.#fault('writable', `is set, but ${id} is no setting; only what people ask for can be written`);
    } else if (area === 'input' || area === 'discrete') {
      this.#fault('writable', `is set, but no function of Modbus writes to ${area}; choose holding or coil`);
    } else if (!includesRole(role, signal.setting?.role ?? 'operator')) {
      this.#fault('writable', `is set, but ${id} needs ${signal.setting?.role}, and modbusServer.role is ${role}`);
    }
  }

  /** A register whose type can't hold the signal would be Bad just when it matters. */
  #checkRange(id: string, { span }: Entry<'signals'>): void {
    const { type, scale = 1, offset = 0 } = this.#entry;
    if (span === undefined || type === undefined) return;
    const { min, max } = registerRange[type];
    const [low, high] = span.map((end) => Math.round(rawOf(end, { scale, offset }))).toSorted((a, b) => a - b);
    if (low === undefined || high === undefined || (low >= min && high <= max)) return;
    const needs = `the span ${span[0]}…${span[1]} of ${id} is ${low}…${high} in the register`;
    this.#fault('type', `is ${type}, which holds ${min}…${max}, but ${needs}; choose a wider type or a coarser scale`);
  }

  #checkBadValue(id: string, { span, states: own }: Entry<'signals'>, nature: SignalNature): void {
    const { badValue, type, scale = 1, offset = 0, quality } = this.#entry;
    const { whenBad } = this.#server;
    if (whenBad !== 'sentinel') {
      this.#without(['badValue'], `modbusServer.whenBad is ${whenBad}`);
    } else if (badValue === undefined) {
      if (type === 'float32') return;
      this.#fault('badValue', `is missing; whenBad is sentinel, so say what ${id} reads when it is not Good`);
    } else if ((typeof badValue === 'boolean') !== this.#isBit) {
      this.#fault('badValue', `is ${badValue}; here it takes ${this.#isBit ? 'true or false' : 'a raw number'}`);
    } else if (typeof badValue === 'boolean') {
      if (quality !== undefined) return;
      this.#fault('quality', `is missing; ${id} is one bit, so badValue ${badValue} alone would pass for a reading`);
    } else if (type !== undefined) {
      const states = own ?? derivedSignals[id]?.states;
      if (!holdsRaw(type, badValue)) this.#fault('badValue', `is ${badValue}, which ${type} can not hold`);
      else if (span && isWithin(badValue * scale + offset, span)) {
        const means = `${badValue * scale + offset}, within the span ${span[0]}…${span[1]} of ${id}`;
        this.#fault('badValue', `means ${means}; nobody could tell it from a reading`);
      } else if (nature.type === 'Boolean') {
        if (badValue === 0 || badValue === 1) {
          this.#fault('badValue', `is ${badValue}, which ${id} reads when it is Good; choose another, such as 2`);
        }
      } else if (states !== undefined) {
        if (isWithin(badValue * scale + offset, [0, states.length - 1])) {
          const means = `${badValue * scale + offset}, one of the states 0…${states.length - 1} of ${id}`;
          this.#fault('badValue', `means ${means}; choose one beyond them`);
        }
      } else if (!span) {
        const way = type === 'float32' ? 'leave it out, then it reads NaN' : 'choose float32, which reads NaN';
        this.#fault(
          'badValue',
          `is ${badValue}, but signals.${id} has no span, so it could be a reading; give it one, or ${way}`,
        );
      }
    }
  }

  /** The last value of a dead sensor may be shown only beside a word that says so. */
  #checkQuality(): void {
    const isTold = this.#entry.quality !== undefined || (this.#server.qualityOffset !== undefined && !this.#isBit);
    if (this.#server.whenBad !== 'last' || isTold) return;
    this.#fault(
      'quality',
      'is missing; whenBad is last, so without a quality word an old value would pass for a new one',
    );
  }

  get #isBit(): boolean {
    return this.#entry.area === 'coil' || this.#entry.area === 'discrete';
  }

  #without(keys: readonly (keyof RegisterEntry)[], why: string): void {
    for (const key of keys) {
      if (this.#entry[key] !== undefined) this.#fault(key, `does not fit here: ${why}; remove it`);
    }
  }

  #fault(key: keyof RegisterEntry | null, message: string): void {
    this.#faults++;
    this.#context.report(key === null ? this.#path : [...this.#path, key], message);
  }
}

function isWithin(value: number, [low, high]: readonly [number, number]): boolean {
  return value >= low && value <= high;
}
