import type { Rng } from '@hcsc/random';
import { type Tensor, tensor, type Variable } from '@tensorflow/tfjs-core';

/** A variable, and the gradient that is claimed for it. */
export interface ClaimedGradient {
  readonly name: string;
  readonly variable: Variable;
  readonly gradient: readonly number[];
}

/** Differences of float32 want long steps, corners of ReLUs short ones: a right gradient agrees at one of them. */
const STEPS = [1e-2, 3e-3, 3e-2, 1e-3];
const TOLERANCE = 0.02;

/**
 * Compares gradients with central differences of `value` along two directions of each variable: that of its gradient,
 * which shows a wrong length, and a random one, which shows a wrong direction.
 *
 * A right gradient can fail at a point next to a corner of a ReLU: try again elsewhere.
 *
 * @param value As the variables are; they have their values back afterwards.
 * @returns What is wrong, by name.
 */
export function wrongSlopes(
  claims: readonly ClaimedGradient[],
  value: () => number,
  rng: Rng,
): Readonly<Record<string, string>> {
  const wrong: Record<string, string> = {};
  for (const { name, variable, gradient } of claims) {
    const length = Math.hypot(...gradient);
    const random = gradient.map(() => rng.normal());
    const size = Math.hypot(...random);
    const directions = [random.map((x) => x / size), ...(length > 0 ? [gradient.map((x) => x / length)] : [])];
    for (const direction of directions) {
      const claimed = direction.reduce((sum, d, i) => sum + d * gradient[i]!, 0);
      // In a random direction a slope is about that long.
      const typical = Math.max(Math.abs(claimed), length / Math.sqrt(gradient.length));
      const near = (slope: number) => Math.abs(slope - claimed) < TOLERANCE * typical + 1e-4;
      const found = slopes(variable, direction, value, near);
      if (!found.some(near)) wrong[name] = `differences give the slope ${found.join(' or ')}, the gradient ${claimed}`;
    }
  }
  return wrong;
}

/** The slope by each step, up to the first that is good. */
function slopes(
  variable: Variable,
  direction: readonly number[],
  value: () => number,
  good: (slope: number) => boolean,
): number[] {
  const start = Array.from(variable.dataSync());
  const put = (by: number) => {
    const moved: Tensor = tensor(
      start.map((x, i) => x + by * direction[i]!),
      variable.shape,
    );
    variable.assign(moved);
    moved.dispose();
  };
  const found: number[] = [];
  try {
    for (const step of STEPS) {
      put(step);
      const above = value();
      put(-step);
      found.push((above - value()) / (2 * step));
      if (good(found.at(-1)!)) break;
    }
    return found;
  } finally {
    put(0);
  }
}
