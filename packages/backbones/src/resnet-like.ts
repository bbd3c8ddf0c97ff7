import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { BatchNormOptions } from './batch-norm.js';
import { type ResNetArchitecture, resnet, type Stem } from './resnet.js';

/** Shapes by name, in PyTorch's layout. */
export type ParameterShapes = Readonly<Record<string, { readonly shape: readonly number[] }>>;

/** Options of {@link resnetLike}. */
export interface ResNetLikeOptions {
  /**
   * `[height, width, channels]` of an image; default 224×224 for the stem `imagenet`, 32×32 for `cifar`, of as many
   * channels as the first convolution has.
   */
  inputShape?: readonly [number, number, number];
  /** Momentum, epsilon and splits of every batch norm, which no shape tells. */
  batchNorm?: Omit<BatchNormOptions, 'name'>;
  /** Name of the model; default `resnet`. */
  name?: string;
}

type Fail = (problem: string) => never;

const bracketed = (shape: readonly number[]) => `[${shape.join(', ')}]`;

/** The shape of a convolution `[out, in, kh, kw]`, of which four positive integers are needed. */
function convolutionShape(parameters: ParameterShapes, name: string, fail: Fail): [number, number, number, number] {
  if (!Object.hasOwn(parameters, name)) return fail(`needed ${name}, which is not among them`);
  const { shape } = parameters[name]!;
  if (shape.length !== 4 || !shape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    return fail(`${name} should be a convolution [out, in, height, width], given ${bracketed(shape)}`);
  }
  return [...shape] as [number, number, number, number];
}

function stemOf([, , height, width]: readonly number[], fail: Fail): Stem {
  if (height === 7 && width === 7) return 'imagenet';
  if (height === 3 && width === 3) return 'cifar';
  return fail(`conv1 should be 7×7 (stem imagenet) or 3×3 (stem cifar), given ${height}×${width}`);
}

/** Blocks per stage, from names such as `layer2.0.conv1.weight`. */
function blocksOf(names: readonly string[], fail: Fail): number[] {
  const stages = new Map<number, Set<number>>();
  for (const name of names) {
    const [, stage, block] = /^layer(\d+)\.(\d+)\./.exec(name) ?? [];
    if (stage === undefined) continue;
    const blocks = stages.get(Number(stage)) ?? new Set();
    stages.set(Number(stage), blocks.add(Number(block)));
  }
  if (stages.size === 0) fail('needed stages layer1, layer2, … of blocks such as layer1.0, found none');
  return Array.from({ length: stages.size }, (_, i) => {
    const blocks = stages.get(i + 1);
    if (!blocks) return fail(`needed layer1 to layer${stages.size}, there is no layer${i + 1}`);
    const gap = Array.from({ length: blocks.size }, (_, b) => b).find((block) => !blocks.has(block));
    if (gap !== undefined) fail(`layer${i + 1} has ${blocks.size} blocks, but no layer${i + 1}.${gap}`);
    return blocks.size;
  });
}

/** The shapes of all parameters of a ResNet, by name. */
function* shapesOf({ blocks, widths, bottleneck, stem }: ResNetArchitecture, channels: number) {
  const normalized = function* (conv: string, norm: string, shape: [number, number, number, number]) {
    yield [`${conv}.weight`, shape] as const;
    for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
      yield [`${norm}.${part}`, [shape[0]]] as const;
  };
  const kernel = stem === 'imagenet' ? 7 : 3;
  yield* normalized('conv1', 'bn1', [widths![0]!, channels, kernel, kernel]);
  let inputs = widths![0]!;
  for (const [stage, count] of blocks.entries()) {
    for (let block = 0; block < count; block++) {
      const [name, width] = [`layer${stage + 1}.${block}`, widths![stage]!];
      const outputs = bottleneck ? 4 * width : width;
      const kernels = bottleneck ? [1, 3, 1] : [3, 3];
      for (const [i, size] of kernels.entries()) {
        const out = i === kernels.length - 1 ? outputs : width;
        yield* normalized(`${name}.conv${i + 1}`, `${name}.bn${i + 1}`, [out, i === 0 ? inputs : width, size, size]);
      }
      if ((stage > 0 && block === 0) || inputs !== outputs) {
        yield* normalized(`${name}.downsample.0`, `${name}.downsample.1`, [outputs, inputs, 1, 1]);
      }
      inputs = outputs;
    }
  }
}

