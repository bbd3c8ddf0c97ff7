/** Copies rows of a row-major matrix, in the order given. */
export function takeRows(values: Float32Array, width: number, order: Int32Array): Float32Array {
  const taken = new Float32Array(order.length * width);
  order.forEach((row, i) => {
    taken.set(values.subarray(row * width, (row + 1) * width), i * width);
  });
  return taken;
}
