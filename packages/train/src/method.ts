import type { ImageSource } from '@hcsc/data';
import type { Hierarchy } from '@hcsc/kmeans';
import type { Rng } from '@hcsc/random';
import type { MinedPairs } from '@hcsc/samplers';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Preparation } from './evaluation-view.js';

/** A variable that the optimiser updates, by the name that exclusions and checkpoints know it by. */
export interface Parameter {
  readonly name: string;
  readonly variable: Variable;
}

/** What a method is told about the run when it is built. */
export interface MethodContext<Settings = Record<string, never>> {
  /** A stream of its own: equal seeds build equal methods. */
  readonly rng: Rng;
  /** `[height, width, channels]` of one image. */
  readonly imageShape: readonly [number, number, number];
  readonly epochs: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  /** Semantic positive pairs that the training set holds besides the images; null without. */
  readonly pairs: MinedPairs | null;
  /** The recipe's own settings, after `--set`. */
  readonly settings: Settings;
}

/**
 * One batch, as a method sees it: which images they are, and the random stream of this step.
 *
 * Nothing in it is a number of the host: in a compiled step that would be frozen.
 */
export interface MethodBatch {
  /** The images of the first views, as positions in the training source, `[N]` int32. */
  readonly indices: Tensor1D;
  /** Those of the second views, `[N]` int32: others than `indices` where the batch has semantic pairs. */
  readonly keyIndices: Tensor1D;
  /** `[N]` int32, only for statistics: a self-supervised method must not train on them. Null if the source has none. */
  readonly labels: Tensor1D | null;
  /** Differs from step to step, and is the same in a run that was interrupted. */
  readonly rng: Rng;
}

/** What a method may use before an epoch, to cluster the data for example. */
export interface EpochContext {
  readonly epoch: number;
  readonly epochs: number;
  /** The training images, without augmentation. */
  readonly source: ImageSource;
  /** Images `[N, H, W, C]` in [0, 1] to what the encoder is shown of them: normalised, say, as the views are. */
  readonly prepare: Preparation;
  readonly rng: Rng;
  readonly signal?: AbortSignal;
}

/** A loss to descend, and the figures to log beside it. */
export interface MethodLoss {
  readonly total: Scalar;
  /**
   * By names in camel case. One that goes on after another's, as `toGlobalAgreement` after `toGlobal`, is a figure of that part:
   * the progress line leaves it out. Reports draw `…Entropy` (in nats) and `…Agreement` (0 to 1) in plots of their own.
   */
  readonly parts: Readonly<Record<string, Scalar>>;
  /** Unit rows `[N, D]` that tell whether the embedding collapses: the queries, say. Downloaded only at some steps. */
  readonly features?: Tensor2D;
}

/** Everything that a method needs to go on: tensors by name, and plain values. */
export interface MethodState {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly values: Readonly<Record<string, number | string | boolean | null>>;
}

/**
 * A self-supervised method: what a recipe wires and {@link pretrain} drives.
 *
 * A step is `beforeStep`, `targets` (no gradient), `loss` (differentiated with respect to `parameters`), the optimiser,
 * `afterStep`. The four are functions of tensors, so that a step can be compiled: they read no values, and take numbers
 * that change from step to step through `@hcsc/trace`. What they take from the method besides variables changes in
 * `beforeEpoch` only, or with the `traceKey`. The trainer disposes what they return (any nesting of records and lists of
 * tensors); the method owns its variables, queue and hierarchy.
 *
 * @example
 * ```ts
 * const method: Method<{ keys: Tensor2D }> = {
 *   ...{ name: 'moco', views: 2, encoder, parameters: modelParameters(query) },
 *   beforeStep: () => key.update(),
 *   targets: ([, second]) => ({ keys: unit(key.forward(second!)) }),
 *   loss([first], { keys }) {
 *     const queries = unit(query.apply(first!, { training: true }) as Tensor2D);
 *     return { total: infoNCE(queries, keys, queue.keys, { check: false }), parts: {}, features: queries };
 *   },
 *   afterStep: ({ keys }) => queue.enqueue(keys),
 *   figures: () => ({ queue: queue.filled / queue.size }),
 *   ...{ state, restore, dispose },
 * };
 * ```
 */
export interface Method<Targets extends object = object> {
  readonly name: string;
  /** How many views of each image `targets` and `loss` are given. */
  readonly views: number;
  /** The network that is kept after training, without its projection head: `[N, H, W, C]` → `[N, D]`. */
  readonly encoder: LayersModel;
  readonly parameters: readonly Parameter[];
  /** Options worth keeping with the run, as plain JSON. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The prototypes in use, of methods that cluster; null before there are any. The method owns them. */
  readonly hierarchy?: Hierarchy | null;
  /**
   * Names what a compiled step has of the method by value: it is traced again when this has changed, and not otherwise. A
   * method whose hierarchy is in variables (`heldHierarchy` of `@hcsc/kmeans`) gives the holder's `version`. Absent: it is
   * traced again after every `beforeEpoch`.
   */
  traceKey?(): string | number;
  /** Prepared images `[N, H, W, C]` → the unit-length features that are clustered, `[N, D]`; the caller disposes them. */
  embed?(images: Tensor4D): Tensor2D;
  /**
   * Other features to look at, by name, as `embed`: prepared images `[N, H, W, C]` → unit rows `[N, D]` in inference mode; the
   * caller disposes them. A report shows the nearest neighbours of some images under each, side by side. Absent: under the encoder.
   */
  readonly features?: Readonly<Record<string, (images: Tensor4D) => Tensor2D>>;
  /** Before the steps of an epoch: cluster, draw, set momentum. Returned figures are logged with the epoch. */
  beforeEpoch?(context: EpochContext): Promise<Readonly<Record<string, number>>>;
  /** Once before each update of the optimiser, before `targets`: move the key encoder. */
  beforeStep?(): void;
  /** What the loss compares with and no gradient reaches: keys, keep-masks. */
  targets(views: readonly Tensor4D[], batch: MethodBatch): Targets;
  loss(views: readonly Tensor4D[], targets: Targets, batch: MethodBatch): MethodLoss;
  /** After the optimiser's update: enqueue the keys. */
  afterStep?(targets: Targets, batch: MethodBatch): void;
  /** Figures that the host has after a step, to log with it: the momentum, how full the queue is. Read between steps, never traced. */
  figures?(): Readonly<Record<string, number>>;
  /** References to what a checkpoint must hold; the trainer reads and does not dispose them. */
  state(): MethodState;
  /** Goes on from a state of the same method built with the same options. */
  restore(state: MethodState): void;
  dispose(): void;
}
