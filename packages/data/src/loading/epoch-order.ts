import type { Rng } from '@hcsc/random';

/** What decides which images come in which batch. */
export interface OrderOptions {
  /** Images per batch (per rank, where there are several). */
  batchSize: number;
  /** Gives the order: it depends on its seed and on the epoch, not on what was drawn from it. Needed to shuffle. */
  rng?: Rng;
  /** A new order each epoch. Default: true if `rng` is given. */
  shuffle?: boolean;
  /** Leave out the last batch of an epoch if it is not full. Default false. */
  dropLast?: boolean;
  /** Which part of every epoch to read, from 0. Default 0. */
  rank?: number;
  /** How many parts there are. Default 1. */
  size?: number;
}

/** Where to begin within an epoch. */
export interface BatchesOptions {
  /** The first batch to hand out, from 0. Default 0. */
  from?: number;
}

/** The images of one batch. */
export interface BatchIndices {
  /** Which batch of the epoch, from 0. */
  readonly index: number;
  readonly indices: Int32Array;
  /** The place of each image in the order of the epoch, the same for every rank and batch size. */
  readonly positions: Int32Array;
}

/** The order of all epochs. */
export interface EpochOrder {
  readonly batchesPerEpoch: number;
  /** The batches of an epoch. Throws a RangeError for an epoch, or a start in it, that does not exist. */
  epoch(epoch: number, options?: BatchesOptions): { readonly from: number; batch(index: number): BatchIndices };
}

/**
 * Fixes the order of a source's images by seed and epoch, cuts it in parts and batches.
 *
 * @throws RangeError for a batch size, rank or size that is not a fitting integer, or if `dropLast` leaves no batch.
 * @throws TypeError if `shuffle` is asked for without `rng`.
 */
export function epochOrder(
  source: { readonly name: string; readonly length: number },
  { batchSize, rng, shuffle = rng !== undefined, dropLast = false, rank = 0, size = 1 }: OrderOptions,
): EpochOrder {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`Cannot load batches of ${batchSize} images: give an integer of at least 1`);
  }
  if (!Number.isInteger(size) || size < 1 || !Number.isInteger(rank) || rank < 0 || rank >= size) {
    throw new RangeError(`Cannot load part ${rank} of ${size}: rank is an integer from 0 to size - 1`);
  }
  if (shuffle && !rng) throw new TypeError('Cannot shuffle without a source of randomness: give rng: createRng(seed)');
  const images = dropLast ? Math.floor(source.length / size) : Math.ceil((source.length - rank) / size);
  const batchesPerEpoch = dropLast ? Math.floor(images / batchSize) : Math.ceil(images / batchSize);
  if (batchesPerEpoch === 0) {
    const part = size > 1 ? `part ${rank} of ${size} of ` : '';
    throw new RangeError(
      `Cannot fill a batch of ${batchSize} from ${part}${source.name}: that is ${images} images, give a smaller batchSize${dropLast ? ' or dropLast: false' : ''}`,
    );
  }
  return {
    batchesPerEpoch,
    epoch(epoch, { from = 0 } = {}) {
      if (!Number.isInteger(epoch) || epoch < 0) {
        throw new RangeError(`Cannot load epoch ${epoch}: give an integer of at least 0`);
      }
      if (!Number.isInteger(from) || from < 0 || from > batchesPerEpoch) {
        throw new RangeError(`Cannot start at batch ${from}: an epoch has batches 0 to ${batchesPerEpoch - 1}`);
      }
      const order = shuffle ? rng!.fork(`order of epoch ${epoch}`).permutation(source.length) : null;
      return {
        from,
        batch(index) {
          const n = Math.min(batchSize, images - index * batchSize);
          const positions = Int32Array.from({ length: n }, (_, i) => rank + (index * batchSize + i) * size);
          return {
            index,
            positions,
            indices: order ? positions.map((position) => order[position]!) : positions.slice(),
          };
        },
      };
    },
  };
}
