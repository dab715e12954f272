import assert from 'node:assert/strict';

import { produce } from './production-hours.ts';
import { Rig } from './rig.ts';

describe('a hundred hours of production with a sound barrel', () => {
  for (const [seed, plant] of [
    [11, {}],
    [12, { gainShare: 0.85, timeShare: 0.8 }],
    [13, { gainShare: 1.25, timeShare: 1.3, extraDeadSeconds: 3 }],
  ] as const) {
    it(`raise no alarm: ${JSON.stringify(plant)}`, () => {
      const { starts, loadSteps, doors, coolings, zoneTests } = produce(new Rig({ plant }), 100, seed);
      for (const times of [starts, loadSteps, doors, coolings, zoneTests]) assert.ok(times > 10);
    }).timeout(0);
  }
});
