import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ModuleStatistics } from '../../machine/field.ts';
import type { MachineView } from '../../machine/ports.ts';
import type { HistoryAccount } from '../../operations/ports/history.ts';

/** Figures for Prometheus, read at the moment they are asked for. */
export function openMetrics(machine: MachineView, history: () => HistoryAccount): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  function gauge(name: string, help: string, read: () => number): void {
    const registers = [registry];
    const metric: Gauge = new Gauge({ name: `tve_${name}`, help, registers, collect: () => metric.set(read()) });
  }
  gauge('control_alive', 'Whether the control process is heard from', () => (machine.controlAlive ? 1 : 0));
  gauge('scan_count', 'Scans since the start of the control process', () => machine.status.scan.count);
  gauge('scan_overruns', 'Scans later than twice their period', () => machine.status.scan.overruns);
  gauge(
    'scan_jitter_p99_ms',
    '99th percentile of the lateness of a scan over a minute',
    () => machine.status.scan.jitterP99Ms,
  );
  gauge('alarms_active', 'Announced alarms whose condition stands', () => machine.status.alarms.active);
  gauge(
    'alarms_unacknowledged',
    'Announced alarms that nobody has acknowledged',
    () => machine.status.alarms.unacknowledged,
  );
  for (const part of ['recorded', 'delivered', 'spooled', 'deadLettered', 'dropped'] as const) {
    gauge(`history_points_${snake(part)}`, `Points of history ${part} since the first start`, () => history()[part]);
  }
  for (const counter of ['requests', 'failures', 'timeouts', 'exceptions', 'lateFrames'] as const) {
    perModule(
      registry,
      machine,
      `modbus_${snake(counter)}`,
      `Modbus ${counter} per module since the start`,
      (module) => module[counter],
    );
  }
  perModule(registry, machine, 'modbus_demoted', 'Polled slowly because the module does not answer', ({ demoted }) =>
    demoted ? 1 : 0,
  );
  return registry;
}

function perModule(
  registry: Registry,
  machine: MachineView,
  name: string,
  help: string,
  read: (module: ModuleStatistics) => number,
): void {
  const metric: Gauge<'module' | 'line'> = new Gauge({
    name: `tve_${name}`,
    help,
    labelNames: ['module', 'line'],
    registers: [registry],
    collect() {
      for (const module of machine.modules) metric.set({ module: module.id, line: module.line }, read(module));
    },
  });
}

function snake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
