import { cast, logicalNot, stack, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { isTracing } from './is-tracing.js';
import type { Kind, Sizes } from './kinds.js';
import type { LossOptions, Reduction } from './options.js';
import { requireGradients } from './require-gradients.js';
import { requireOptions } from './require-options.js';

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
  options: LossOptions<Reduction>,
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
  const refused = (Kind: typeof RangeError | typeof TypeError, got: unknown) => {
    const needed = words.map((word, i) => known[i] ?? word[0]).join(', ');
    return new Kind(`Cannot compute ${loss}: needed ${name} as ${dtypes.join(' or ')} [${needed}], got ${got}`);
  };
  if (!Array.isArray(tensor?.shape)) throw refused(TypeError, tensor);
  const got = `${tensor.dtype} [${tensor.shape.join(', ')}]`;
  if (tensor.shape.length !== words.length || !dtypes.includes(tensor.dtype)) throw refused(TypeError, got);
  tensor.shape.forEach((size, i) => {
    if (size !== (known[i] ?? (size || 1))) throw refused(RangeError, got);
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
