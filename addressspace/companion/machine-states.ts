import { type MachineMode, type MachineState, machineModes, machineStates } from '../../machine/control/state.ts';
import type { Views } from './views.ts';

/** MachineryItemState of OPC 40001-1. */
export type ItemState = 'NotAvailable' | 'OutOfService' | 'NotExecuting' | 'Executing';
/** What OPC 40084-1 divides Executing into. */
export type ExecutingState = 'ReadyToRun' | 'ManualRun' | 'ControlledRun';
/** MachineryOperationMode of OPC 40001-1, as far as the machine has them. */
export type OperationMode = 'None' | 'Maintenance' | 'Processing';

/** StartEnumeration of OPC 40083. */
export const startStatus = {
  notReady: 0,
  blockedByClient: 1,
  ready: 2,
  startRequested: 3,
  started: 4,
  stopRequested: 5,
} as const;
export type StartStatus = (typeof startStatus)[keyof typeof startStatus];

/** ProductionStatusEnumeration of OPC 40083, as far as the machine can tell. */
export const productionStatus = { other: 0, noProduction: 1, startUp: 2, production: 4 } as const;
export type ProductionStatus = (typeof productionStatus)[keyof typeof productionStatus];

/** MachineModeEnumeration of OPC 40083. */
export const machineMode: Readonly<Record<MachineMode, number>> = { AUTO: 1, MANUAL: 3 };

interface Meaning {
  readonly item: ItemState;
  readonly executing: ExecutingState | null;
  /** null: as the start permissives say. */
  readonly start: StartStatus | null;
  readonly production: ProductionStatus;
}

/**
 * What each state of the machine is in the words of the companion specifications. By OPC 40084-1, 6.3.2, the heating makes
 * the difference between NotExecuting and ReadyToRun. Drives that turn in MANUAL make any of the states that are at rest
 * here a ManualRun.
 */
const meanings: Readonly<Record<MachineState, Meaning>> = {
  IDLE: { item: 'NotExecuting', executing: null, start: null, production: productionStatus.noProduction },
  HEATING: { item: 'Executing', executing: 'ReadyToRun', start: null, production: productionStatus.noProduction },
  READY: { item: 'Executing', executing: 'ReadyToRun', start: null, production: productionStatus.noProduction },
  STARTING: {
    item: 'Executing',
    executing: 'ControlledRun',
    start: startStatus.startRequested,
    production: productionStatus.startUp,
  },
  RUNNING: {
    item: 'Executing',
    executing: 'ControlledRun',
    start: startStatus.started,
    production: productionStatus.production,
  },
  STOPPING: {
    item: 'Executing',
    executing: 'ControlledRun',
    start: startStatus.stopRequested,
    production: productionStatus.noProduction,
  },
  ALARM: { item: 'OutOfService', executing: null, start: null, production: productionStatus.noProduction },
};

const operationModes: Readonly<Record<MachineMode, OperationMode>> = { AUTO: 'Processing', MANUAL: 'Maintenance' };

export const stateSignal = 'machine.state';
export const modeSignal = 'machine.mode';
export const permittedSignal = 'machine.startPermitted';
export const blockedSignal = 'machine.startBlockedByClient';
/** Changes with every scan: what is told of zones and drives apart from their signals is as old as this. */
export const scanSignal = 'machine.heartbeat';

/** The signals that the states here follow from. */
export function stateSources(views: Views): readonly string[] {
  return [stateSignal, modeSignal, ...views.machine.declaration.drives.map(({ running }) => running)];
}

/** null: not known, because the control process is lost. */
export function stateOf(views: Views): MachineState | null {
  const value = views.goodValueOf(stateSignal);
  return typeof value === 'number' ? (machineStates[value] ?? null) : null;
}

export function modeOf(views: Views): MachineMode | null {
  const value = views.goodValueOf(modeSignal);
  return typeof value === 'number' ? (machineModes[value] ?? null) : null;
}

export function itemStateOf(views: Views): ItemState {
  const state = stateOf(views);
  if (state === null) return 'NotAvailable';
  const { item } = meanings[state];
  return item === 'NotExecuting' && turnsByHand(views) ? 'Executing' : item;
}

/** null: it is not Executing. */
export function executingStateOf(views: Views): ExecutingState | null {
  if (itemStateOf(views) !== 'Executing') return null;
  if (turnsByHand(views)) return 'ManualRun';
  const state = stateOf(views);
  return state === null ? null : meanings[state].executing;
}

export function operationModeOf(views: Views): OperationMode {
  const mode = modeOf(views);
  return mode === null ? 'None' : operationModes[mode];
}

/** What a client's StartRequest would meet; null: not known. */
export function startStatusOf(views: Views): StartStatus | null {
  const state = stateOf(views);
  if (state === null) return null;
  const { start } = meanings[state];
  if (start !== null) return start;
  if (views.goodValueOf(blockedSignal) === true) return startStatus.blockedByClient;
  return views.goodValueOf(permittedSignal) === true ? startStatus.ready : startStatus.notReady;
}

export function productionStatusOf(views: Views): ProductionStatus {
  const state = stateOf(views);
  if (state === null || turnsByHand(views)) return productionStatus.other;
  return meanings[state].production;
}

/** Somebody turns a drive in MANUAL; whether there is material in it nobody knows. */
function turnsByHand(views: Views): boolean {
  if (modeOf(views) !== 'MANUAL') return false;
  return views.machine.declaration.drives.some(({ running }) => views.goodValueOf(running) === true);
}
