import { atEachCall, isTracing, perCallTensor, refuseWhileTracing } from '@hcsc/trace';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

/** The whole state of an {@link Rng}, as plain JSON: store it in a checkpoint and give it to {@link restoreRng}. */
export interface RngState {
  readonly algorithm: 'sfc32';
  /** Four unsigned 32-bit words. */
  readonly words: readonly [number, number, number, number];
  /** The words that `fork` derives from: those the stream was created with. */
  readonly origin: readonly [number, number, number, number];
}

/**
 * A seedable, serialisable stream of random numbers.
 *
 * Host-side draws and tensors come from the same stream, so that a run is the same on every backend.
 *
 * While a function is traced by a compiler, tensors and forks take part: the compiled function draws from this stream at
 * each call, what the plain function would have drawn. What would be frozen (numbers, permutations on the host, the
 * state) throws an Error then.
 */
export interface Rng {
  /** The next float in [0, 1), with 32 random bits. */
  uniform(): number;
  /** The next integer in [0, `n`). Throws a RangeError unless `n` is an integer of at least 1. */
  integer(n: number): number;
  /** The next draw from N(0, 1). */
  normal(): number;
  /** A random order of 0 … n − 1 (Fisher–Yates). */
  permutation(n: number): Int32Array;
  /** The same draws as {@link Rng.permutation}, as an int32 tensor; the caller disposes it. */
  permutationTensor(n: number): Tensor1D;
  /** A float32 tensor of draws from [min, max); the caller disposes it. */
  uniformTensor(shape: readonly number[], min?: number, max?: number): Tensor;
  /** A float32 tensor of draws from N(mean, standardDeviation²); the caller disposes it. */
  normalTensor(shape: readonly number[], mean?: number, standardDeviation?: number): Tensor;
  /**
   * An independent stream named by `label`. It depends on the seed and the label only, not on how far this stream
   * has been used, and this stream does not move.
   */
  fork(label: string | number): Rng;
  /** A copy of the state. */
  state(): RngState;
  /** Goes on from a state taken earlier. */
  restore(state: RngState): void;
}

type Words = readonly [number, number, number, number];

