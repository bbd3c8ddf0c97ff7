import type { Tensor2D } from '@tensorflow/tfjs-core';
import { type KnnOptions, knn } from './knn.js';
import { type LinearProbeOptions, linearProbe } from './linear-probe.js';

/** Features of labelled images. */
export interface LabelledFeatures {
  /** `[N, D]` float32. */
  readonly features: Tensor2D;
  readonly labels: Int32Array;
}

/** A figure of features: what the ablations of `@hcsc/train` are measured with. */
export interface FeatureMetric {
  readonly name: string;
  readonly format: 'percent';
  /** What was asked for, as plain JSON. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The fraction of test images whose class is told; the features stay the caller's. */
  measure(train: LabelledFeatures, test: LabelledFeatures): Promise<number>;
}

/** Options without the functions and streams among them. */
const plain = (options: object): Readonly<Record<string, unknown>> =>
  JSON.parse(JSON.stringify(options)) as Record<string, unknown>;

/**
 * Weighted kNN's top-1 as a metric; see {@link knn} for its options.
 *
 * @example
 * ```ts
 * const metrics = [knnTop1({ k: 20 }), linearTop1()];
 * ```
 */
export function knnTop1(options: KnnOptions = {}): FeatureMetric {
  return {
    name: 'kNN top-1',
    format: 'percent',
    options: plain(options),
    measure: async (train, test) => (await knn(train.features, train.labels, test.features, test.labels, options)).top1,
  };
}

/**
 * The linear classifier's top-1 as a metric; see {@link linearProbe} for its options.
 *
 * Give no `rng`: it would move on from one run to the next.
 *
 * @example
 * ```ts
 * const metrics = [linearTop1({ epochs: 50 })];
 * ```
 */
export function linearTop1(options: Omit<LinearProbeOptions, 'rng'> = {}): FeatureMetric {
  return {
    name: 'linear top-1',
    format: 'percent',
    options: plain(options),
    measure: async (train, test) =>
      (await linearProbe(train.features, train.labels, test.features, test.labels, options)).top1,
  };
}
