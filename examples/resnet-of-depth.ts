import { type ResNetOptions, resnet18, resnet50 } from '@hcsc/backbones';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** ResNet-18 or ResNet-50, for recipes whose depth is a setting. */
export function resnetOfDepth(depth: number, options: ResNetOptions): LayersModel {
  if (depth === 18) return resnet18(options);
  if (depth === 50) return resnet50(options);
  throw new RangeError(`Cannot build a ResNet of depth ${depth}: give 18 or 50`);
}
