import type { Exchange } from '../../drivers/slave/exchange.ts';
import type { ActiveFault, FaultBoard } from './fault-board.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { FaultTarget, Transport } from './target.ts';

/** A line and the modules on it. */
export interface WiredLine {
  readonly id: string;
  readonly transport: Transport;
  /** Module ids by unit. */
  readonly units: ReadonlyMap<number, string>;
}

/** Modules that a request is meant for: on an RTU line unit 0 speaks to all. */
function addressed({ transport, units }: WiredLine, unit: number): readonly string[] {
  if (transport === 'rtu' && unit === 0) return [...units.values()];
  const module = units.get(unit);
  return module === undefined ? [] : [module];
}

/** Whether nothing that is sent reaches this module, and nothing comes from it. */
export function isCutOff(board: FaultBoard, module: string, line: string): boolean {
  const hits = (target: FaultTarget): boolean => isOn(target, line, module);
  return board.stands('silent', hits) || board.stands('cut', hits);
}

function isOn(target: FaultTarget, line: string, module: string | undefined): boolean {
  return target.kind === 'line' ? target.line === line : target.kind === 'module' && target.module === module;
}

/**
 * What becomes of the requests on one line while faults stand.
 *
 * @param heard  hears of every request that reached a module
 */
export function wireFaults(board: FaultBoard, line: WiredLine, heard: (module: string) => void): Exchange {
  return async ({ unit, pdu }, answer) => {
    const module = line.units.get(unit);
    const hits = (target: FaultTarget): boolean => isOn(target, line.id, module);
    if (board.stands('silent', hits) || board.stands('cut', hits)) return null;

    for (const listener of addressed(line, unit)) if (!isCutOff(board, listener, line.id)) heard(listener);
    const reply = await answer();
    if (reply === null) return null;

    /** The first fault of this kind that stands here; it has affected one reply more. */
    function take<K extends FaultKind>(kind: K): ActiveFault<K> | undefined {
      const found = board.of(kind).find(({ target }) => hits(target));
      if (found !== undefined) board.spend(found.id);
      return found;
    }
    const late = take('late-reply') ?? take('slow');
    const length = take('wrong-length');
    const isForeign = take('wrong-unit') !== undefined;
    const isCorrupt = take('bad-crc') !== undefined;
    return {
      unit: isForeign ? (unit + 1) & 0xff : unit,
      pdu: length === undefined ? reply : resized(reply, pdu, length.params.bytes),
      ...(late !== undefined && { delayMs: late.params.delayMs }),
      ...(isCorrupt && { spoil: withWrongCrc }),
    };
  };
}

/** A well-formed reply to another question: more or fewer data than asked for, with a byte count that fits them. */
function resized(reply: Buffer, request: Buffer, bytes: number): Buffer {
  const isRead = reply[0] === request[0] && (reply[0] ?? 0) <= 4;
  const shortest = isRead ? 2 : 1;
  const size = Math.max(shortest, Math.min(253, reply.length + bytes));
  const changed = Buffer.alloc(size);
  reply.copy(changed, 0, 0, Math.min(size, reply.length));
  if (isRead) changed.writeUInt8(size - 2, 1);
  return changed;
}

function withWrongCrc(frame: Buffer): Buffer {
  const spoilt = Buffer.from(frame);
  spoilt.writeUInt16LE(spoilt.readUInt16LE(spoilt.length - 2) ^ 0x5555, spoilt.length - 2);
  return spoilt;
}
