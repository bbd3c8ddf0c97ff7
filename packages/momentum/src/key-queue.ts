import type { Rng } from '@hcsc/random';
import { atEachCall, perCallTensor, refuseWhileTracing } from '@hcsc/trace';
import {
  div,
  fill,
  mul,
  norm,
  scalar,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensorScatterUpdate,
  tidy,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';

/** Options of {@link keyQueue}. */
export interface KeyQueueOptions {
  /** Keys it holds; MoCo 65,536, HCSC 16,384. */
  size: number;
  /** Width of a key. */
  dim: number;
  /** Stream of the random unit rows it starts with. */
  rng: Rng;
  /** Keep an int32 tag (index or label of the image) with each key, -1 at the start; default false. */
  tags?: boolean;
}

/** All that a queue is, for checkpoints. */
export interface KeyQueueState {
  /** `[size, dim]` float32. */
  keys: Tensor2D;
  /** `[size]` int32, of queues with tags. */
  tags?: Tensor1D | null;
  /** Row that the next key is written to. */
  pointer: number;
  /** Rows written at least once; default `size`. */
  filled?: number;
}

/** A ring of the last keys, the negatives of MoCo; made by {@link keyQueue}. */
export interface KeyQueue {
  readonly size: number;
  readonly dim: number;
  /** `[size, dim]` float32, in the order of rows and not of age. It belongs to the queue, and changes with `enqueue`. */
  readonly keys: Tensor2D;
  /** `[size]` int32, or null without tags. It belongs to the queue. */
  readonly tags: Tensor1D | null;
  /** Row that the next key is written to. */
  readonly pointer: number;
  /** Rows that hold real keys; the others are random. */
  readonly filled: number;
  /**
   * Writes `[N, dim]` keys over the oldest ones, any N; of more than `size`, the last ones stay. With tags, `[N]` int32 of them.
   * RangeError if shapes do not fit, TypeError if tags are missing or not expected; nothing is written then.
   */
  enqueue(keys: Tensor2D, tags?: Tensor1D): void;
  /** References to the queue's own tensors, not to be disposed. */
  state(): KeyQueueState;
  /** Copies a state in. RangeError if shapes, pointer or filled do not fit; nothing is written then. */
  restore(state: KeyQueueState): void;
  /** Disposes the queue's variables. */
  dispose(): void;
}

/**
 * Makes a queue of keys that starts with random unit rows and never fills itself.
 *
 * Values are not looked at: enqueue L2-normalised rows. The caller disposes the queue. `enqueue` can be part of a
 * compiled function, where each call writes behind the one before; `pointer`, `filled` and `state()` cannot.
 *
 * @throws RangeError if size or dim is no positive integer.
 *
 * @example
 * ```ts
 * const queue = keyQueue({ size: 16384, dim: 128, rng: rng.fork('queue') });
 * const loss = infoNCE(query, key, queue.keys); // the queue as it was
 * queue.enqueue(key);
 * ```
 */
export function keyQueue({ size, dim, rng, tags: tagged = false }: KeyQueueOptions): KeyQueue {
  for (const [name, value] of Object.entries({ size, dim })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot make a queue of ${name} ${value}: give an integer of at least 1`);
    }
  }
  const keys = tidy(() => {
    const rows = rng.normalTensor([size, dim]);
    return variable(div(rows, norm(rows, 2, 1, true)), false);
  }) as Variable & Tensor2D;
  const tags = tagged ? (tidy(() => variable(fill([size], -1, 'int32'), false)) as Variable & Tensor1D) : null;
  let [pointer, filled] = [0, 0];

  const needed = (what: string, tensor: Tensor, rows: number | null, columns: number[], dtype: string) => {
    const [first, ...rest] = tensor.shape;
    const wanted = [rows ?? 'N', ...columns];
    if (tensor.rank !== wanted.length || String(rest) !== String(columns) || (rows !== null && first !== rows)) {
      throw new RangeError(`The queue takes ${what} of shape [${wanted}], got [${tensor.shape}]`);
    }
    if (tensor.dtype !== dtype) throw new TypeError(`The queue takes ${what} of dtype ${dtype}, got ${tensor.dtype}`);
  };
  const checkTags = (given: Tensor1D | null | undefined, rows: number) => {
    if (tags && !given) throw new TypeError('The queue keeps tags: give one for each key');
    if (!tags && given) throw new TypeError('The queue keeps no tags: make it with tags: true');
    if (given) needed('tags', given, rows, [], 'int32');
  };

  /** The rows that as many keys as can stay of `given` go to, from the pointer on. */
  const rowsFor = (given: number) => {
    const count = Math.min(given, size);
    return perCallTensor(
      [count, 1],
      () => Int32Array.from({ length: count }, (_, i) => (pointer + given - count + i) % size),
      'int32',
    );
  };
  /** The ring with the last `values` in these rows. */
  const written = (ring: Tensor, rows: Tensor, values: Tensor): Tensor => {
    const [given, count] = [values.shape[0]!, rows.shape[0]!];
    const rest = values.shape.slice(1);
    const last = count === given ? values : slice(values, [given - count, ...rest.map(() => 0)], [count, ...rest]);
    // The product is a copy: TensorFlow.js's cpu backend writes over what it scatters into.
    return tensorScatterUpdate(mul(ring, scalar(1, ring.dtype as 'float32')), rows, last);
  };

  const refuseRead = (what: string) => refuseWhileTracing(`read queue.${what}`, 'it between calls');

  return {
    size,
    dim,
    keys,
    tags,
    get pointer() {
      refuseRead('pointer');
      return pointer;
    },
    get filled() {
      refuseRead('filled');
      return filled;
    },
    enqueue(newKeys, newTags) {
      needed('keys', newKeys, null, [dim], 'float32');
      const given = newKeys.shape[0];
      checkTags(newTags, given);
      if (given === 0) return;
      tidy(() => {
        const rows = rowsFor(given);
        keys.assign(written(keys, rows, newKeys) as Tensor2D);
        if (tags && newTags) tags.assign(written(tags, rows, newTags) as Tensor1D);
      });
      atEachCall(() => {
        pointer = (pointer + given) % size;
        filled = Math.min(size, filled + given);
      });
    },
    state() {
      refuseRead('state()');
      return { keys, tags, pointer, filled };
    },
    restore(state) {
      refuseWhileTracing('run queue.restore()', 'it between calls');
      needed('keys', state.keys, size, [dim], 'float32');
      checkTags(state.tags, size);
      const rows = state.filled ?? size;
      const within = (value: number, limit: number) => Number.isInteger(value) && value >= 0 && value <= limit;
      if (!within(state.pointer, size - 1) || !within(rows, size)) {
        throw new RangeError(
          `Cannot restore a queue of ${size} keys at pointer ${state.pointer} with ${rows} filled: needed a pointer below ${size}, at most ${size} filled`,
        );
      }
      if (state.keys !== keys) keys.assign(state.keys);
      if (tags && state.tags && state.tags !== tags) tags.assign(state.tags);
      pointer = state.pointer;
      filled = rows;
    },
    dispose() {
      keys.dispose();
      tags?.dispose();
    },
  };
}
