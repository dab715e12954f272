import { dioChannels, type DioModule } from './dio.ts';
import { driveChannels, type DriveModule } from './drive.ts';
import { heaterControllerChannels, type HeaterControllerModule } from './heater-controller.ts';
import type { ChannelTable } from './module.ts';
import { thermocoupleChannels, type ThermocoupleModule } from './thermocouple.ts';

export type SimulatedModule = ThermocoupleModule | DriveModule | DioModule | HeaterControllerModule;
export type ModuleKind = SimulatedModule['kind'];

export const channelTables: Readonly<Record<ModuleKind, ChannelTable>> = {
  'thermocouple-4': thermocoupleChannels,
  drive: driveChannels,
  'dio-8': dioChannels,
  'heater-controller': heaterControllerChannels,
};

export function isModuleKind(kind: string): kind is ModuleKind {
  return Object.hasOwn(channelTables, kind);
}
