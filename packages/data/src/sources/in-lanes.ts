/**
 * Runs `task(0)` to `task(count - 1)`, started in this order, `lanes` at a time.
 *
 * Once a task has failed none is started any more; when those under way have ended, the first failure is thrown.
 */
export async function inLanes(count: number, lanes: number, task: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const lane = async () => {
    while (next < count && failures.length === 0) await task(next++).catch((error) => failures.push(error));
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
  if (failures.length > 0) throw failures[0];
}
