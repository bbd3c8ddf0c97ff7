import type { Rng } from '@hcsc/random';
import type { Scalar, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/** Where a batch of anchors stands in one level of a hierarchy of prototypes. */
export interface AnchorLevel {
  /** c, `[K, D]` float32, L2-normalised: the level's prototypes. */
  readonly centroids: Tensor2D;
  /** φ, `[K]` float32, above 0. */
  readonly concentration: Tensor1D;
  /** `[K]` int32: each prototype's parent in the next level; `null` at the top. */
  readonly parents: Tensor1D | null;
  /** `[A]` int32: the prototype of each anchor at this level; never one that is dropped. */
  readonly positives: Tensor1D;
  /**
   * `[K]` float32 of 0 and 1: 0 for prototypes that were dropped, which keep their rows; null or absent: all are alive.
   * What is dropped is no candidate, and no prototype that others are compared with.
   */
  readonly alive?: Tensor1D | null;
}

/** What a sampler is asked: which candidates stay negatives of which anchors, per level. */
export interface NegativeRequest {
  /**
   * One `[M_l, D]` float32 tensor per level: the key queue every time, or the level's prototypes. L2-normalised. Where it is
   * the very tensor `levels[l].centroids`, this package's samplers never keep candidates that are not `alive`; losses that
   * are given `alive` leave them out whatever a mask says.
   */
  readonly candidates: readonly Tensor2D[];
  /** The anchors' place in the hierarchy, finest level first. */
  readonly levels: readonly AnchorLevel[];
  /** `[A, D]` float32, L2-normalised: the anchors' features, for samplers that compare anchors with candidates. */
  readonly anchors?: Tensor2D;
  /**
   * `[A, D]` float32, L2-normalised: the features of the anchors' positives, for samplers that ask how alike an anchor and its
   * positive are. Where candidates are the level's own prototypes, the positive is the anchor's prototype, and no keys
   * are needed.
   */
  readonly keys?: Tensor2D;
  /**
   * The share of the training that is done, from 0 to 1, for samplers that change over it. In a compiled step a number would
   * be frozen: give the scalar of `perCall(() => epoch / epochs)` of `@hcsc/trace`, which is read at each call.
   */
  readonly progress?: number | Scalar;
  /** Where random draws come from. */
  readonly rng: Rng;
  /**
   * Look at the values too (unit length, φ above 0, ids in range, NaN), where the sampler depends on them; default
   * `true`. The check downloads one small tensor per request: switch it off in hot loops. In compiled
   * steps, where nothing can be read, it is left out. Shapes and types are always checked.
   */
  readonly check?: boolean;
}

/**
 * Decides which candidates stay negatives. One contract for instances (queue entries) and for prototypes.
 *
 * Both methods refuse a malformed request by throwing (nothing is left allocated), leave the request's tensors alone,
 * and return tensors that the caller disposes.
 */
export interface NegativeSampler {
  /** A name for logs and tables. */
  readonly name: string;
  /** The probability that a candidate is kept, per level `[A, M_l]` float32; draws nothing from the request's `rng`. */
  probabilities(request: NegativeRequest): Tensor2D[];
  /**
   * The keep-mask, per level `[A, M_l]` float32 of 0 and 1; each entry is drawn once, and what is deterministic draws
   * nothing. No gradient flows through it.
   */
  keep(request: NegativeRequest): Tensor2D[];
  /**
   * What the exponential of each candidate's logit is to be multiplied by, per level `[A, M_l]` float32, 0 or more; draws
   * nothing. Samplers that weigh nothing do not have it: every weight is 1. Weights are functions of the anchors and keys that
   * gradients can flow through: ask for them outside of what is differentiated to hold them constant.
   */
  weights?(request: NegativeRequest): Tensor2D[];
}
