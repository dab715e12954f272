import type { LineDeclaration, LineTiming, NetworkLine } from '../../../drivers/declaration.ts';

export const timeoutMs = 120;

/** Of a line that is quick to give up and to come back. */
export const timing: LineTiming = {
  id: 'line0',
  timeoutMs,
  connectTimeoutMs: 500,
  baudRate: 115_200,
  parity: 'none',
  stopBits: 1,
  turnaroundMs: 0,
  reconnectMs: 20,
  reconnectCapMs: 100,
};

export function networkLine(
  transport: NetworkLine['transport'],
  port: number,
  more: Partial<LineTiming> = {},
): LineDeclaration {
  return { ...timing, transport, host: '127.0.0.1', port, ...more };
}

export function serialLine(transport: 'rtu' | 'ascii', path: string, more: Partial<LineTiming> = {}): LineDeclaration {
  return { ...timing, transport, path, ...more };
}
