/**
 * Does the work on all items, on so many of them at a time. After a failure no further one is begun, and those under way are
 * waited for.
 *
 * @throws what the work on the first of them that failed threw
 */
export async function inWindow<T>(
  window: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const item of waiting) {
      if (failures.length > 0) return;
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(window, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
