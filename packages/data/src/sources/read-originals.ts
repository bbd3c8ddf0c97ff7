import { createRng } from '@hcsc/random';
import { imageWorkers } from '../loading/image-workers.js';
import { renderBatch } from '../loading/render-batch.js';
import { sizeAfter } from '../loading/view-size.js';
import type { Originals } from './image-source.js';

/** Nothing is drawn from it. */
const rng = createRng(0).state();

/** Images brought to one size by `originals.steps`, packed `[n, height, width, channels]`. */
export async function readOriginals(originals: Originals, indices: ArrayLike<number>): Promise<Uint8Array> {
  const { steps, channels, workers } = originals;
  const size = sizeAfter(steps, channels, null)!;
  const output = new SharedArrayBuffer(indices.length * size[0] * size[1] * channels);
  await renderBatch(imageWorkers(workers), {
    from: { originals, indices },
    positions: Int32Array.from(indices),
    rng,
    views: [{ steps, size }],
    format: 'uint8',
    output,
  });
  return new Uint8Array(new Uint8Array(output)); // a copy: who reads does not expect shared memory
}
