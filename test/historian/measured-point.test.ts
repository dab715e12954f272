import assert from 'node:assert/strict';
import { driverPoint } from '../../historian/measured-point.ts';
import type { ModuleStatistics } from '../../machine/field.ts';

const module: ModuleStatistics = {
  id: 'ai1',
  line: 'rtu0',
  requests: 100,
  failures: 9,
  timeouts: 5,
  exceptions: 3,
  lateFrames: 2,
  latencyP50Ms: 4.5,
  latencyP95Ms: 7.25,
  demoted: true,
  lastError: 'rtu0 unit 1 FC04 input 0…3: no reply within 300 ms',
  lastErrorAtMs: 1_763_000_000_000,
};

const integers = (requests: number, failures: number, timeouts: number, exceptions: number, late: number) => ({
  requests: { integer: requests },
  failures: { integer: failures },
  timeouts: { integer: timeouts },
  exceptions: { integer: exceptions },
  late_frames: { integer: late },
});
const rest = { latency_p50_ms: 4.5, latency_p95_ms: 7.25, demoted: true };

describe('the measurement of a driver', () => {
  it('has every count since the last point, the reply times as they are, and whether the module is demoted', () => {
    const before = { ...module, requests: 60, failures: 8, timeouts: 5, exceptions: 1, lateFrames: 0 };
    assert.deepEqual(driverPoint(module, before, 1_000), {
      measurement: 'driver',
      tags: { module: 'ai1', bus: 'rtu0' },
      fields: { ...integers(40, 1, 0, 2, 2), ...rest },
      atMs: 1_000,
    });
  });

  it('counts from nothing at first, and when the control process has begun anew', () => {
    const whole = { ...integers(100, 9, 5, 3, 2), ...rest };
    assert.deepEqual(driverPoint(module, undefined, 1_000).fields, whole);
    assert.deepEqual(driverPoint(module, { ...module, requests: 5_000 }, 1_000).fields, whole);
  });
});
