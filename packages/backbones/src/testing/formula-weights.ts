import type { ParameterValue } from '../read-parameters.js';

/** Of element `i` of tensor `t`: 32 bits that look random, the same in every language. */
export function hashBits(i: number, t: number): number {
  let x = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(t + 1, 0x85ebca77);
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

const convolution = {
  hash: (i: number, t: number, fanIn: number) => Math.sqrt(6 / fanIn) * ((2 * hashBits(i, t)) / 2 ** 32 - 1),
  sine: (i: number, t: number, fanIn: number) => Math.sqrt(2 / fanIn) * Math.sin(12.9898 * (i + 1) + 78.233 * (t + 1)),
};
const vectors: Record<string, (i: number, t: number) => number> = {
  weight: (i, t) => 1 + 0.1 * Math.sin(i + t),
  bias: (i, t) => 0.1 * Math.cos(i + t),
  running_mean: (i) => 0.05 * Math.sin(i),
  running_var: (i) => 1 + 0.5 * Math.abs(Math.sin(i)),
};

/** The weights of the golden files: made from the place of each number, nothing is stored. `t` is the tensor's place in PyTorch's state dict. */
export function formulaTensor(
  name: string,
  shape: readonly number[],
  t: number,
  kind: 'hash' | 'sine',
): ParameterValue {
  const size = shape.reduce((a, b) => a * b, 1);
  const fanIn = size / shape[0]!;
  const vector = vectors[name.split('.').at(-1)!]!;
  const data = new Float32Array(size);
  const value = shape.length > 1 ? (i: number) => convolution[kind](i, t, fanIn) : (i: number) => vector(i, t);
  for (let i = 0; i < size; i++) data[i] = value(i);
  return { shape, data };
}

/** Names and shapes of torchvision's ResNet state dict in its order, `num_batches_tracked` left out, written down without looking at our model. */
export function torchvisionStateDict(options: {
  blocks: readonly number[];
  bottleneck: boolean;
  cifarStem: boolean;
  channels: number;
}): { name: string; shape: number[] }[] {
  const { blocks, bottleneck, cifarStem, channels } = options;
  const entries: { name: string; shape: number[] }[] = [];
  const conv = (name: string, out: number, inputs: number, k: number) =>
    entries.push({ name: `${name}.weight`, shape: [out, inputs, k, k] });
  const bn = (name: string, c: number) => {
    for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
      entries.push({ name: `${name}.${part}`, shape: [c] });
  };
  conv('conv1', 64, channels, cifarStem ? 3 : 7);
  bn('bn1', 64);
  let inputs = 64;
  blocks.forEach((count, stage) => {
    const width = 64 * 2 ** stage;
    const outputs = bottleneck ? 4 * width : width;
    for (let b = 0; b < count; b++) {
      const block = `layer${stage + 1}.${b}`;
      const kernels = bottleneck ? [1, 3, 1] : [3, 3];
      kernels.forEach((k, j) => {
        const last = j === kernels.length - 1;
        conv(`${block}.conv${j + 1}`, last ? outputs : width, j === 0 ? inputs : width, k);
        bn(`${block}.bn${j + 1}`, last ? outputs : width);
      });
      if (b === 0 && (stage > 0 || inputs !== outputs)) {
        conv(`${block}.downsample.0`, outputs, inputs, 1);
        bn(`${block}.downsample.1`, outputs);
      }
      inputs = outputs;
    }
  });
  return entries;
}
