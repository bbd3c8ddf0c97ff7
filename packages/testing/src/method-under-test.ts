import type { Rng } from '@hcsc/random';
import type { MinedPairs } from '@hcsc/samplers';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** What `testMethod` tells a method when it builds one: a `MethodContext` of `@hcsc/train`. */
export interface MethodTestContext<Settings = Record<string, never>> {
  readonly rng: Rng;
  readonly imageShape: readonly [number, number, number];
  readonly epochs: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  /** Pairs of images that are each other's positives; null without the option `pairs`. */
  readonly pairs: MinedPairs | null;
  readonly settings: Settings;
}

/** The training images of `testMethod`: an `ImageSource` of `@hcsc/data`, labelled by what is on them. */
export interface MethodTestImages {
  readonly name: string;
  readonly length: number;
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly classes: readonly string[] | null;
  readonly labels: Int32Array | null;
  read(indices: ArrayLike<number>): Promise<Uint8Array>;
}

/** A batch, as the method sees it: a `MethodBatch` of `@hcsc/train`. */
export interface MethodTestBatch {
  readonly indices: Tensor1D;
  readonly keyIndices: Tensor1D;
  readonly labels: Tensor1D | null;
  readonly rng: Rng;
}

/** What a method is told before an epoch: an `EpochContext` of `@hcsc/train`. */
export interface MethodTestEpoch {
  readonly epoch: number;
  readonly epochs: number;
  readonly source: MethodTestImages;
  readonly prepare: (images: Tensor4D) => Tensor4D;
  readonly rng: Rng;
  readonly signal?: AbortSignal;
}

/** Everything that a method needs to go on: a `MethodState` of `@hcsc/train`. */
export interface MethodTestState {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly values: Readonly<Record<string, number | string | boolean | null>>;
}

/**
 * A self-supervised method as `testMethod` drives it. Every `Method` of `@hcsc/train`, whose contract this is, fits;
 * it is written out here so that who tests a loss need not install a trainer.
 */
export interface MethodUnderTest {
  readonly name: string;
  readonly views: number;
  readonly encoder: LayersModel;
  readonly parameters: readonly { readonly name: string; readonly variable: Variable }[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly hierarchy?: {
    readonly levels: readonly { readonly centroids: Tensor2D; readonly assignments: Tensor1D }[];
  } | null;
  traceKey?(): string | number;
  embed?(images: Tensor4D): Tensor2D;
  readonly features?: Readonly<Record<string, (images: Tensor4D) => Tensor2D>>;
  beforeEpoch?(context: MethodTestEpoch): Promise<Readonly<Record<string, number>>>;
  beforeStep?(): void;
  targets(views: readonly Tensor4D[], batch: MethodTestBatch): object;
  loss(
    views: readonly Tensor4D[],
    targets: object,
    batch: MethodTestBatch,
  ): { readonly total: Scalar; readonly parts: Readonly<Record<string, Scalar>>; readonly features?: Tensor2D };
  afterStep?(targets: object, batch: MethodTestBatch): void;
  figures?(): Readonly<Record<string, number>>;
  state(): MethodTestState;
  restore(state: MethodTestState): void;
  dispose(): void;
}
