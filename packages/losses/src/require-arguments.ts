import { cast, logicalNot, stack, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { isTracing } from './is-tracing.js';
import type { Kind, Sizes } from './kinds.js';
import { requireGradients } from './require-gradients.js';
import { type AnyOptions, requireOptions } from './require-options.js';
import { requireThat } from './require-that.js';

/**
 * What an argument has to be.
 *
 * A shape is words like `'N M'`: a word is any size of at least 1 where it comes first, and the same size after that
 * (`'2N'`: twice N).
 */
export type Argument = readonly [name: string, tensor: Tensor | undefined, shape: string, kind: Kind, more?: Kind];

/**
 * Refuses options and tensors that a loss cannot use: first by shape and dtype, which costs nothing and reads no value,
 * then (with `check`, and not while a compiler traces) by value, with one small download for all of them.
 *
 * @param given Optional arguments that were not given are null or undefined.
 * @throws TypeError if it is no tensor, or the rank or dtype is wrong; RangeError if a size or a value is (NaN breaks
 * every rule); Error if a gradient is asked for and none is registered.
 */
export function requireArguments(
  loss: string,
  options: AnyOptions,
  given: readonly (Argument | null | undefined)[],
): void {
  requireOptions(loss, options);
  const present = given.filter((argument) => argument != null);
  const sizes: Record<string, number> = {};
  for (const argument of present) requireShape(loss, argument, sizes);
  requireGradients(loss);
  if (options.check !== false && !isTracing()) requireValues(loss, present, sizes);
}

function requireShape(loss: string, [name, tensor, shape, { dtypes }]: Argument, sizes: Record<string, number>): void {
  const words = shape.split(' ');
  const known = words.map((word) => (word[0] === '2' ? 2 * sizes[word[1]!]! : sizes[word]));
  const needed = `${name} as ${dtypes.join(' or ')} [${words.map((word, i) => known[i] ?? word[0]).join(', ')}]`;
  requireThat(Array.isArray(tensor?.shape), loss, needed, tensor, TypeError);
  const { dtype, shape: given } = tensor!;
  const got = `${dtype} [${given.join(', ')}]`;
  requireThat(given.length === words.length && dtypes.includes(dtype), loss, needed, got, TypeError);
  given.forEach((size, i) => {
    requireThat(size === (known[i] ?? (size || 1)), loss, needed, got);
    sizes[words[i]!] = size;
  });
}

function requireValues(loss: string, given: readonly Argument[], sizes: Sizes): void {
  const rules = given.flatMap(([name, tensor, , ...kinds]) =>
    kinds.map((kind) => {
      const measure = () => kind!.measure(tensor!);
      const broken = () => cast(logicalNot(kind!.holds(measure(), sizes)), 'float32');
      return { name: kind!.measured?.(name) ?? name, needed: kind!.needed(sizes), measure, broken };
    }),
  );
  tidy(() => {
    const counts = stack(rules.map(({ broken }) => sum(broken()))).dataSync();
    const first = counts.findIndex((count) => count !== 0);
    const rule = rules[first];
    if (!rule) return;
    const at = rule.broken().dataSync().indexOf(1);
    const measured = rule.measure();
    throw new RangeError(
      `Cannot compute ${loss}: ${rule.name} must be ${rule.needed}, got ${measured.dataSync()[at]} at ${at} ` +
        `(${counts[first]} of ${measured.size}). The option check: false skips this test`,
    );
  });
}
