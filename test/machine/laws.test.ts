import assert from 'node:assert/strict';
import fc from 'fast-check';

import { play, scripts, type Script } from './script.ts';
import { TwinCore } from './twin-core.ts';
import { Witness } from './witness.ts';

/** Plays a script under the eyes of a witness, on two cores that must agree. */
function watch(script: Script): Witness {
  let witness: Witness | null = null;
  play(script, { create: (...ground) => new TwinCore(...ground) }, (rig) => {
    const watcher = new Witness(rig);
    witness = watcher;
    return (deed) => watcher.look(rig, deed);
  });
  const seen: Witness | null = witness;
  return seen ?? assert.fail('nothing was played');
}

/** Of all scripts at least so many % get there: a law about what never happens must have had its chance to break. */
const floors: readonly (readonly [place: string, percent: number])[] = [
  ['RUNNING', 40],
  ['ALARM', 45],
  ['MANUAL', 20],
  ['duty', 50],
  ['cleared', 8],
  ['over-temperature', 3],
  ['cold extrusion', 2],
  ['restart', 2],
  ['restart in ALARM', 0.5],
  ['panel', 5],
  ['cycle', 3],
  ['recipe', 1],
];

const by = { name: 'olga', role: 'operator', kind: 'person' } as const;
const empty = { version: 1, zones: {}, drives: {} };

/** Scripts that broke a law once. */
const kept: Readonly<Record<string, Script>> = {
  'two recipes in one scan, of which the last is in force': {
    from: 'cold',
    deeds: [
      {
        kind: 'ask',
        actions: [
          { name: 'loadRecipe', recipe: { name: 'PE', ...empty } },
          { name: 'loadRecipe', recipe: { name: 'PET', ...empty } },
        ],
        by,
      },
    ],
  },
};

describe('laws of the control core, whatever is asked and whatever fails', () => {
  for (const [what, script] of Object.entries(kept)) it(`hold for ${what}`, () => void watch(script));

  const runs = Number(process.env['TVE_LAW_RUNS'] ?? 10_000);

  it(`hold in every scan of ${runs} scripts of commands, faults, late scans, clock steps and restarts`, () => {
    const reached = new Map<string, number>();
    let played = 0;
    fc.assert(
      fc.property(scripts, (script) => {
        const { reached: places } = watch(script);
        played++;
        for (const place of places) reached.set(place, (reached.get(place) ?? 0) + 1);
      }),
      { numRuns: runs, includeErrorInReport: true },
    );
    // a law about what never happens would hold of itself; few scripts say nothing about shares
    if (runs < 2_000) return;
    for (const [place, percent] of floors) {
      const share = (100 * (reached.get(place) ?? 0)) / played;
      assert.ok(share >= percent, `only ${share.toFixed(1)} % of the scripts reached ${place}`);
    }
  }).timeout(600_000);
});
