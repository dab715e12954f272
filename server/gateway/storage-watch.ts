import { statfs } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { HistoryLag } from '../../historian/settings.ts';
import type { Conditions } from './own-alarms.ts';

const periodMs = 2_000;
/** The time series store may be away this long before anybody is bothered. */
const bufferingAfterSeconds = 60;
const bufferHighShare = 0.8;
const diskLowShare = 0.85;

export interface StorageWatchOptions {
  readonly dataDir: string;
  readonly lag: () => HistoryLag;
  readonly report: (conditions: Conditions) => void;
  readonly log: Logger;
}

/** Watches the data directory's disk and the way of history to its store. @returns how to stop */
export function watchStorage({ dataDir, lag, report, log }: StorageWatchOptions): () => void {
  async function look(): Promise<void> {
    const { unreachableSeconds, budgetShare } = lag();
    report({
      HISTORIAN_BUFFERING: {
        stands: unreachableSeconds >= bufferingAfterSeconds,
        value: Math.round(unreachableSeconds),
        says: `The time series store has not been reached for ${Math.round(unreachableSeconds)} s; ${bufferingAfterSeconds} s are the limit.`,
      },
      HISTORIAN_BUFFER_HIGH: {
        stands: budgetShare > bufferHighShare,
        value: Math.round(budgetShare * 100),
        says: `The history buffer holds ${percent(budgetShare)} of its budget; ${percent(bufferHighShare)} is the limit.`,
      },
    });
    try {
      const { blocks, bavail } = await statfs(dataDir);
      const used = 1 - bavail / blocks;
      report({
        DISK_LOW: {
          stands: used > diskLowShare,
          value: Math.round(used * 100),
          says: `The disk of ${dataDir} is ${percent(used)} full; ${percent(diskLowShare)} is the limit.`,
        },
      });
    } catch (error) {
      // unknown is not "enough": the alarm stays as it was
      log.error({ err: error, dataDir }, 'the free space of the data directory can not be told');
      report({ DISK_LOW: { stands: null } });
    }
  }
  const timer = setInterval(() => void look(), periodMs);
  return () => clearInterval(timer);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
