/** Order is part of the contract: the OPC UA enumeration counts along it. */
export const machineStates = ['IDLE', 'HEATING', 'READY', 'STARTING', 'RUNNING', 'STOPPING', 'ALARM'] as const;

export type MachineState = (typeof machineStates)[number];

export const machineModes = ['AUTO', 'MANUAL'] as const;

export type MachineMode = (typeof machineModes)[number];
