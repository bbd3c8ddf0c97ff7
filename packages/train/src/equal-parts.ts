/**
 * How many images each part of a batch has, for gradients that are accumulated over parts.
 *
 * @throws RangeError if `parts` is no positive integer, or the batch cannot be divided into so many equal parts.
 *
 * @example
 * ```ts
 * equalParts(256, 4); // 64
 * ```
 */
export function equalParts(batchSize: number, parts: number): number {
  if (!Number.isInteger(parts) || parts < 1) {
    throw new RangeError(`Cannot accumulate gradients over ${parts} parts of a batch: give an integer of at least 1`);
  }
  if (batchSize % parts !== 0) {
    const fitting = Array.from({ length: batchSize }, (_, i) => i + 1).filter((n) => batchSize % n === 0);
    throw new RangeError(
      `Cannot take a batch of ${batchSize} images in ${parts} equal parts: accumulate over ${fitting.join(', ')}, or give a batch size that is a multiple of ${parts}`,
    );
  }
  return batchSize / parts;
}
