import type { ChannelTable, ModuleBase } from './module.ts';
import { int16, registerMap, slaveOf, type Disturbance } from './registers.ts';

const channelCount = 4;
/** Raw codes in place of a temperature. */
const openCircuit = 0x7fff;
const underRange = 0x8000;
/** Measuring range of a type K thermocouple, °C. */
const rangeC = { low: -200, high: 1370 };

/**
 * 4-channel temperature input. Input registers 0…3: int16, 0.1 °C, 32767 open circuit, -32768 under range; 8: module
 * status, bit 0 cold-junction fault.
 */
export interface ThermocoupleModule extends ModuleBase {
  readonly kind: 'thermocouple-4';
}

export const thermocoupleChannels: ChannelTable = new Map(
  Array.from({ length: channelCount }, (_, terminal) => [
    `${terminal}`,
    { area: 'input', addresses: [terminal], terminal, sort: 'temperature' },
  ]),
);

export interface ThermocoupleTerminals {
  /** Temperature at the sensor of this channel in °C; null: the circuit is open. */
  sense(channel: number): number | null;
  coldJunctionFails(): boolean;
}

export function thermocoupleModule(terminals: ThermocoupleTerminals, disturbance: Disturbance): ThermocoupleModule {
  const channels = Array.from({ length: channelCount }, (_, channel) => channel);
  const registers = registerMap({
    input: [
      ...channels.map(
        (channel) =>
          [
            channel,
            { name: `temperature ${channel}, 0.1 °C`, read: () => temperatureWord(terminals.sense(channel)) },
          ] as const,
      ),
      [8, { name: 'module status', read: () => (terminals.coldJunctionFails() ? 1 : 0) }],
    ],
  });
  return {
    kind: 'thermocouple-4',
    registers,
    slave: slaveOf(registers, disturbance),
    watchdog: null,
    // it keeps nothing
    restart: () => undefined,
  };
}

function temperatureWord(temperatureC: number | null): number {
  if (temperatureC === null || temperatureC > rangeC.high) return openCircuit;
  return temperatureC < rangeC.low ? underRange : int16(temperatureC * 10);
}
