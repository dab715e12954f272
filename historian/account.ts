import type { DatabaseSync } from 'node:sqlite';

/**
 * Disk taken by a row of the spool and its entry in the index, in bytes, as SQL; about 60 measured besides the texts.
 */
export const rowBytes = `(64 + coalesce(octet_length(state), 0) + coalesce(octet_length(fields), 0))`;

/** Changes of the account; what is not named stays. */
export interface AccountChange {
  readonly recorded?: number;
  readonly delivered?: number;
  readonly spooled?: number;
  readonly deadLettered?: number;
  readonly dropped?: number;
  readonly spooledBytes?: number;
}

/** To be called inside the transaction that moves the points. */
export function accountOf(database: DatabaseSync): (change: AccountChange) => void {
  const add = database.prepare(`
    update account set recorded = recorded + ?, delivered = delivered + ?, spooled = spooled + ?,
      dead_lettered = dead_lettered + ?, dropped = dropped + ?, spooled_bytes = spooled_bytes + ?`);
  return ({ recorded = 0, delivered = 0, spooled = 0, deadLettered = 0, dropped = 0, spooledBytes = 0 }) => {
    add.run(recorded, delivered, spooled, deadLettered, dropped, spooledBytes);
  };
}
