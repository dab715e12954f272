import type { ModbusServerSection } from '../build/modbus-server.ts';
import type { ServerSettings } from '../configuration.ts';
import type { Report } from '../fault.ts';

/** Addresses that stand for every one of this computer. */
const everyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Of two doors at one port the second could not open, and the gateway would end and begin over and over. */
export function checkPorts(
  { host, port }: ModbusServerSection,
  { opcuaHost, opcuaPort, httpHost, httpPort }: ServerSettings,
  report: Report,
): void {
  const others = [
    { what: 'OPC UA', host: opcuaHost, port: opcuaPort },
    { what: 'REST and the page', host: httpHost, port: httpPort },
  ];
  // 0 picks a free one
  const other = port !== 0 && others.find((door) => door.port === port && meet(door.host, host));
  if (!other) return;
  const message = `is ${port}, at which ${other.what} is served on ${other.host} already; choose another`;
  report(['modbusServer', 'port'], message);
}

function meet(one: string, other: string): boolean {
  return one === other || everyAddress.has(one) || everyAddress.has(other);
}
