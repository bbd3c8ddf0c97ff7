import type { Rng } from '@hcsc/random';

/** Which images a step is given, and the random stream it draws from. */
export interface StepBatch {
  /** The images of the first views, as positions in the training source. */
  readonly indices: Int32Array;
  /** Those of the second views. Default: the same. */
  readonly keyIndices?: Int32Array;
  readonly labels: Int32Array | null;
  /** A stream of this step's own, such as `rng.fork('step 7')`; it does not move. */
  readonly rng: Rng;
}
