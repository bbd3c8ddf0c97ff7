import type { Rng } from '@hcsc/random';

/** Which images a step is given, and the random stream it draws from. */
export interface StepBatch {
  /** Positions in the training source. */
  readonly indices: Int32Array;
  readonly labels: Int32Array | null;
  /** A stream of this step's own, such as `rng.fork('step 7')`; it does not move. */
  readonly rng: Rng;
}
