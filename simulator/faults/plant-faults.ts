import { isSameTerminal, type Terminal } from '../wiring.ts';
import type { FaultBoard } from './fault-board.ts';
import type { FaultTarget } from './target.ts';

/** What stands between the plant and the modules' terminals: sensors, wires, relays, heaters, the e-stop chain. */
export interface PlantFaults {
  /** @returns °C at the module's terminal; null: open circuit */
  sensed(terminal: Terminal, temperatureC: number, modelSeconds: number): number | null;
  coldJunctionFails(module: string): boolean;
  /** Whether the module sees the contact closed. */
  contact(terminal: Terminal, isClosed: boolean): boolean;
  /** Whether the chain itself is closed: it stops the drives and drops the contactor by wire. */
  estopClosed(terminal: Terminal | null): boolean;
  /** Share of full power that an output passes on, 0…1. */
  passed(terminal: Terminal | null, share: number): number;
  driveFault(module: string): number | null;
}

export function plantFaults(board: FaultBoard): PlantFaults {
  return {
    sensed(terminal, temperatureC, modelSeconds) {
      if (board.stands('open-circuit', atOrOn(terminal)) || board.stands('cut', at(terminal))) return null;
      return board
        .of('drift')
        .filter(({ target }) => atOrOn(terminal)(target))
        .reduce(
          (sum, { params, sinceSeconds }) => sum + params.offsetK + params.kPerSecond * (modelSeconds - sinceSeconds),
          temperatureC,
        );
    },
    coldJunctionFails: (module) => board.stands('cold-junction', (target) => isModule(target, module)),
    contact(terminal, isClosed) {
      if (board.stands('cut', at(terminal))) return false;
      return isClosed || board.stands('stuck-on', at(terminal));
    },
    estopClosed(terminal) {
      if (terminal === null) return true;
      return !board.stands('estop', atOrOn(terminal)) && !board.stands('cut', at(terminal));
    },
    passed(terminal, share) {
      if (terminal === null) return 0;
      if (board.stands('cut', at(terminal)) || board.stands('heater-broken', at(terminal))) return 0;
      return board.stands('stuck-on', at(terminal)) ? 1 : share;
    },
    driveFault(module) {
      const standing = board.of('drive-fault').find(({ target }) => target.kind !== 'line' && target.module === module);
      return standing?.params.code ?? null;
    },
  };
}

/** The fault is on this terminal's own wire. */
function at(terminal: Terminal): (target: FaultTarget) => boolean {
  return (target) => target.kind === 'signal' && isSameTerminal(target.wired, terminal);
}

function atOrOn(terminal: Terminal): (target: FaultTarget) => boolean {
  return (target) => at(terminal)(target) || isModule(target, terminal.module);
}

function isModule(target: FaultTarget, module: string): boolean {
  return target.kind === 'module' && target.module === module;
}
