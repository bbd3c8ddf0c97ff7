import type { StoredTensor } from '../dtype.js';

const norm = (name: string) => ['weight', 'bias', 'running_mean', 'running_var'].map((part) => `${name}.${part}`);
/** The names of a ResNet with two stages of one block, in torchvision's order, without counters. */
export const resnet = [
  ...['conv1.weight', ...norm('bn1')],
  ...['layer1.0.conv1.weight', ...norm('layer1.0.bn1'), 'layer1.0.conv2.weight', ...norm('layer1.0.bn2')],
  ...['layer2.0.conv1.weight', ...norm('layer2.0.bn1'), 'layer2.0.conv2.weight', ...norm('layer2.0.bn2')],
  ...['layer2.0.downsample.0.weight', ...norm('layer2.0.downsample.1')],
];
/** Is it the name of a convolution's weights? */
export const isConvolution = (name: string) => /(?:conv\d|\b0)\.(?:weight|kernel)$/.test(name);

/** A state dict of these names, each tensor with a value of its own. */
export function state(names: readonly string[]): Record<string, StoredTensor> {
  return Object.fromEntries(
    names.map((name, i) => {
      if (/num_batches_tracked$|queue_?(?:ptr|index|targets|hyper_ptr)$/.test(name)) {
        return [name, { dtype: 'int64', shape: [], data: BigInt64Array.of(7n) }];
      }
      const shape = isConvolution(name) ? [1, 1, 1, 1] : [1];
      return [name, { dtype: 'float32', shape, data: Float32Array.of(i) }];
    }),
  );
}

/** The names behind a prefix. */
export const behind = (prefix: string, names = resnet) => names.map((name) => `${prefix}${name}`);
