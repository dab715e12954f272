import path from 'node:path';
import type { Logger } from 'pino';
import { startAddressSpace, type RunningAddressSpace } from '../../addressspace/start-address-space.ts';
import { createApi } from '../../api/create-api.ts';
import type { Configuration } from '../../config/configuration.ts';
import { openModbusServer } from '../../drivers/modbus-server/open-modbus-server.ts';
import type { Diagnostics } from '../../operations/ports/diagnostics.ts';
import type { FieldReport } from '../../operations/ports/field-report.ts';
import { FieldSilentError } from '../../operations/ports/frame-monitor.ts';
import { SignInThrottle } from '../../operations/sign-in-throttle.ts';
import { productVersion } from '../version.ts';
import { watchCertificate } from './certificate-watch.ts';
import type { FieldInquiry } from './field-inquiry.ts';
import { frameMonitor } from './frame-monitor.ts';
import { hangUp, isTaken, listen, PortTakenError } from './http-server.ts';
import { openModbusDoor, type ModbusDoor } from './modbus-door.ts';
import { openMetrics } from './metrics.ts';
import type { Records } from './records.ts';

const webRoot = path.resolve(import.meta.dirname, '../../web/dist');

/** The outer half of the gateway: what clients connect to. */
export interface Doors {
  readonly http: string;
  readonly opcua: string;
  close(): Promise<void>;
}

/** @throws when a port is taken */
export async function openDoors(configuration: Configuration, records: Records, log: Logger): Promise<Doors> {
  const { server: settings, http } = configuration;
  const { mirror, gate, recipes, store, historian, inquiry } = records;
  const throttle = new SignInThrottle(Date.now);
  const addressSpace = await openAddressSpace(configuration, records, throttle, log);
  const modbus = await openModbus(configuration, records, log);
  const stopWatching = watchCertificate(addressSpace.certificates, records.reportOwn, log);
  const diagnostics = async (): Promise<Diagnostics> => ({
    history: historian.account(),
    modules: mirror.modules,
    scan: mirror.status.scan,
    field: await reportOf(inquiry),
    opcua: { sessions: addressSpace.sessions() },
    ...(modbus !== null && { modbusServer: modbus.statistics() }),
  });
  const api = createApi({
    machine: mirror,
    gate,
    recipes: store.recipes,
    recipeLoader: recipes,
    accounts: store.accounts,
    sessions: store.sessions,
    throttle,
    audit: store.audit,
    journal: store.alarmJournal,
    history: historian.reader,
    diagnostics,
    frames: frameMonitor(configuration.field.lines, inquiry),
    certificates: addressSpace.certificates,
    ready: async () => readiness(records),
    settings: http,
    metrics: openMetrics(mirror, () => historian.account()),
    webRoot,
    version: productVersion,
    log,
  });
  const serve = api.app.callback();
  const door = await listen((request, response) => void serve(request, response), settings.httpHost, settings.httpPort);
  return {
    http: door.url,
    opcua: addressSpace.endpointUrl,
    async close() {
      stopWatching();
      await api.close();
      await Promise.all([hangUp(door.server), addressSpace.close(), modbus?.close()]);
    },
  };
}

/** null: the control process does not answer. The rest of the diagnostics is worth the more then. */
async function reportOf(inquiry: FieldInquiry): Promise<FieldReport | null> {
  try {
    return await inquiry.report();
  } catch (error) {
    if (error instanceof FieldSilentError) return null;
    throw error;
  }
}

/** @throws PortTakenError */
async function openAddressSpace(
  { server: settings, opcua }: Configuration,
  { mirror, gate, recipes, store, historian }: Records,
  throttle: SignInThrottle,
  log: Logger,
): Promise<RunningAddressSpace> {
  try {
    return await startAddressSpace({
      machine: mirror,
      gate,
      recipes,
      accounts: store.accounts,
      throttle,
      audit: store.audit,
      history: historian.reader,
      alarmJournal: store.alarmJournal,
      settings: {
        ...opcua,
        host: settings.opcuaHost,
        port: settings.opcuaPort,
        pkiDir: path.join(settings.dataDir, 'pki'),
        nodesetsDir: settings.nodesetsDir,
        nodesetImagesDir: path.join(settings.dataDir, 'nodeset-images'),
        productVersion,
      },
      log,
    });
  } catch (cause) {
    throw isTaken(cause) ? new PortTakenError(settings.opcuaHost, settings.opcuaPort, 'TVE_OPCUA_PORT', cause) : cause;
  }
}

/** Null when the configuration offers nothing over Modbus: then no port is opened. */
async function openModbus(
  { modbusServer: declaration }: Configuration,
  { mirror, gate }: Records,
  log: Logger,
): Promise<ModbusDoor | null> {
  if (declaration === null) return null;
  const clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
  const open = async () => openModbusServer({ declaration, machine: mirror, gate, clock, log });
  return openModbusDoor(declaration, open, log);
}

/** Whether this server may be sent work: the scan runs and the records can be written. */
async function readiness({ mirror, store }: Records): Promise<{ ready: boolean; reasons: readonly string[] }> {
  const complaint = await store.complaint();
  const reasons = [
    ...(mirror.controlAlive ? [] : ['The control process does not answer.']),
    ...(complaint === null ? [] : [complaint]),
  ];
  return { ready: reasons.length === 0, reasons };
}