/** SplitMix32: spreads a seed over four words. */
function spread(seed: number): Words {
  let s = seed >>> 0;
  const next = () => {
    s = (s + 0x9e3779b9) >>> 0;
    let z = s;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  return [next(), next(), next(), next()];
}

/** FNV-1a over the label and the parent's origin. */
function hash(label: string, origin: Words): number {
  let h = 0x811c9dc5;
  const mix = (byte: number) => {
    h = Math.imul(h ^ byte, 0x01000193);
  };
  for (const word of origin) for (let shift = 0; shift < 32; shift += 8) mix((word >>> shift) & 0xff);
  for (let i = 0; i < label.length; i++) {
    mix(label.charCodeAt(i) & 0xff);
    mix(label.charCodeAt(i) >>> 8);
  }
  return h >>> 0;
}

const WARM_UP = 12;

class Sfc32 implements Rng {
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 0;
  private origin: Words = [0, 0, 0, 0];

  /** `origin` gives the words that it starts from, at each call of a compiled function too. */
  constructor(origin: () => Words) {
    this.startFrom(origin());
    if (isTracing()) atEachCall(() => this.startFrom(origin()));
  }

  private startFrom(origin: Words): void {
    this.origin = origin;
    [this.a, this.b, this.c, this.counter] = origin;
    for (let i = 0; i < WARM_UP; i++) this.word();
  }

  private word(): number {
    const t = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + t;
    this.c |= 0;
    return t >>> 0;
  }

  private share(): number {
    return this.word() / 0x1_0000_0000;
  }

  private gaussian(): number {
    // Box–Muller; one of the pair is given up, so that the state stays four words.
    const radius = Math.sqrt(-2 * Math.log(1 - this.share()));
    return radius * Math.cos(2 * Math.PI * this.share());
  }

  private order(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = Math.floor(this.share() * (i + 1));
      const swap = order[i]!;
      order[i] = order[j]!;
      order[j] = swap;
    }
    return order;
  }

  uniform(): number {
    refuseWhileTracing('draw rng.uniform()', 'rng.uniformTensor([…])');
    return this.share();
  }

  integer(n: number): number {
    refuseWhileTracing('draw rng.integer()', 'perCall(() => rng.integer(n)) of @hcsc/trace');
    if (!Number.isSafeInteger(n) || n < 1) {
      throw new RangeError(`Cannot draw an integer below ${n}: give an integer of at least 1`);
    }
    return Math.floor(this.share() * n);
  }

  normal(): number {
    refuseWhileTracing('draw rng.normal()', 'rng.normalTensor([…])');
    return this.gaussian();
  }

  permutation(n: number): Int32Array {
    refuseWhileTracing('draw rng.permutation()', 'rng.permutationTensor(n)');
    return this.order(n);
  }

  permutationTensor(n: number): Tensor1D {
    return perCallTensor([n], () => this.order(n), 'int32') as Tensor1D;
  }

  uniformTensor(shape: readonly number[], min = 0, max = 1): Tensor {
    return this.fill(shape, () => min + (max - min) * this.uniform24());
  }

  normalTensor(shape: readonly number[], mean = 0, standardDeviation = 1): Tensor {
    return this.fill(shape, () => mean + standardDeviation * this.gaussian());
  }

  fork(label: string | number): Rng {
    return new Sfc32(() => spread(hash(`${typeof label}:${label}`, this.origin)));
  }

  state(): RngState {
    refuseWhileTracing('take rng.state()', 'it between calls');
    return {
      algorithm: 'sfc32',
      words: [this.a >>> 0, this.b >>> 0, this.c >>> 0, this.counter >>> 0],
      origin: [...this.origin] as [number, number, number, number],
    };
  }

  restore(state: RngState): void {
    refuseWhileTracing('run rng.restore()', 'it between calls');
    const wellFormed = (words: unknown) =>
      Array.isArray(words) && words.length === 4 && words.every((w) => Number.isInteger(w) && w >= 0 && w < 2 ** 32);
    if (state?.algorithm !== 'sfc32' || !wellFormed(state.words) || !wellFormed(state.origin)) {
      throw new TypeError(
        `Cannot restore a random stream: needed { algorithm: 'sfc32', words, origin } with four 32-bit words each, got ${JSON.stringify(state)}`,
      );
    }
    [this.a, this.b, this.c, this.counter] = state.words.map((w) => w | 0) as [number, number, number, number];
    this.origin = [...state.origin] as [number, number, number, number];
  }

  /** 24 bits: a float32 holds them exactly, so that no draw rounds up to 1. */
  private uniform24(): number {
    return (this.word() >>> 8) / 0x100_0000;
  }

  private fill(shape: readonly number[], draw: () => number): Tensor {
    return perCallTensor(shape, () => {
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
      for (let i = 0; i < values.length; i++) values[i] = draw();
      return values;
    });
  }
}

/**
 * Creates a stream of random numbers from a seed.
 *
 * @param seed Any integer of at least 0 and below 2⁵³; equal seeds give equal streams, on every machine and backend.
 * @throws RangeError if the seed is not such an integer.
 *
 * @example
 * ```ts
 * const rng = createRng(0);
 * const noise = rng.normalTensor([4, 2]);
 * const augmentations = rng.fork('views'); // does not move `rng`
 * ```
 */
export function createRng(seed: number): Rng {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`Cannot seed a random stream with ${seed}: give an integer of at least 0`);
  }
  const high = Math.floor(seed / 2 ** 32);
  return new Sfc32(() => spread(high === 0 ? seed : hash(String(high), spread(seed))));
}

/** Creates a stream that goes on where `state` was taken. */
export function restoreRng(state: RngState): Rng {
  const rng = createRng(0);
  rng.restore(state);
  return rng;
}
