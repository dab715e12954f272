import assert from 'node:assert/strict';
import { campaign, wordingOf } from './campaign.ts';
import { type Transport, transports } from './schedule.ts';

/** TVE_CAMPAIGN_SEED and TVE_CAMPAIGN_COUNT (of each kind of line) choose other schedules than the usual ones. */
const firstSeed = Number(process.env['TVE_CAMPAIGN_SEED'] ?? 100_000);
const count = process.env['TVE_CAMPAIGN_COUNT'];

const share: Readonly<Record<Transport, { readonly count: number; readonly lanes: number }>> = {
  tcp: { count: 9_500, lanes: 20 },
  'rtu-over-tcp': { count: 8_500, lanes: 20 },
  rtu: { count: 2_500, lanes: 10 },
};

describe('20,000 fault schedules', () => {
  for (const transport of transports) {
    it(`by ${transport} break no law`, async () => {
      const wanted = count === undefined ? share[transport].count : Number(count);
      const startMs = performance.now();
      const figures = await campaign(transport, firstSeed, wanted, share[transport].lanes, (done) => {
        if (done % 1_000 === 0) console.log(`  ${done} by ${transport}`);
      });
      console.log(wordingOf(transport, figures, performance.now() - startMs));
      assert.equal(figures.schedules, wanted);
    });
  }
});
