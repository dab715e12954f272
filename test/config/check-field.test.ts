import { drop, set, tellsExactly } from './cases.ts';

describe('the check of lines and modules', () => {
  tellsExactly([
    [
      'a module on a line that is not there',
      [set(['modules', 'ai1', 'line'], 'rtu1')],
      'modules.ai1.line',
      /is rtu1.*did you mean rtu0\?/,
    ],
    [
      'a module of an unknown kind',
      [set(['modules', 'ai1', 'profile'], 'thermocouple-9')],
      'modules.ai1.profile',
      /no config\/modules\/thermocouple-9\.yaml/,
    ],
    [
      'two modules with one address on a line',
      [set(['modules', 'drive2', 'unit'], 2)],
      'modules.drive2.unit',
      /is 2, which drive1 has on rtu0/,
    ],
    [
      'two lines to one place',
      [set(['lines', 'tcp0', 'port'], '${TVE_SIM_RTU_PORT:5021}')],
      'lines.tcp0',
      /127\.0\.0\.1:5021, where rtu0 goes already/,
    ],
    [
      'a first pause longer than the longest',
      [set(['lines', 'rtu0', 'reconnectMs'], 6000)],
      'lines.rtu0.reconnectMs',
      /6000 ms, longer than reconnectCapMs \(5000 ms\)/,
    ],
    [
      'a serial line whose polls take more than its time',
      [set(['lines', 'rtu0', 'serial'], '4800 8N1')],
      'lines.rtu0',
      /has too much to do\. The plan uses 225 % of 4,800 baud: 135 % for polls.*Raise pollPeriodMs of ai1, drive1, drive2 or the baud rate/,
    ],
    [
      'a watchdog beyond what the drive takes',
      [set(['modules', 'drive1', 'watchdogMs'], 6000)],
      'modules.drive1.watchdogMs',
      /6000 ms.*1…5000 ms/,
    ],
    [
      'a watchdog shorter than two polls',
      [set(['modules', 'drive1', 'watchdogMs'], 400)],
      'modules.drive1.watchdogMs',
      /400 ms, less than two poll periods \(500 ms\)/,
    ],
    [
      'a watchdog that was forgotten',
      [drop(['modules', 'ssr1', 'watchdogMs'])],
      'modules.ssr1.watchdogMs',
      /is missing.*null for none/,
    ],
    [
      'a watchdog on a module without one',
      [set(['modules', 'ai1', 'watchdogMs'], 1000)],
      'modules.ai1.watchdogMs',
      /has no watchdog; remove it/,
    ],
    [
      'a safe state on a module that takes none',
      [set(['modules', 'ssr1', 'safeOn'], ['fan.on'])],
      'modules.ssr1.safeOn',
      /takes no safe state/,
    ],
    [
      'a safe state that names a duty',
      [set(['modules', 'dio1', 'safeOn'], ['fan.on', 'fan.nozzle'])],
      'modules.dio1.safeOn[1]',
      /is fan\.nozzle, which is no relay output of dio1/,
    ],
    [
      'a safe state that names a signal that is not there',
      [set(['modules', 'dio1', 'safeOn'], ['fan.off'])],
      'modules.dio1.safeOn[0]',
      /is fan\.off.*did you mean fan\.on\?/,
    ],
  ]);
});
