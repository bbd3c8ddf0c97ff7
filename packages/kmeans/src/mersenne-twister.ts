const WORDS = 624;
const MIDDLE = 397;

/**
 * Creates a 32-bit Mersenne Twister (MT19937), the generator whose draws decide seeded starts, subsamples and splits.
 *
 * M. Matsumoto, T. Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998; seeded by one word, as C++'s `std::mt19937`.
 *
 * @param seed Any integer; its lowest 32 bits count.
 * @returns A function that draws the next unsigned 32-bit integer.
 */
export function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(WORDS);
  state[0] = seed % 2 ** 32;
  for (let i = 1; i < WORDS; i++) {
    const previous = state[i - 1]!;
    state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
  }
  let next = WORDS;

  const twist = () => {
    for (let i = 0; i < WORDS; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % WORDS]! & 0x7fffffff);
      state[i] = state[(i + MIDDLE) % WORDS]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    next = 0;
  };

  return () => {
    if (next === WORDS) twist();
    let y = state[next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}