function compare(parameters: ParameterShapes, architecture: ResNetArchitecture, channels: number, fail: Fail): void {
  const known = new Set<string>();
  for (const [name, needed] of shapesOf(architecture, channels)) {
    known.add(name);
    // A batch norm that is not there is for `loadParameters` to tell; it says nothing of the architecture.
    if (needed.length === 1 && !Object.hasOwn(parameters, name)) continue;
    const given = needed.length === 4 ? convolutionShape(parameters, name, fail) : parameters[name]!.shape;
    if (String(given) === String(needed)) continue;
    fail(`${name} should be ${bracketed(needed)} for its place, given ${bracketed(given)}`);
  }
  const odd = Object.keys(parameters).find(
    (name) => /^layer\d+\.\d+\..+(?<!num_batches_tracked)$/.test(name) && !known.has(name),
  );
  if (odd !== undefined) fail(`${odd} has no place in their ResNet of [${architecture.blocks}] blocks`);
}

/**
 * Builds the ResNet whose parameters have these names and shapes, those of torchvision; {@link loadParameters} then
 * gives it their values (until then convolutions are 0).
 *
 * Stages and blocks come from the names `layer2.0.…`, widths from the shapes, bottlenecks from `conv3`. A first
 * convolution of 7×7 means the stem `imagenet`, one of 3×3 `cifar`, since strides and pools are in no shape. Names that
 * are not of a ResNet (`fc.weight`) are passed over. The caller disposes the model.
 *
 * @param parameters by name, in PyTorch's layout: what {@link readParameters} gives, or a file of weights.
 * @throws RangeError that says what was needed and given, if these cannot be the parameters of such a ResNet: a stage,
 *   block or convolution is missing, a shape does not fit the others, convolutions are in groups (ResNeXt), bottlenecks
 *   are wide (Wide ResNet), or `inputShape` has other channels than the first convolution.
 *
 * @example
 * ```ts
 * const parameters = await readParameters(original);
 * const copy = resnetLike(parameters, { inputShape: [32, 32, 3] });
 * loadParameters(copy, parameters);
 * ```
 */
export function resnetLike(
  parameters: ParameterShapes,
  { inputShape, batchNorm, name = 'resnet' }: ResNetLikeOptions = {},
): LayersModel {
  const fail: Fail = (problem) => {
    throw new RangeError(`Cannot build a ResNet like these parameters: ${problem}`);
  };
  const first = convolutionShape(parameters, 'conv1.weight', fail);
  const stem = stemOf(first, fail);
  const side = stem === 'imagenet' ? 224 : 32;
  const shape = inputShape ?? ([side, side, first[1]] as const);
  if (shape[2] !== first[1]) {
    fail(`conv1 takes images of ${first[1]} channels, inputShape ${bracketed(shape)} has ${shape[2]}`);
  }
  const blocks = blocksOf(Object.keys(parameters), fail);
  const bottleneck = Object.hasOwn(parameters, 'layer1.0.conv3.weight');
  const widths = blocks.map((_, i) => convolutionShape(parameters, `layer${i + 1}.0.conv1.weight`, fail)[0]);
  if (widths[0] !== first[0]) {
    fail(
      `needed a first stage as wide as the stem: conv1 has ${first[0]} channels, layer1.0.conv1 ${widths[0]} (a Wide ResNet or ResNeXt has)`,
    );
  }
  const architecture: ResNetArchitecture = {
    blocks,
    widths,
    bottleneck,
    stem,
    inputShape: shape,
    name,
    batchNorm,
    rng: null,
  };
  compare(parameters, architecture, first[1], fail);
  return resnet(architecture);
}
