import type { Disturbance, RegisterArea } from '../modules/registers.ts';
import type { FaultBoard } from './fault-board.ts';
import type { FaultTarget } from './target.ts';
import { isCutOff } from './wire-faults.ts';

/** Faults inside one module, register by register. */
export function registerFaults(board: FaultBoard, module: string, line: string): Disturbance {
  const concerns =
    (area: RegisterArea, address: number) =>
    (target: FaultTarget): boolean => {
      if (target.kind === 'line') return target.line === line;
      if (target.module !== module) return false;
      if (target.kind === 'module') return true;
      const { channel } = target.wired;
      return channel.area === area && channel.addresses.includes(address);
    };

  return {
    refuses: (area, address) =>
      board.of('exception').find(({ target }) => concerns(area, address)(target))?.params.code ?? null,
    // an RTU broadcast must not reach a module that is cut off
    ignoresWrite: (area, address) =>
      isCutOff(board, module, line) || board.stands('ignore-write', concerns(area, address)),
    delivers(area, address, raw) {
      // what is read back of outputs is the module's own memory: only measurements freeze
      if (area === 'holding' || area === 'coil') return raw;
      const frozen = board.of('frozen').find(({ target }) => concerns(area, address)(target));
      if (frozen === undefined) return raw;
      const key = `${area} ${address}`;
      const kept = frozen.kept.get(key) ?? raw;
      frozen.kept.set(key, kept);
      return kept;
    },
  };
}
