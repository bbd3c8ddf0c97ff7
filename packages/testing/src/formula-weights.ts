/** 32 bits that look random, of element `i` of tensor `t`: the same in every language. */
export function hashBits(i: number, t: number): number {
  let x = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(t + 1, 0x85ebca77);
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

const filters = {
  hash: (i: number, t: number, fanIn: number) => Math.sqrt(6 / fanIn) * ((2 * hashBits(i, t)) / 2 ** 32 - 1),
  sine: (i: number, t: number, fanIn: number) => Math.sqrt(2 / fanIn) * Math.sin(12.9898 * (i + 1) + 78.233 * (t + 1)),
};

const vectors: Record<string, (i: number, t: number) => number> = {
  weight: (i, t) => 1 + 0.1 * Math.sin(i + t),
  bias: (i, t) => 0.1 * Math.cos(i + t),
  running_mean: (i) => 0.05 * Math.sin(i),
  running_var: (i) => 1 + 0.5 * Math.abs(Math.sin(i)),
};

/**
 * A weight of the golden networks, which no file holds: made from the place of each number (README of the fixtures, "Weights by formula").
 *
 * @param name PyTorch's name; its last part says what the tensor is (`weight`, `bias`, `running_mean`, `running_var`).
 * @param shape PyTorch's shape; more than one axis means a convolution or a linear layer.
 * @param t The tensor's place in PyTorch's state dict, `num_batches_tracked` left out.
 * @param kind Formula of convolutions and linear layers.
 *
 * @example
 * ```ts
 * const first = formulaWeights('conv1.weight', [64, 3, 7, 7], 0, 'hash');
 * ```
 */
export function formulaWeights(
  name: string,
  shape: readonly number[],
  t: number,
  kind: 'hash' | 'sine',
): { shape: readonly number[]; data: Float32Array } {
  const size = shape.reduce((a, b) => a * b, 1);
  const fanIn = size / shape[0]!;
  const vector = vectors[name.split('.').at(-1)!];
  if (!vector) throw new Error(`The golden networks have no weight named ${name}`);
  const value = shape.length > 1 ? (i: number) => filters[kind](i, t, fanIn) : (i: number) => vector(i, t);
  const data = new Float32Array(size);
  for (let i = 0; i < size; i++) data[i] = value(i);
  return { shape, data };
}
