import type { Channel, ChannelTable, ModuleBase } from './module.ts';
import { cell, registerMap, slaveOf, type Disturbance, type Register } from './registers.ts';
import { Watchdog } from './watchdog.ts';

const fullDuty = 1000;
const dutyNames = ['duty zone 1, 0.1 %', 'duty zone 2, 0.1 %', 'duty nozzle fan, 0.1 %'] as const;

/**
 * Solid-state relays with power measurement. Holding 0…2: duties of heater 1, heater 2 and nozzle fan, 0.1 %, at most
 * 1000; 100: host watchdog, ms, 0 = off, on whose expiry all duties go to 0. Input 0–1: power, float32, W; 2–3: energy,
 * uint32, Wh; high word first.
 */
export interface HeaterControllerModule extends ModuleBase {
  readonly kind: 'heater-controller';
  dutyPercent(output: number): number;
}

export const heaterControllerChannels: ChannelTable = new Map<string, Channel>([
  ...dutyNames.map(
    (_, terminal) => [`duty${terminal}`, { area: 'holding', addresses: [terminal], terminal, sort: 'duty' }] as const,
  ),
  ['power', { area: 'input', addresses: [0, 1], terminal: 0, sort: 'measurement' }],
  ['energy', { area: 'input', addresses: [2, 3], terminal: 1, sort: 'measurement' }],
]);

export interface HeaterControllerTerminals {
  powerW(): number;
  energyWh(): number;
}

export function heaterControllerModule(
  terminals: HeaterControllerTerminals,
  disturbance: Disturbance,
): HeaterControllerModule {
  const duties = dutyNames.map((name) => cell(name, fullDuty));
  const watchdog = new Watchdog(() => {
    for (const duty of duties) duty.write(0);
  });
  const registers = registerMap({
    holding: [...duties.map((duty, output) => [output, duty] as const), [100, watchdog.register(0xffff)]],
    input: [
      ...twoWords(0, 'power, float32 W', () => {
        const bytes = Buffer.alloc(4);
        bytes.writeFloatBE(terminals.powerW());
        return bytes;
      }),
      ...twoWords(2, 'energy, uint32 Wh', () => {
        const bytes = Buffer.alloc(4);
        // a counter that is full starts again from 0
        bytes.writeUInt32BE(Math.floor(terminals.energyWh()) % 0x1_0000_0000);
        return bytes;
      }),
    ],
  });
  return {
    kind: 'heater-controller',
    registers,
    slave: slaveOf(registers, disturbance),
    watchdog,
    dutyPercent: (output) => (duties[output]?.read() ?? 0) / 10,
    restart() {
      for (const duty of duties) duty.restart();
      watchdog.restart();
    },
  };
}

/** A four-byte value in two registers, high word first. */
function twoWords(address: number, name: string, bytes: () => Buffer): (readonly [number, Register])[] {
  return [
    [address, { name: `${name}, high word`, read: () => bytes().readUInt16BE(0) }],
    [address + 1, { name: `${name}, low word`, read: () => bytes().readUInt16BE(2) }],
  ];
}
