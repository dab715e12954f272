import type { CampaignSlave } from './campaign-slave.ts';
import { type Schedule, wordingOf } from './schedule.ts';

/** A law of the drivers that did not hold. */
export class BrokenLawError extends Error {
  constructor(law: string, schedule: Schedule, slave: CampaignSlave, told: readonly string[]) {
    const requests = slave.recent.map(
      ({ unit, functionCode, address, argument, fault, isDone, atMs }) =>
        `  ${atMs.toFixed(1)} unit ${unit} FC${functionCode} ${address} ${argument}${fault === null ? '' : ` (${fault})`}${isDone ? '' : ' under way'}`,
    );
    super(
      [
        law,
        `repeat: TVE_CAMPAIGN_SEED=${schedule.seed} TVE_CAMPAIGN_TRANSPORT=${schedule.transport} TVE_CAMPAIGN_COUNT=1 npm test -- test/drivers/campaign/campaign.test.ts`,
        wordingOf(schedule),
        ...told.slice(-20),
        ...requests.slice(-Number(process.env['TVE_CAMPAIGN_REQUESTS'] ?? 25)),
      ].join('\n'),
    );
    this.name = 'BrokenLawError';
  }
}
