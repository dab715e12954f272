/** Where the signals of a machine stand on the page, told by their ids alone: further zones and drives need no code. */
export interface Arrangement {
  /** Along the barrel: what is not heated first (motor, feed throat), then the heated zones to the nozzle. */
  readonly points: readonly MeasuringPoint[];
  readonly drives: readonly DriveSignals[];
  /** Fans and pumps. */
  readonly cooling: readonly string[];
}

export interface MeasuringPoint {
  readonly name: string;
  readonly temperature: string;
  /** Set on heated zones. */
  readonly heater: { readonly setpoint: string; readonly output: string } | null;
  /** The last heated zone. */
  readonly nozzle: boolean;
}

export interface DriveSignals {
  readonly name: string;
  readonly setpoint: string;
  readonly command: string;
  readonly speed: string;
  readonly current: string;
  readonly running: string;
  readonly fault: string;
}

/** What stands before the heated zones, from the drive towards the nozzle. */
const coldEnd = ['motor', 'feed'];
const driveOrder = ['main', 'feed'];

export function arrange(ids: Iterable<string>): Arrangement {
  const known = new Set(ids);
  const names = unique([...known].map((id) => /^temperature\.([^.]+)$/.exec(id)?.[1]));
  const heated = names.filter((name) => known.has(`heater.${name}.setpoint`)).toSorted(naturally);
  const unheated = names.filter((name) => !heated.includes(name)).toSorted(inOrderOf(coldEnd));
  const drives = unique([...known].map((id) => /^motor\.([^.]+)\.[^.]+$/.exec(id)?.[1])).toSorted(
    inOrderOf(driveOrder),
  );
  return {
    points: [
      ...unheated.map((name) => ({ name, temperature: `temperature.${name}`, heater: null, nozzle: false })),
      ...heated.map((name, index) => ({
        name,
        temperature: `temperature.${name}`,
        heater: { setpoint: `heater.${name}.setpoint`, output: `heater.${name}.output` },
        nozzle: index === heated.length - 1,
      })),
    ],
    drives: drives.map(driveSignals),
    cooling: [...known].filter((id) => /^(fan|pump)\.[^.]+$/.test(id)).toSorted(naturally),
  };
}

function driveSignals(name: string): DriveSignals {
  const signal = (part: string): string => `motor.${name}.${part}`;
  return {
    name,
    setpoint: signal('setpoint'),
    command: signal('command'),
    speed: signal('speed'),
    current: signal('current'),
    running: signal('running'),
    fault: signal('fault'),
  };
}

/** Which point of the machine an alarm belongs to: alarm ids begin with the name of their zone or drive. */
export function concerns(alarmId: string, kind: 'point' | 'drive', name: string): boolean {
  const ofDrive = alarmId.startsWith(`${name.toUpperCase()}_DRIVE_`);
  return kind === 'drive' ? ofDrive : !ofDrive && alarmId.startsWith(`${name.toUpperCase()}_`);
}

function unique(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** zone2 before zone10. */
function naturally(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function inOrderOf(first: readonly string[]): (a: string, b: string) => number {
  const rank = (name: string): number => (first.includes(name) ? first.indexOf(name) : first.length);
  return (a, b) => rank(a) - rank(b) || naturally(a, b);
}
