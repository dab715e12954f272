import assert from 'node:assert/strict';

import { produce } from './production-hours.ts';
import { Rig } from './rig.ts';

describe('hours of production with a sound barrel', () => {
  for (const [seed, plant] of [
    [1, {}],
    [2, { gainShare: 0.9, timeShare: 0.85 }],
  ] as const) {
    it(`raise no alarm while the heater models are learnt: ${JSON.stringify(plant)}`, () => {
      const rig = new Rig({ plant });
      const { starts, setpointChanges, loadSteps, doors } = produce(rig, 4, seed);
      assert.ok(starts > 0 && setpointChanges > 2 && loadSteps > 0 && doors > 0);
      assert.deepEqual(
        rig.core.zones().map(({ model }) => model.from),
        ['learnt', 'learnt'],
      );
    }).timeout(60_000);
  }
});
