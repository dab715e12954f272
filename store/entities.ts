import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';
import type { Role } from '../machine/commands/role.ts';

/**
 * Times are ms since 1970 UTC as bigint: exact and the same in both databases. PostgreSQL gives bigint back as text,
 * SQLite as a number, hence the transformer; ms stay below 2^53 for longer than plastics will be recycled.
 */
const wholeNumber: EntitySchemaColumnOptions = {
  type: 'bigint',
  transformer: {
    to: (value: unknown) => value,
    from: (value: unknown) => (value === null || value === undefined ? null : Number(value)),
  },
};

export interface AccountRow {
  id: number;
  username: string;
  /** The name by which accounts are told apart: compatibility forms and case folded. */
  usernameKey: string;
  role: Role;
  passwordHash: string;
  passwordOrigin: 'generated' | 'given' | 'chosen';
  mustChangePassword: boolean;
  disabled: boolean;
  site: string | null;
  createdAtMs: number;
  passwordChangedAtMs: number;
  lastSignInAtMs: number | null;
}

export const accountEntity = new EntitySchema<AccountRow>({
  name: 'account',
  columns: {
    id: { type: 'integer', primary: true, generated: 'increment' },
    username: { type: 'text' },
    usernameKey: { name: 'username_key', type: 'varchar', length: 128 },
    role: { type: 'varchar', length: 16 },
    passwordHash: { name: 'password_hash', type: 'text' },
    passwordOrigin: { name: 'password_origin', type: 'varchar', length: 16 },
    mustChangePassword: { name: 'must_change_password', type: 'boolean' },
    disabled: { type: 'boolean' },
    site: { type: 'text', nullable: true },
    createdAtMs: { ...wholeNumber, name: 'created_at_ms' },
    passwordChangedAtMs: { ...wholeNumber, name: 'password_changed_at_ms' },
    lastSignInAtMs: { ...wholeNumber, name: 'last_sign_in_at_ms', nullable: true },
  },
  indices: [{ name: 'account_username_key', columns: ['usernameKey'], unique: true }],
});

export interface SessionRow {
  tokenHash: string;
  csrfToken: string;
  accountId: number;
  createdAtMs: number;
  lastSeenAtMs: number;
  expiresAtMs: number;
  address: string;
}

export const sessionEntity = new EntitySchema<SessionRow>({
  name: 'session',
  columns: {
    tokenHash: { name: 'token_hash', type: 'varchar', length: 64, primary: true },
    csrfToken: { name: 'csrf_token', type: 'varchar', length: 64 },
    accountId: { name: 'account_id', type: 'integer' },
    createdAtMs: { ...wholeNumber, name: 'created_at_ms' },
    lastSeenAtMs: { ...wholeNumber, name: 'last_seen_at_ms' },
    expiresAtMs: { ...wholeNumber, name: 'expires_at_ms' },
    address: { type: 'text' },
  },
  foreignKeys: [
    {
      name: 'session_account',
      target: 'account',
      columnNames: ['account_id'],
      referencedColumnNames: ['id'],
      onDelete: 'CASCADE',
    },
  ],
  indices: [{ name: 'session_account_id', columns: ['accountId'] }],
});

/** JSON is kept as text, not as jsonb: the hash chain needs back exactly what was written. */
export interface AuditRow {
  seq: number;
  atMs: number;
  actor: string;
  role: string | null;
  kind: string;
  origin: string;
  station: string | null;
  action: string;
  args: string;
  before: string;
  after: string;
  reason: string | null;
  result: string;
  reasons: string;
  controlSeq: number | null;
  previousHash: string;
  hash: string;
}

export const auditEntity = new EntitySchema<AuditRow>({
  name: 'audit',
  columns: {
    seq: { ...wholeNumber, primary: true },
    atMs: { ...wholeNumber, name: 'at_ms' },
    actor: { type: 'text' },
    role: { type: 'varchar', length: 16, nullable: true },
    kind: { type: 'varchar', length: 16 },
    origin: { type: 'varchar', length: 16 },
    station: { type: 'text', nullable: true },
    action: { type: 'text' },
    args: { type: 'text' },
    before: { name: 'value_before', type: 'text' },
    after: { name: 'value_after', type: 'text' },
    reason: { type: 'text', nullable: true },
    result: { type: 'varchar', length: 16 },
    reasons: { type: 'text' },
    controlSeq: { ...wholeNumber, name: 'control_seq', nullable: true },
    previousHash: { name: 'previous_hash', type: 'varchar', length: 64 },
    hash: { type: 'varchar', length: 64 },
  },
  indices: [
    { name: 'audit_at', columns: ['atMs'] },
    { name: 'audit_actor', columns: ['actor', 'seq'] },
    { name: 'audit_control', columns: ['controlSeq', 'atMs'], unique: true },
  ],
});

