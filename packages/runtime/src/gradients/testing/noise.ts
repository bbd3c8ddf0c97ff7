/** Numbers between −1 and 1 that look random and are the same at every call: sines of a quadratic. */
export function noise(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * i * 0.37 + i * 12.9898 + seed * 78.233));
}
