/** Draws of indices, each with a probability proportional to its mass. */
export interface WeightedDraws {
  /** The sum of all masses. */
  readonly total: number;
  /** An index whose mass is above 0; only if the total is above 0. */
  draw(): number;
}

/**
 * Sums masses up, to draw from them by binary search.
 *
 * @param masses Finite, 0 or more.
 * @param uniform Draws from 0 to below 1.
 */
export function weightedDraws(masses: Float64Array, uniform: () => number): WeightedDraws {
  const sums = new Float64Array(masses.length);
  let total = 0;
  for (let i = 0; i < masses.length; i++) {
    total += masses[i]!;
    sums[i] = total;
  }
  return {
    total,
    draw() {
      const place = uniform() * total;
      let [low, high] = [0, sums.length - 1];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (sums[middle]! > place) high = middle;
        else low = middle + 1;
      }
      // Rounding may have reached the total, which ends with masses of 0.
      while (masses[low] === 0) low--;
      return low;
    },
  };
}
