import type { Channel, ChannelTable, ModuleBase } from './module.ts';
import { cell, registerMap, slaveOf, type Disturbance } from './registers.ts';
import { Watchdog } from './watchdog.ts';

const inputNames = ['e-stop chain closed', 'start button', 'stop button'] as const;
const outputNames = ['fan', 'pump', 'light red', 'light yellow', 'light green', 'heater contactor'] as const;
/** Fan and pump on, all else off: the barrel is hot. */
const factorySafeState = 0b00_0011;

/**
 * Digital module. Discrete inputs 0…2; coils 0…5; holding 100: host watchdog, ms, 0 = off, on whose expiry the coils
 * take the bit mask of holding 101.
 */
export interface DioModule extends ModuleBase {
  readonly kind: 'dio-8';
  relay(output: number): boolean;
}

export const dioChannels: ChannelTable = new Map<string, Channel>([
  ...inputNames.map(
    (_, terminal) => [`di${terminal}`, { area: 'discrete', addresses: [terminal], terminal, sort: 'contact' }] as const,
  ),
  ...outputNames.map(
    (_, terminal) => [`do${terminal}`, { area: 'coil', addresses: [terminal], terminal, sort: 'relay' }] as const,
  ),
]);

export interface DioTerminals {
  /** Whether the contact at this input is closed. */
  contact(input: number): boolean;
}

export function dioModule(terminals: DioTerminals, disturbance: Disturbance): DioModule {
  const coils = outputNames.map((name) => cell(name, 1));
  const safeState = cell('safe state, bit per coil', (1 << coils.length) - 1, factorySafeState);
  const watchdog = new Watchdog(() => {
    for (const [output, coil] of coils.entries()) coil.write((safeState.read() >> output) & 1);
  });
  const registers = registerMap({
    coil: coils.map((coil, output) => [output, coil]),
    discrete: inputNames.map((name, input) => [input, { name, read: () => (terminals.contact(input) ? 1 : 0) }]),
    holding: [
      [100, watchdog.register(0xffff)],
      [101, safeState],
    ],
  });
  return {
    kind: 'dio-8',
    registers,
    slave: slaveOf(registers, disturbance),
    watchdog,
    relay: (output) => coils[output]?.read() === 1,
    restart() {
      for (const coil of coils) coil.restart();
      safeState.restart();
      watchdog.restart();
    },
  };
}
