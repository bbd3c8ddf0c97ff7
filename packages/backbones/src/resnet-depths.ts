import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type ResNetOptions, resnet } from './resnet.js';

/**
 * ResNet-18: [2, 2, 2, 2] basic blocks, 512 features; see {@link resnet}.
 *
 * @example
 * ```ts
 * const backbone = resnet18({ inputShape: [32, 32, 3], stem: 'cifar', rng: createRng(0) });
 * ```
 */
export function resnet18({ stem = 'imagenet', name = 'resnet18', ...options }: ResNetOptions): LayersModel {
  return resnet({ ...options, stem, name, blocks: [2, 2, 2, 2] });
}

/** ResNet-34: [3, 4, 6, 3] basic blocks, 512 features; see {@link resnet}. */
export function resnet34({ stem = 'imagenet', name = 'resnet34', ...options }: ResNetOptions): LayersModel {
  return resnet({ ...options, stem, name, blocks: [3, 4, 6, 3] });
}

/** ResNet-50: [3, 4, 6, 3] bottleneck blocks, 2048 features; see {@link resnet}. */
export function resnet50({ stem = 'imagenet', name = 'resnet50', ...options }: ResNetOptions): LayersModel {
  return resnet({ ...options, stem, name, blocks: [3, 4, 6, 3], bottleneck: true });
}
