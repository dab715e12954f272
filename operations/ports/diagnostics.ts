import type { ModuleStatistics } from '../../machine/field.ts';
import type { ScanStatistics } from '../../machine/status.ts';
import type { FieldReport } from './field-report.ts';
import type { HistoryAccount } from './history.ts';

/** How the server itself is doing. Parts that belong to no contract may be added under names of their own. */
export interface Diagnostics {
  readonly history: HistoryAccount;
  readonly modules: readonly ModuleStatistics[];
  readonly scan: ScanStatistics;
  /** null: the control process did not answer in time. */
  readonly field: FieldReport | null;
  readonly opcua?: { readonly sessions: number; readonly subscriptions?: number };
  readonly [part: string]: unknown;
}
