import assert from 'node:assert/strict';
import fc from 'fast-check';

import type { InForce } from '../../machine/recipes/in-force.ts';
import { previewRecipe } from '../../machine/recipes/judge-recipe.ts';
import type { DriveRecipe, Recipe, ZoneRecipe } from '../../machine/recipes/recipe.ts';
import { factory, idle, inForce, load, settingsAndLimits } from './recipe-bench.ts';
import { engineer, reasonsOf, Rig } from './rig.ts';

const numbers = (low: number, high: number) =>
  fc
    .oneof(
      { weight: 8, arbitrary: fc.integer({ min: low, max: high }) },
      fc.double({ min: low * 2 - 100, max: high * 2, noNaN: true }),
      fc.constantFrom(0, Number.NaN, -1),
    )
    .map((value) => (value === 0 ? 0 : value));

const zoneRecipes: fc.Arbitrary<ZoneRecipe> = fc.record(
  {
    setpointC: numbers(180, 265),
    minimumC: numbers(100, 200),
    gains: fc.record({ kp: numbers(0, 20), ki: numbers(0, 2), kd: numbers(0, 50) }, { noNullPrototype: true }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const driveRecipes: fc.Arbitrary<DriveRecipe> = fc.record(
  { speedRpm: numbers(0, 500), maximumRpm: numbers(300, 1_500) },
  { requiredKeys: [], noNullPrototype: true },
);

const recipes: fc.Arbitrary<Recipe> = fc.record({
  name: fc.constantFrom('PET', 'PP', 'PA 6'),
  version: fc.integer({ min: 1, max: 9 }),
  zones: fc.record({ zone1: zoneRecipes, zone2: zoneRecipes }, { requiredKeys: [], noNullPrototype: true }),
  drives: fc.record({ main: driveRecipes, feed: driveRecipes }, { requiredKeys: [], noNullPrototype: true }),
});

/** Without a soak time a hot machine is READY at once. */
const quick = { ...factory, heating: { ...factory.heating, soakSeconds: 0 } };

const stages = {
  idle: () => idle(),
  ready: () => new Rig({ declaration: quick }).toReady(),
  running: () => new Rig({ declaration: quick }).toRunning(),
  manual: () => {
    const rig = idle({ temperatureC: 200 });
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    return rig;
  },
  tripped: () => {
    const rig = new Rig({ declaration: quick }).toReady();
    rig.ask({ name: 'emergencyStop' });
    return rig;
  },
} as const;

const scripts = fc.record({
  stage: fc.constantFrom(...(Object.keys(stages) as (keyof typeof stages)[])),
  loads: fc.array(recipes, { minLength: 1, maxLength: 6 }),
  blind: fc.boolean(),
});

describe('laws of recipes, whatever they say and whenever they are loaded', () => {
  it('one either changes nothing and lists reasons, or leaves exactly what it says within the machine’s limits; the preview knew', () => {
    let taken = 0;
    let refused = 0;
    fc.assert(
      fc.property(scripts, ({ stage, loads, blind }) => {
        const rig = stages[stage]();
        if (blind) {
          rig.injected.set('temperature.motor', 'BadDeviceFailure');
          rig.scan();
        }
        for (const asked of loads) {
          const { changes, reasons } = previewRecipe(factory, asked, inForce(rig));
          const before = inForce(rig);
          const wasRunning = before.state === 'RUNNING';
          const told = settingsAndLimits(rig);
          const outcome = load(rig, asked);
          const after = inForce(rig);
          assert.deepEqual(reasonsOf(outcome), reasons);
          if (outcome.accepted) taken++;
          else refused++;
          if (!outcome.accepted) {
            assert.ok(reasons.length > 0);
            assert.deepEqual(settingsAndLimits(rig), told);
            continue;
          }
          const foretold = changes.map(({ path, from, to }) => ({ path, from, to }));
          assert.deepEqual(foretold, differences(before, after));
          leavesWhatItSays(asked, before, after);
          if (wasRunning) assert.deepEqual(limitsOf(after), limitsOf(before));
          for (const { id, tripAboveC, lowestMinimumC } of factory.zones) {
            const zone = after.zones.get(id) ?? assert.fail();
            assert.ok((zone.setpointC ?? 0) <= tripAboveC - factory.tuning.marginK);
            assert.ok(zone.minimumC >= lowestMinimumC && zone.minimumC <= tripAboveC - factory.tuning.marginK);
          }
          for (const { id, maximumRpm } of factory.drives) {
            const drive = after.drives.get(id) ?? assert.fail();
            assert.ok(drive.maximumRpm > 0 && drive.maximumRpm <= maximumRpm);
            assert.ok((drive.speedRpm ?? 0) <= drive.maximumRpm && (drive.speedRpm ?? 0) >= 0);
          }
        }
        rig.scan();
        for (const { command, id } of factory.drives) {
          const most = rig.core.drives().find((drive) => drive.id === id)?.maximumRpm ?? 0;
          const commanded = Number(rig.output(command));
          assert.ok(commanded <= most, `${id} turns at ${commanded} rpm, above ${most} rpm`);
        }
      }),
      { numRuns: 400 },
    );
    assert.ok(taken > 50 && refused > 50, `${taken} were taken and ${refused} refused: the recipes say too little`);
  });
});

function limitsOf({ zones, drives }: InForce): number[] {
  return [
    ...[...zones.values()].map(({ minimumC }) => minimumC),
    ...[...drives.values()].map((each) => each.maximumRpm),
  ];
}

function leavesWhatItSays(asked: Recipe, before: InForce, after: InForce): void {
  for (const { id, minimumC, pid } of factory.zones) {
    const [named, was, is] = [asked.zones[id], before.zones.get(id), after.zones.get(id)];
    const { kp, ki, kd } = pid;
    assert.deepEqual(is && { setpointC: is.setpointC, minimumC: is.minimumC, gains: is.gains }, {
      setpointC: named?.setpointC ?? was?.setpointC,
      minimumC: named?.minimumC ?? minimumC,
      gains: named?.gains ?? { kp, ki, kd },
    });
  }
  for (const { id, maximumRpm } of factory.drives) {
    const named = asked.drives[id];
    assert.deepEqual(after.drives.get(id), {
      speedRpm: named?.speedRpm ?? before.drives.get(id)?.speedRpm,
      maximumRpm: named?.maximumRpm ?? maximumRpm,
    });
  }
}

/** What differs between two looks at the machine, said without the code that is tested. */
function differences(before: InForce, after: InForce): object[] {
  const found: { path: string; from: number | null; to: number }[] = [];
  const compare = (path: string, from: number | null | undefined, to: number | null): void => {
    if (from !== to) found.push({ path, from: from ?? null, to: to ?? Number.NaN });
  };
  for (const [id, zone] of after.zones) {
    const was = before.zones.get(id);
    compare(`zones.${id}.setpointC`, was?.setpointC, zone.setpointC);
    compare(`zones.${id}.minimumC`, was?.minimumC, zone.minimumC);
    for (const key of ['kp', 'ki', 'kd'] as const)
      compare(`zones.${id}.gains.${key}`, was?.gains[key], zone.gains[key]);
  }
  for (const [id, drive] of after.drives) {
    compare(`drives.${id}.speedRpm`, before.drives.get(id)?.speedRpm, drive.speedRpm);
    compare(`drives.${id}.maximumRpm`, before.drives.get(id)?.maximumRpm, drive.maximumRpm);
  }
  return found;
}
