/** A pixel of the i-th image of a test file: different everywhere, and different if axes are exchanged. */
const testPixel = (i: number, y: number, x: number, c: number) => (31 * i + 7 * y + 3 * x + 101 * c + y * x) % 256;

/** The i-th image as `read` should give it: row by row, the channels of a pixel together. */
export function testImage(i: number, side: number): number[] {
  const pixels: number[] = [];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) for (let c = 0; c < 3; c++) pixels.push(testPixel(i, y, x, c));
  return pixels;
}

/** A file in CIFAR's binary format: for each image its labels, and the planes row by row. */
export function cifarFile(labels: readonly (readonly number[])[], from = 0): Buffer {
  const bytes: number[] = [];
  labels.forEach((own, i) => {
    bytes.push(...own);
    for (let c = 0; c < 3; c++) {
      for (let y = 0; y < 32; y++) for (let x = 0; x < 32; x++) bytes.push(testPixel(from + i, y, x, c));
    }
  });
  return Buffer.from(bytes);
}

/** Images in STL-10's binary format: the planes column by column. */
export function stl10File(count: number, from = 0): Buffer {
  const bytes: number[] = [];
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) {
      for (let x = 0; x < 96; x++) for (let y = 0; y < 96; y++) bytes.push(testPixel(from + i, y, x, c));
    }
  }
  return Buffer.from(bytes);
}
