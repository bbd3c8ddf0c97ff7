import { createRng, type Rng } from '@hcsc/random';
import { type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { type BatchNormOptions, batchNorm } from './batch-norm.js';
import type { Tap } from './feature-taps.js';
import { Hypercolumns } from './hypercolumns.js';
import { initializeUniform } from './initialize.js';
import { tapOutputs } from './tap-outputs.js';

/** Options of {@link hypercolumn}. */
export interface HypercolumnOptions {
  /** Stages whose maps are concatenated, in this order, at the size of the last; default `['stage3', 'stage4']` (CGH). */
  taps?: readonly Tap[];
  /** Features that come out; default as many as the last tap has channels, 2048 of a ResNet-50 (CGH). */
  channels?: number;
  /** Momentum, epsilon and splits of the batch norm; default one split, whatever the backbone has, as the official code. */
  batchNorm?: Omit<BatchNormOptions, 'name'>;
  /** Stream the weights are drawn from; default `createRng(0)`; null leaves the convolution at 0, to be loaded. */
  rng?: Rng | null;
  /** First part of the layers' names; default `reg_conv`: `reg_conv.0`, `reg_conv.1` as in CGH's checkpoints. */
  prefix?: string;
  /** Name of the model; default the backbone's with `.hypercolumn`. */
  name?: string;
}

/** The maps at the taps, checked. */
function mapsOf(backbone: LayersModel, taps: readonly Tap[]): SymbolicTensor[] {
  const maps = tapOutputs(backbone, taps);
  const asked = `Cannot make a hypercolumn of ${backbone.name}`;
  maps.forEach(({ shape }, i) => {
    const again = maps.indexOf(maps[i]!);
    if (again !== i) throw new RangeError(`${asked} at '${taps[again]}' and '${taps[i]}', one map: give each tap once`);
    if (shape.length !== 4 || !shape[3]) {
      throw new RangeError(
        `${asked} at '${taps[i]}', which is [${shape.map((size) => size ?? 'null').join(', ')}]: needed a map [N, H, W, C] with C known, as 'stage4'`,
      );
    }
  });
  return maps;
}

/**
 * Makes the hypercolumn features of a backbone (CGH, Gao et al., WACV 2024): a model from images to `[N, channels]`
 * that shares the backbone's layers, to be projected by {@link withHead}.
 *
 * h = mean over pixels of ReLU(BN(W · [resize(x₁), …, x_L])): the maps x_l `[N, H_l, W_l, C_l]` at the taps, resized
 * bilinearly (half-pixel centres, no antialias) to the size of the last, larger or smaller, and concatenated; W a 1×1
 * convolution without bias, drawn as PyTorch's `nn.Conv2d`.
 *
 * To train it beside the pooled features, {@link joinOutputs} makes one model of both, in which the backbone runs once.
 * The backbone's layers are shared: dispose one model that has all of them.
 *
 * @throws RangeError if there are no taps, a tap does not exist, is given twice or is no map; if `channels` is no
 *   positive integer, an option of batch norm is out of range, or the backbone has layers of these names.
 *
 * @example
 * ```ts
 * const backbone = resnet50({ inputShape: [224, 224, 3], batchNorm: { splits: 8 }, rng });
 * const global = withHead(backbone, mlp({ hidden: 4096, units: 512, rng }));
 * const local = withHead(hypercolumn(backbone, { rng }), mlp({ hidden: 4096, units: 512, rng, name: 'projector' }));
 * const encoder = joinOutputs([global, local]);
 * const [g, h] = encoder.apply(images, { training: true }); // [N, 512] each
 * ```
 */
export function hypercolumn(
  backbone: LayersModel,
  {
    taps = ['stage3', 'stage4'],
    channels,
    batchNorm: normalized = {},
    rng = createRng(0),
    prefix = 'reg_conv',
    name = `${backbone.name}.hypercolumn`,
  }: HypercolumnOptions = {},
): LayersModel {
  const maps = mapsOf(backbone, taps);
  const filters = channels ?? maps.at(-1)!.shape[3]!;
  if (!Number.isInteger(filters) || filters < 1) {
    throw new RangeError(`Cannot make a hypercolumn of ${filters} channels: give an integer of at least 1`);
  }
  const taken = backbone.layers.find((layer) => layer.name.startsWith(`${prefix}.`));
  if (taken) {
    throw new RangeError(
      `Cannot add layers ${prefix}.0, … to ${backbone.name}, which has ${taken.name}: give another prefix`,
    );
  }
  // Made first: it refuses options before there are weights.
  const norm = batchNorm({ ...normalized, name: `${prefix}.1` });
  const columns =
    maps.length > 1 ? (new Hypercolumns({ name: `${prefix}.columns` }).apply(maps) as SymbolicTensor) : maps[0]!;
  const kernel = { filters, kernelSize: 1, useBias: false, kernelInitializer: 'zeros' } as const;
  const convolution = layers.conv2d({ ...kernel, name: `${prefix}.0` });
  let x = convolution.apply(columns) as SymbolicTensor;
  if (rng) initializeUniform(convolution, rng);
  x = layers.reLU({ name: `${prefix}.2` }).apply(norm.apply(x)) as SymbolicTensor;
  x = layers.globalAveragePooling2d({ name: `${prefix}.pool` } as never).apply(x) as SymbolicTensor;
  return model({ inputs: backbone.inputs, outputs: x, name });
}
