import type { ShaftDrive } from '../plant/inputs.ts';
import type { Channel, ChannelTable, ModuleBase } from './module.ts';
import { cell, int16, registerMap, signed, slaveOf, uint16, type Disturbance } from './registers.ts';
import { Watchdog } from './watchdog.ts';

const controlBits = { run: 1 << 0, reverse: 1 << 1, faultReset: 1 << 7 };
const statusBits = { running: 1 << 0, atSpeed: 1 << 1, fault: 1 << 3 };
const longestWatchdogMs = 5_000;
/** The drive calls itself at speed within this of its setpoint, in rpm. */
const atSpeedRpm = 10;
/** Below this the shaft stands, in rpm. */
const standstillRpm = 0.5;

/**
 * Variable-speed drive. Holding 0: control word (bit 0 run, 1 reverse, 7 fault reset on its rising edge); 1: speed,
 * int16 rpm; 10: watchdog, ms, 0…5000, which on expiry clears the control word and reports no fault. Input 0: status
 * word (bit 0 running, 1 at speed, 3 fault); 1: actual speed, int16 rpm; 2: current, 0.01 A; 3: fault code.
 *
 * After a fault or an open e-stop chain the run bit must go off and on again before the shaft turns.
 */
export interface DriveModule extends ModuleBase {
  readonly kind: 'drive';
  /** What the drive wants of its motor now. */
  demand(): ShaftDrive;
  /** Looks at the e-stop chain, the shaft and itself. Called whenever time has passed. */
  settle(): void;
  faultCode(): number;
  running(): boolean;
}

export const driveChannels: ChannelTable = new Map<string, Channel>([
  ['running', { area: 'input', addresses: [0], terminal: 0, sort: 'measurement' }],
  ['atSpeed', { area: 'input', addresses: [0], terminal: 1, sort: 'measurement' }],
  ['faulted', { area: 'input', addresses: [0], terminal: 2, sort: 'measurement' }],
  ['speed', { area: 'input', addresses: [1], terminal: 3, sort: 'measurement' }],
  ['current', { area: 'input', addresses: [2], terminal: 4, sort: 'measurement' }],
  ['fault', { area: 'input', addresses: [3], terminal: 5, sort: 'measurement' }],
  ['command', { area: 'holding', addresses: [0, 1], terminal: 0, sort: 'command' }],
  ['reset', { area: 'holding', addresses: [0], terminal: 1, sort: 'command' }],
]);

export interface DriveTerminals {
  shaft(): { readonly speedRpm: number; readonly currentA: number };
  /** The hard-wired safe-torque-off input. */
  estopClosed(): boolean;
  /** Code of a fault whose cause stands now; null: none. It stays latched when the cause is gone. */
  failsWith(): number | null;
}

export function driveModule(terminals: DriveTerminals, disturbance: Disturbance): DriveModule {
  const control = cell('control word');
  const speed = cell('speed setpoint, rpm');
  let faultCode = 0;
  /** Run is not obeyed until its bit has been off once. */
  let locked = false;
  let powered = false;

  const commanded = (): boolean => (control.read() & controlBits.run) !== 0;
  const turns = (): boolean => Math.abs(terminals.shaft().speedRpm) >= standstillRpm;
  const isTorqueAllowed = (): boolean => faultCode === 0 && terminals.estopClosed();
  const obeysRun = (): boolean => commanded() && !locked && isTorqueAllowed();

  function targetRpm(): number {
    if (!obeysRun()) return 0;
    const magnitude = signed(speed.read());
    return (control.read() & controlBits.reverse) !== 0 ? -magnitude : magnitude;
  }

  function settle(): void {
    faultCode = terminals.failsWith() ?? faultCode;
    if (!commanded()) locked = false;
    else if (!isTorqueAllowed()) locked = true;
    // a drive that stops by command stays under current until its shaft stands
    powered = obeysRun() || (powered && isTorqueAllowed() && turns());
  }

  function writeControl(word: number): void {
    const isResetEdge = (word & ~control.read() & controlBits.faultReset) !== 0;
    control.write(word);
    if (isResetEdge) faultCode = 0;
    settle();
  }

  function status(): number {
    const isAtSpeed = obeysRun() && Math.abs(terminals.shaft().speedRpm - targetRpm()) <= atSpeedRpm;
    return (
      (powered ? statusBits.running : 0) |
      (isAtSpeed ? statusBits.atSpeed : 0) |
      (faultCode === 0 ? 0 : statusBits.fault)
    );
  }

  const watchdog = new Watchdog(() => writeControl(0));
  const registers = registerMap({
    holding: [
      [0, { ...control, write: writeControl }],
      [1, speed],
      [10, watchdog.register(longestWatchdogMs)],
    ],
    input: [
      [0, { name: 'status word', read: status }],
      [1, { name: 'actual speed, rpm', read: () => int16(terminals.shaft().speedRpm) }],
      [2, { name: 'current, 0.01 A', read: () => uint16(terminals.shaft().currentA * 100) }],
      [3, { name: 'fault code', read: () => faultCode }],
    ],
  });
  return {
    kind: 'drive',
    registers,
    slave: slaveOf(registers, disturbance),
    watchdog,
    demand: () => ({ powered, targetRpm: targetRpm() }),
    settle,
    faultCode: () => faultCode,
    running: () => powered,
    restart() {
      control.restart();
      speed.restart();
      watchdog.restart();
      faultCode = 0;
      powered = false;
      settle();
    },
  };
}
