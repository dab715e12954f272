import { z } from 'zod';

import { Alarm, alarmKey } from './alarms.ts';
import { Line, Module } from './field.ts';
import { Hypercare, Shifts } from './hypercare.ts';
import { Machine } from './machine.ts';
import { ModbusServer } from './modbus-server.ts';
import { Annunciation, Commands, Tuning } from './operation.ts';
import { Drive, Heating, Motor, Sensor, Zone } from './process.ts';
import { Auxiliaries, Guards, Panel, Safety, Sequences } from './protection.ts';
import { shortName, signalId } from './quantity.ts';
import { History, Http, Opcua, Server } from './server.ts';
import { Signal } from './signals.ts';

/** Sections of named entries. */
export const entrySections = {
  lines: z.record(shortName, Line).describe('The wires: name → line'),
  modules: z.record(shortName, Module).describe('The I/O modules: name → module'),
  signals: z.record(signalId, Signal).describe('All quantities of the machine: id → signal'),
  zones: z.record(shortName, Zone).describe('Heated zones, from the feed to the nozzle: name → zone'),
  drives: z.record(shortName, Drive).describe('Drives: name → drive'),
  sensors: z.record(shortName, Sensor).describe('Watched temperature sensors: name → sensor'),
  alarms: z.record(alarmKey, Alarm).describe('Alarms and families of alarms: id → alarm'),
};

/** Sections that are one thing. */
export const singleSections = {
  machine: Machine.describe('Name plate and scan period'),
  heating: Heating.describe('What the zones have in common'),
  motor: Motor.describe('Protection of the main motor'),
  safety: Safety.describe('Safety inputs'),
  panel: Panel.describe('Buttons at the machine'),
  auxiliaries: Auxiliaries.describe('Cooling and lights'),
  sequences: Sequences.describe('Start, stop and emergency'),
  guards: Guards.describe('Numbers of the interlocks'),
  commands: Commands.prefault({}).describe('Times of commands'),
  tuning: Tuning.prefault({}).describe('Autotune, and the test of a zone'),
  annunciation: Annunciation.prefault({}).describe('Shelving, chatter and alarm statistics'),
  server: Server.prefault({}).describe('Deployment; the environment wins'),
  opcua: Opcua.prefault({}).describe('OPC UA server'),
  http: Http.prefault({}).describe('REST and HMI'),
  modbusServer: ModbusServer.optional().describe('Modbus TCP server for legacy clients; none: no port is opened'),
  history: History.prefault({}).describe('Recording'),
  hypercare: Hypercare.prefault({}).describe('Targets of the first weeks after launch'),
  shifts: Shifts.prefault({}).describe('Shift calendar of the site'),
};

/** The whole configuration file. */
export const Document = z
  .strictObject({ ...singleSections, ...entrySections })
  .describe('A machine of the TVEmicro integration server');

export type Document = z.infer<typeof Document>;
export type EntrySection = keyof typeof entrySections;
export type SingleSection = keyof typeof singleSections;
export type Entry<Section extends EntrySection> = Document[Section][string];
export type Single<Section extends SingleSection> = Document[Section];
