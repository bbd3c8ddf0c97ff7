import { assemble } from '@hcsc/simd';
import { dotsOfPairs, ROW_STEP } from './dots-of-pairs.js';
import type { MiningFeatures } from './mining-features.js';

const PAGE = 65536;
/** Most bytes of rows that are held in WebAssembly's memory. */
const MOST_BYTES = 2 ** 25;
/** Pairs of a call. */
const PAIRS_AT_ONCE = 4096;

/** Visits pairs (i, j), which lie one after the other in `pairs`, with their cosines. */
export type PairCosines = (pairs: Int32Array, visit: (i: number, j: number, cosine: number) => void) => void;

let compiled: WebAssembly.Module | undefined;

type Rows = Pick<MiningFeatures, 'values' | 'width' | 'lengths' | 'cosine'>;

/**
 * Creates a function for the cosines of many pairs of rows: those that `cosine` computes to the last bit, in a fraction of the
 * time where WebAssembly may be used.
 *
 * @param mostBytes For copies of rows, which stay until there is no room for another.
 */
export function createPairCosines(rows: Rows, mostBytes = MOST_BYTES): PairCosines {
  return inWebAssembly(rows, mostBytes) ?? oneByOne(rows);
}

function oneByOne({ cosine }: Rows): PairCosines {
  return (pairs, visit) => {
    for (let at = 0; at < pairs.length; at += 2) visit(pairs[at]!, pairs[at + 1]!, cosine(pairs[at]!, pairs[at + 1]!));
  };
}

/** Null where WebAssembly, or its SIMD, is missing or forbidden. */
function inWebAssembly({ values, width, lengths }: Rows, mostBytes: number): PairCosines | null {
  const n = lengths.length;
  const stride = Math.ceil(width / ROW_STEP) * ROW_STEP;
  const room = Math.min(Math.max(Math.floor(mostBytes / (4 * stride)), 2), n);
  // Behind the rows, pairs as addresses and their products.
  const [places, products] = [4 * stride * room, 4 * stride * room + 8 * PAIRS_AT_ONCE];
  let memory: WebAssembly.Memory;
  let multiply: (from: number, pairs: number, bytes: number, target: number) => void;
  try {
    memory = new WebAssembly.Memory({ initial: Math.ceil((products + 8 * PAIRS_AT_ONCE) / PAGE) });
    // For all miners: an engine compiles code again, and better, once it has run for a while.
    compiled ??= new WebAssembly.Module(assemble({ dotsOfPairs }));
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
    multiply = exports.dotsOfPairs as typeof multiply;
  } catch {
    return null;
  }
  const copies = new Float32Array(memory.buffer, 0, stride * room);
  const addresses = new Int32Array(memory.buffer, places, 2 * PAIRS_AT_ONCE);
  const sums = new Float64Array(memory.buffer, products, PAIRS_AT_ONCE);
  /** By row, where its copy is: −1 if there is none. */
  const copyOf = new Int32Array(n).fill(-1);
  let copied = 0;

  const missing = (row: number) => (copyOf[row]! < 0 ? 1 : 0);
  function addressOf(row: number): number {
    if (copyOf[row]! < 0) {
      copies.set(values.subarray(row * width, (row + 1) * width), stride * copied);
      copyOf[row] = 4 * stride * copied++;
    }
    return copyOf[row]!;
  }
  return (pairs, visit) => {
    for (let start = 0, end = 0; start < pairs.length; start = end) {
      for (; end < pairs.length && end - start < addresses.length; end += 2) {
        const [i, j] = [pairs[end]!, pairs[end + 1]!];
        if (copied + missing(i) + missing(j) > room) break;
        addresses[end - start] = addressOf(i);
        addresses[end - start + 1] = addressOf(j);
      }
      if (end === start) {
        copyOf.fill(-1);
        copied = 0;
        continue;
      }
      multiply(places, (end - start) / 2, 4 * stride, products);
      for (let at = start; at < end; at += 2) {
        const [i, j] = [pairs[at]!, pairs[at + 1]!];
        visit(i, j, Math.min(Math.max(sums[(at - start) / 2]! / (lengths[i]! * lengths[j]!), -1), 1));
      }
    }
  };
}
