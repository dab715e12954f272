export type InfluxRow = Readonly<Record<string, number | string | boolean | null>>;

/** The store answers and says no. */
export class StoreRefusedError extends Error {
  readonly code = 'STORE_REFUSED';
  /** Of HTTP. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

interface InfluxAnswer {
  readonly results?: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly columns: readonly string[];
      readonly values?: readonly InfluxRow[string][][];
    }[];
  }[];
}

/**
 * The rows of one statement by column name.
 *
 * @throws StoreRefusedError with the store's words when the statement failed
 */
export function rowsOf(answer: unknown): readonly InfluxRow[] {
  const [result] = (answer as InfluxAnswer | null)?.results ?? [];
  if (result?.error !== undefined) throw new StoreRefusedError(result.error, 200);
  const [series] = result?.series ?? [];
  // An empty list, of databases for example, is a series without values.
  if (series?.values === undefined) return [];
  return series.values.map((values) =>
    Object.fromEntries(series.columns.map((column, i) => [column, values[i] ?? null])),
  );
}
