import type { ImageSource } from '@hcsc/data';
import type { MinedPairs } from '@hcsc/samplers';
import type { Preparation } from '../evaluation-view.js';
import type { Logger } from '../logger.js';

/** What a plan finds pairs with. */
export interface PairContext {
  /** The training images. */
  readonly source: ImageSource;
  /** Images `[N, H, W, C]` in [0, 1] to what an encoder is shown of them. */
  readonly prepare: Preparation;
  /** Where what is found is kept, so that it is found once; created when it is needed. */
  readonly folder: string;
  /** Where runs are: an encoder that has to be trained first is trained into a folder of its name in here. */
  readonly runs: string;
  /** Followed while an encoder is trained; `phase` and `notice` say what else goes on. */
  readonly loggers: readonly Logger[];
  /** Called with what is being done, `'embedding'` for example, and the share of it that is done: from 0 to 1. */
  readonly onProgress?: (work: string, share: number) => void;
  /** Stops the work: the promise is rejected with the signal's reason, and what is done is kept. */
  readonly signal?: AbortSignal;
  /** Compile the steps of an encoder that has to be trained. Default true. */
  readonly compile?: boolean;
  /** Threads that decode images. Default: one per processor. */
  readonly workers?: number;
}

/** Where the semantic positive pairs of a recipe come from: `minedPairs` and `savedPairs` make one. */
export interface PairPlan {
  /** A name for logs and tables. */
  readonly name: string;
  /** What decides on the pairs, as plain JSON: a run whose plan has changed is not resumed. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Pairs of positions in the source. The same ones each time. */
  find(context: PairContext): Promise<MinedPairs>;
}
