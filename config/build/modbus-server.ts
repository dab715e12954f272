import type {
  ModbusServerDeclaration,
  RegisterDeclaration,
  ValueRegister,
} from '../../drivers/modbus-server/declaration.ts';
import { wordsTaken } from '../../drivers/modbus-server/register-size.ts';
import type { Document, Single } from '../schema/document.ts';

export type ModbusServerSection = NonNullable<Single<'modbusServer'>>;
export type RegisterEntry = ModbusServerSection['registers'][number];

/** The Modbus server of a sound document; null where it declares none. */
export function buildModbusServer({ modbusServer }: Document): ModbusServerDeclaration | null {
  if (modbusServer === undefined) return null;
  const { order: _order, qualityOffset: _quality, ageOffset: _age, registers, ...rest } = modbusServer;
  return { ...rest, registers: registers.flatMap((entry) => registersOf(entry, modbusServer)) };
}

/** All that one entry puts into the registers, the value itself first. */
export function registersOf(entry: RegisterEntry, server: ModbusServerSection): readonly RegisterDeclaration[] {
  const { signal, status, commands, writable, area, address } = entry;
  if (status !== undefined) return [{ kind: 'status', area, address, status }];
  if (commands !== undefined) return [{ kind: 'commandBlock', area, address, commands }];
  if (signal !== undefined) return valueRegisters({ ...entry, signal }, server);
  return writable === undefined || writable === 'set' ? [] : [{ kind: 'command', area, address, command: writable }];
}

function valueRegisters(
  entry: RegisterEntry & { readonly signal: string },
  server: ModbusServerSection,
): readonly RegisterDeclaration[] {
  const { signal, area, address, type = 'bit', order = server.order, scale = 1, offset = 0, badValue } = entry;
  const of: ValueRegister = {
    kind: 'value',
    signal,
    area,
    address,
    type,
    order,
    scale,
    offset,
    ...(badValue !== undefined && { badValue }),
    writable: entry.writable === 'set',
  };
  const besides = (['quality', 'age'] as const).flatMap((kind) => {
    const place = wordBeside(of, entry[kind], kind === 'quality' ? server.qualityOffset : server.ageOffset);
    return place === null ? [] : [{ kind, of, area: wordArea(area), ...place }];
  });
  return [of, ...besides];
}

/** At its own address once, or behind a register value at the declared distance, as many words as the value has. */
function wordBeside(
  of: ValueRegister,
  own: number | undefined,
  distance: number | undefined,
): { readonly address: number; readonly words: number } | null {
  if (own !== undefined) return { address: own, words: 1 };
  if (distance === undefined || of.type === 'bit') return null;
  return { address: of.address + distance, words: wordsTaken(of) };
}

/** A coil's words stand in the holding registers, a discrete input's in the input registers. */
function wordArea(area: RegisterEntry['area']): 'input' | 'holding' {
  return area === 'coil' || area === 'holding' ? 'holding' : 'input';
}
