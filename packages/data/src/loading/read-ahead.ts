/**
 * Reads items `from` … `to` − 1 in order, up to `depth` of them ahead of the consumer.
 *
 * Reading goes on while the consumer works. What was read ahead for a consumer that has left is dropped.
 */
export async function* readAhead<T>(
  from: number,
  to: number,
  depth: number,
  read: (index: number) => Promise<T>,
): AsyncGenerator<T, void, undefined> {
  const waiting: Promise<T>[] = [];
  let next = from;
  const fill = () => {
    while (next < to && waiting.length < depth) {
      const item = read(next++);
      item.catch(() => {}); // heard where it is awaited; a consumer that has left does not want to know
      waiting.push(item);
    }
  };
  fill();
  while (waiting.length > 0) {
    const item = await waiting.shift()!;
    fill();
    yield item;
  }
}

/** Throws a RangeError unless `prefetch` is an integer of at least 1. */
export function assertPrefetch(prefetch: number): void {
  if (!Number.isInteger(prefetch) || prefetch < 1) {
    throw new RangeError(`Cannot read ${prefetch} batches ahead: give an integer of at least 1`);
  }
}
