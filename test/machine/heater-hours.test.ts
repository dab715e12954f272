import assert from 'node:assert/strict';

import type { PlantOptions } from './plant.ts';
import { produce } from './production-hours.ts';
import { Rig } from './rig.ts';

describe('hours of production with a sound barrel', () => {
  const barrels: readonly (readonly [number, Partial<PlantOptions>])[] = [
    [1, {}],
    [2, { gainShare: 0.9, timeShare: 0.85 }],
  ];
  for (const [seed, plant] of barrels) {
    it(`raise no alarm while the heater models are learnt: ${JSON.stringify(plant)}`, () => {
      const rig = new Rig({ plant });
      const { starts, setpointChanges, loadSteps, doors } = produce(rig, 4, seed);
      assert.ok(starts > 0 && setpointChanges > 2 && loadSteps > 0 && doors > 0);
      const learnt = rig.core.zones().filter(({ model }) => model.from === 'learnt');
      assert.ok(learnt.length > 0);
      // doors and starts disturb it, and it stays a model of this barrel
      for (const { id, model } of learnt) {
        const nominal = rig.declaration.zones.find((zone) => zone.id === id)?.model;
        const gain = model.gainKPerPercent / ((nominal?.gainKPerPercent ?? 0) * (plant.gainShare ?? 1.06));
        const time = model.timeConstantSeconds / ((nominal?.timeConstantSeconds ?? 0) * (plant.timeShare ?? 1.1));
        for (const share of [gain, time]) assert.ok(share > 0.75 && share < 1.3, `${id}: ${share.toFixed(2)}`);
      }
    }).timeout(60_000);
  }
});