export interface AlarmJournalRow {
  id: number;
  controlSeq: number | null;
  atMs: number;
  alarm: string;
  occurrenceId: string;
  transition: string;
  priority: number;
  actor: string | null;
  station: string | null;
  comment: string | null;
  /** The whole occurrence as it stood then, as JSON. */
  occurrence: string;
}

export const alarmJournalEntity = new EntitySchema<AlarmJournalRow>({
  name: 'alarm_journal',
  columns: {
    id: { type: 'integer', primary: true, generated: 'increment' },
    controlSeq: { ...wholeNumber, name: 'control_seq', nullable: true },
    atMs: { ...wholeNumber, name: 'at_ms' },
    alarm: { type: 'text' },
    occurrenceId: { name: 'occurrence_id', type: 'text' },
    transition: { type: 'varchar', length: 32 },
    priority: { type: 'integer' },
    actor: { type: 'text', nullable: true },
    station: { type: 'text', nullable: true },
    comment: { type: 'text', nullable: true },
    occurrence: { type: 'text' },
  },
  indices: [
    { name: 'alarm_journal_control', columns: ['controlSeq', 'atMs'], unique: true },
    { name: 'alarm_journal_at', columns: ['atMs'] },
    { name: 'alarm_journal_alarm', columns: ['alarm', 'id'] },
  ],
});

export interface StateChangeRow {
  id: number;
  controlSeq: number;
  atMs: number;
  fromState: string;
  toState: string;
}

export const stateChangeEntity = new EntitySchema<StateChangeRow>({
  name: 'state_change',
  columns: {
    id: { type: 'integer', primary: true, generated: 'increment' },
    controlSeq: { ...wholeNumber, name: 'control_seq' },
    atMs: { ...wholeNumber, name: 'at_ms' },
    fromState: { name: 'from_state', type: 'varchar', length: 16 },
    toState: { name: 'to_state', type: 'varchar', length: 16 },
  },
  indices: [
    { name: 'state_change_control', columns: ['controlSeq', 'atMs'], unique: true },
    { name: 'state_change_at', columns: ['atMs'] },
  ],
});

export interface CycleRow {
  id: number;
  controlSeq: number;
  atMs: number;
  startedBy: string;
  startedByKind: string;
  startedAtMs: number;
  endedAtMs: number;
}

/** Completed start/stop cycles. */
export const cycleEntity = new EntitySchema<CycleRow>({
  name: 'cycle',
  columns: {
    id: { type: 'integer', primary: true, generated: 'increment' },
    controlSeq: { ...wholeNumber, name: 'control_seq' },
    atMs: { ...wholeNumber, name: 'at_ms' },
    startedBy: { name: 'started_by', type: 'text' },
    startedByKind: { name: 'started_by_kind', type: 'varchar', length: 16 },
    startedAtMs: { ...wholeNumber, name: 'started_at_ms' },
    endedAtMs: { ...wholeNumber, name: 'ended_at_ms' },
  },
  indices: [
    { name: 'cycle_control', columns: ['controlSeq', 'atMs'], unique: true },
    { name: 'cycle_ended', columns: ['endedAtMs'] },
  ],
});

export interface CounterRow {
  name: string;
  value: number;
  atMs: number;
}

export const counterEntity = new EntitySchema<CounterRow>({
  name: 'counter',
  columns: {
    name: { type: 'varchar', length: 128, primary: true },
    value: { type: 'double precision' },
    atMs: { ...wholeNumber, name: 'at_ms' },
  },
});

export interface RecipeVersionRow {
  id: number;
  name: string;
  /** The name by which recipes are told apart: compatibility forms and case folded. */
  nameKey: string;
  version: number;
  /** Zones and drives as JSON. */
  content: string;
  deleted: boolean;
  author: string;
  savedAtMs: number;
  reason: string | null;
}

export const recipeVersionEntity = new EntitySchema<RecipeVersionRow>({
  name: 'recipe_version',
  columns: {
    id: { type: 'integer', primary: true, generated: 'increment' },
    name: { type: 'text' },
    nameKey: { name: 'name_key', type: 'varchar', length: 255 },
    version: { type: 'integer' },
    content: { type: 'text' },
    deleted: { type: 'boolean' },
    author: { type: 'text' },
    savedAtMs: { ...wholeNumber, name: 'saved_at_ms' },
    reason: { type: 'text', nullable: true },
  },
  indices: [{ name: 'recipe_version_number', columns: ['nameKey', 'version'], unique: true }],
});

export const entities = [
  accountEntity,
  sessionEntity,
  auditEntity,
  alarmJournalEntity,
  stateChangeEntity,
  cycleEntity,
  counterEntity,
  recipeVersionEntity,
];
